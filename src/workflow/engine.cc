#include "workflow/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/host.h"
#include "workflow/model.h"

namespace gregale::workflow {

using base::Json;

// One run of a task.
struct TaskRun {
  enum class State { kRunning, kSuccess, kError, kCancelled };

  const Task* task = nullptr;
  std::string action_id;
  std::string action;
  Json action_input;
  State state = State::kRunning;
  bool error_handled = false;
  Json context = Json::object();  // what the tasks before have published
  Json published = Json::object();
  Json result;
};

struct ExecutionState {
  enum class State { kIdle, kRunning, kFinished };

  std::shared_ptr<const Workflow> workflow;
  State state = State::kIdle;
  Json input;
  Json vars = Json::object();
  std::vector<TaskRun> runs;
  uint64_t next_action = 1;
};

namespace {

std::string_view StateName(TaskRun::State state) {
  switch (state) {
    case TaskRun::State::kRunning:
      return "RUNNING";
    case TaskRun::State::kSuccess:
      return "SUCCESS";
    case TaskRun::State::kError:
      return "ERROR";
    case TaskRun::State::kCancelled:
      return "CANCELLED";
  }
  return "";
}

// What task() tells expressions: about the newest run of a name, or the current one.
class TaskHost : public expr::Host {
 public:
  TaskHost(const ExecutionState& state, const TaskRun* current)
      : state_(state), current_(current) {}

  absl::StatusOr<Json> Task(std::optional<std::string_view> name) override {
    if (!name) {
      if (current_ == nullptr) return absl::NotFoundError("task() needs a name here");
      return Describe(*current_);
    }
    for (auto run = state_.runs.rbegin(); run != state_.runs.rend(); ++run) {
      if (run->task->name == *name) return Describe(*run);
    }
    return Json(nullptr);
  }

 private:
  static Json Describe(const TaskRun& run) {
    return Json{{"name", run.task->name},
                {"state", StateName(run.state)},
                {"result", run.result},
                {"published", run.published}};
  }

  const ExecutionState& state_;
  const TaskRun* current_;
};

// Overwrites keys of `target` with those of `source`.
void MergeInto(Json& target, const Json& source) {
  for (const auto& [key, value] : source.items()) target[key] = value;
}

// The step that handles one event. It works on a copy of the state, which replaces the old one
// where it succeeds.
class Stepper {
 public:
  explicit Stepper(ExecutionState& state) : state_(state) {}

  std::vector<Command> TakeCommands() { return std::move(commands_); }

  absl::Status On(const Start& event);
  absl::Status On(const InputChanged& event);
  absl::Status On(const ActionSucceeded& event);
  absl::Status On(const ActionFailed& event);
  absl::Status On(const Stop& event);

 private:
  absl::StatusOr<Json> Evaluate(const expr::Tree& tree, const Json& context,
                                const TaskRun* current) const;
  absl::StatusOr<Json> ActionInput(const TaskRun& run) const;
  absl::Status StartTask(const Task& task, Json context);
  absl::Status CompleteTask(TaskRun& run);
  absl::Status TakeClause(TaskRun& run, const std::optional<Clause>& clause);
  absl::StatusOr<bool> IsTaken(const Transition& transition, const TaskRun& run) const;
  absl::Status RunCommand(TaskRun& run, const Transition& transition);
  TaskRun* FindRun(const std::string& action_id);

  Json FinalContext() const;
  absl::Status FinishIfDone();
  absl::Status Succeed();
  void Fail(const std::string& reason);
  void End(std::string state, Json output);

  ExecutionState& state_;
  std::vector<Command> commands_;
};

absl::StatusOr<Json> Stepper::Evaluate(const expr::Tree& tree, const Json& context,
                                       const TaskRun* current) const {
  TaskHost host(state_, current);
  return tree.Evaluate({.layers = {&context, &state_.vars, &state_.input}, .host = &host});
}

absl::StatusOr<Json> Stepper::ActionInput(const TaskRun& run) const {
  GREGALE_ASSIGN_OR_RETURN(const Json input, Evaluate(run.task->input, run.context, &run));
  if (input.is_null()) return Json::object();
  if (!input.is_object()) {
    return absl::InvalidArgumentError(base::Cat("Wrong dynamic input for task: ", run.task->name));
  }
  return input;
}

absl::Status Stepper::StartTask(const Task& task, Json context) {
  TaskRun run;
  run.task = &task;
  run.context = std::move(context);
  GREGALE_ASSIGN_OR_RETURN(const Json action, Evaluate(task.target, run.context, &run));
  if (!action.is_string()) {
    return absl::InvalidArgumentError(base::Cat("the action of task '", task.name, "' is no text"));
  }
  run.action = action.get<std::string>();
  GREGALE_ASSIGN_OR_RETURN(run.action_input, ActionInput(run));
  run.action_id = base::Cat(task.name, "-", state_.next_action++);
  commands_.push_back(StartAction{run.action_id, task.name, run.action, run.action_input});
  state_.runs.push_back(std::move(run));
  return absl::OkStatus();
}

// The given input with the defaults; every declared input must be there, and no other.
absl::StatusOr<Json> CompleteInput(const Workflow& workflow, const Json& given) {
  if (!given.is_object() && !given.is_null()) {
    return absl::InvalidArgumentError("the input of a workflow must be an object");
  }
  Json input = given.is_null() ? Json::object() : given;
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  for (const auto& [key, value] : input.items()) {
    const bool declared = std::any_of(workflow.input.begin(), workflow.input.end(),
                                      [&key = key](const auto& p) { return p.name == key; });
    if (!declared) unexpected.push_back(base::Cat("'", key, "'"));
  }
  for (const InputParameter& parameter : workflow.input) {
    if (input.contains(parameter.name)) continue;
    if (parameter.fallback) {
      input[parameter.name] = *parameter.fallback;
    } else {
      missing.push_back(base::Cat("'", parameter.name, "'"));
    }
  }
  if (missing.empty() && unexpected.empty()) return input;
  std::string message =
      base::Cat("Invalid input [name=", workflow.name, ", class=DirectWorkflowSpec");
  if (!missing.empty()) {
    base::Append(message, ", missing=[", base::Join(missing, ", "), "]");
  }
  if (!unexpected.empty()) {
    base::Append(message, ", unexpected=[", base::Join(unexpected, ", "), "]");
  }
  return absl::InvalidArgumentError(message + "]");
}

bool HasInbound(const Workflow& workflow, const Task& target) {
  for (const Task& task : workflow.tasks) {
    for (const std::optional<Clause>* clause :
         {&task.on_success, &task.on_error, &task.on_complete}) {
      if (!*clause) continue;
      for (const Transition& transition : (*clause)->next) {
        if (transition.target == target.name) return true;
      }
    }
  }
  return false;
}

absl::Status Stepper::On(const Start& event) {
  if (state_.state != ExecutionState::State::kIdle) {
    return absl::InvalidArgumentError("the execution was started before");
  }
  const Workflow& workflow = *state_.workflow;
  GREGALE_ASSIGN_OR_RETURN(state_.input, CompleteInput(workflow, event.input));
  if (workflow.vars) {
    GREGALE_ASSIGN_OR_RETURN(state_.vars, Evaluate(*workflow.vars, Json::object(), nullptr));
  }
  state_.state = ExecutionState::State::kRunning;
  for (const Task& task : workflow.tasks) {
    if (!HasInbound(workflow, task)) GREGALE_RETURN_IF_ERROR(StartTask(task, Json::object()));
  }
  return absl::OkStatus();
}

absl::Status Stepper::On(const InputChanged& event) {
  if (state_.state != ExecutionState::State::kRunning) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(state_.input, CompleteInput(*state_.workflow, event.input));
  for (TaskRun& run : state_.runs) {
    if (run.state != TaskRun::State::kRunning) continue;
    GREGALE_ASSIGN_OR_RETURN(Json input, ActionInput(run));
    if (input == run.action_input) continue;
    run.action_input = std::move(input);
    commands_.push_back(UpdateAction{run.action_id, run.action_input});
  }
  return absl::OkStatus();
}

TaskRun* Stepper::FindRun(const std::string& action_id) {
  if (state_.state != ExecutionState::State::kRunning) return nullptr;
  for (TaskRun& run : state_.runs) {
    if (run.action_id == action_id && run.state == TaskRun::State::kRunning) return &run;
  }
  return nullptr;
}

absl::Status Stepper::On(const ActionSucceeded& event) {
  TaskRun* run = FindRun(event.action_id);
  if (run == nullptr) return absl::OkStatus();
  run->state = TaskRun::State::kSuccess;
  run->result = event.result;
  return CompleteTask(*run);
}

absl::Status Stepper::On(const ActionFailed& event) {
  TaskRun* run = FindRun(event.action_id);
  if (run == nullptr) return absl::OkStatus();
  run->state = TaskRun::State::kError;
  run->result = event.error;
  return CompleteTask(*run);
}

absl::Status Stepper::On(const Stop& event) {
  if (state_.state == ExecutionState::State::kFinished) return absl::OkStatus();
  End("CANCELLED", Json{{"result", event.reason}});
  return absl::OkStatus();
}

// Publishes, then goes on to the next tasks; an expression that cannot be evaluated fails the
// execution.
absl::Status Stepper::CompleteTask(TaskRun& run) {
  // The vector of runs may grow below.
  const size_t index = static_cast<size_t>(&run - state_.runs.data());
  const Task& task = *run.task;
  const bool success = run.state == TaskRun::State::kSuccess;
  const std::optional<expr::Tree>& publish =
      success ? task.publish.branch : task.publish_on_error.branch;
  if (publish) {
    absl::StatusOr<Json> published = Evaluate(*publish, run.context, &run);
    if (!published.ok()) {
      Fail(base::Cat("Failed to handle action completion [error=",
                     base::FromAbsl(published.status().message()), ", wf=", state_.workflow->name,
                     ", task=", task.name, "]"));
      return absl::OkStatus();
    }
    run.published = std::move(*published);
  }
  for (const std::optional<Clause>* clause :
       {success ? &task.on_success : &task.on_error, &task.on_complete}) {
    const absl::Status taken = TakeClause(state_.runs[index], *clause);
    if (!taken.ok()) {
      Fail(base::Cat("Failed to run task [error=", taken.message(), ", wf=", state_.workflow->name,
                     ", task=", task.name, "]"));
      return absl::OkStatus();
    }
    if (state_.state != ExecutionState::State::kRunning) return absl::OkStatus();
  }
  return FinishIfDone();
}

absl::StatusOr<bool> Stepper::IsTaken(const Transition& transition, const TaskRun& run) const {
  if (!transition.condition) return true;
  Json context = run.context;
  MergeInto(context, run.published);
  GREGALE_ASSIGN_OR_RETURN(const Json condition, Evaluate(*transition.condition, context, &run));
  // Python's bool().
  if (condition.is_boolean()) return condition.get<bool>();
  if (condition.is_number()) return condition.get<double>() != 0;
  if (condition.is_string()) return !condition.get_ref<const std::string&>().empty();
  return !condition.empty();
}

absl::Status Stepper::TakeClause(TaskRun& run, const std::optional<Clause>& clause) {
  if (!clause) return absl::OkStatus();
  const size_t index = static_cast<size_t>(&run - state_.runs.data());
  const bool is_error = &clause == &run.task->on_error;
  Json context = run.context;
  MergeInto(context, run.published);
  for (const Transition& transition : clause->next) {
    GREGALE_ASSIGN_OR_RETURN(const bool taken, IsTaken(transition, state_.runs[index]));
    if (!taken) continue;
    if (is_error) state_.runs[index].error_handled = true;
    if (IsEngineCommand(transition.target)) {
      GREGALE_RETURN_IF_ERROR(RunCommand(state_.runs[index], transition));
      if (state_.state != ExecutionState::State::kRunning) return absl::OkStatus();
      continue;
    }
    GREGALE_RETURN_IF_ERROR(StartTask(*state_.workflow->FindTask(transition.target), context));
  }
  return absl::OkStatus();
}

absl::Status Stepper::RunCommand(TaskRun& run, const Transition& transition) {
  if (transition.target == "succeed") return Succeed();
  if (transition.target != "fail") return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(const Json parameters,
                           Evaluate(transition.parameters, run.context, &run));
  const std::string fallback =
      base::Cat("Workflow failed by 'fail' command [task=", run.task->name, "]");
  Fail(parameters.is_object() ? parameters.value("msg", fallback) : fallback);
  return absl::OkStatus();
}

// What the tasks published that led to no other task.
Json Stepper::FinalContext() const {
  Json context = Json::object();
  for (const TaskRun& run : state_.runs) {
    MergeInto(context, run.context);
    MergeInto(context, run.published);
  }
  return context;
}

absl::Status Stepper::FinishIfDone() {
  std::vector<std::string> failures;
  for (const TaskRun& run : state_.runs) {
    if (run.state == TaskRun::State::kRunning) return absl::OkStatus();
    if (run.state == TaskRun::State::kError && !run.error_handled) {
      failures.push_back(run.task->name);
    }
  }
  if (failures.empty()) return Succeed();
  std::sort(failures.begin(), failures.end());
  std::string reason =
      base::Cat("Failure caused by error in tasks: ", base::Join(failures, ", "), "\n");
  for (const TaskRun& run : state_.runs) {
    if (run.state != TaskRun::State::kError || run.error_handled) continue;
    const std::string detail =
        run.result.is_string() ? run.result.get<std::string>() : base::DumpJson(run.result);
    base::Append(reason, "\n  ", run.task->name, " -> ", detail, "\n");
  }
  Fail(reason);
  return absl::OkStatus();
}

absl::Status Stepper::Succeed() {
  Json context = FinalContext();
  if (state_.workflow->output) {
    absl::StatusOr<Json> output = Evaluate(*state_.workflow->output, context, nullptr);
    if (!output.ok()) {
      Fail(std::string(output.status().message()));
      return absl::OkStatus();
    }
    if (!output->empty()) context = std::move(*output);
  }
  End("SUCCESS", std::move(context));
  return absl::OkStatus();
}

void Stepper::Fail(const std::string& reason) {
  Json output = Json{{"result", reason}};
  if (state_.workflow->output_on_error) {
    const absl::StatusOr<Json> more =
        Evaluate(*state_.workflow->output_on_error, FinalContext(), nullptr);
    if (more.ok()) MergeInto(output, *more);
  }
  End("ERROR", std::move(output));
}

void Stepper::End(std::string state, Json output) {
  for (TaskRun& run : state_.runs) {
    if (run.state != TaskRun::State::kRunning) continue;
    run.state = TaskRun::State::kCancelled;
    commands_.push_back(CancelAction{run.action_id});
  }
  state_.state = ExecutionState::State::kFinished;
  commands_.push_back(Finish{std::move(state), std::move(output)});
}

}  // namespace

Execution::Execution(std::shared_ptr<const Workflow> workflow)
    : state_(std::make_unique<ExecutionState>()) {
  state_->workflow = std::move(workflow);
}

Execution::~Execution() = default;
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;

absl::StatusOr<std::vector<Command>> Execution::Step(const Event& event) {
  auto next = std::make_unique<ExecutionState>(*state_);
  Stepper stepper(*next);
  GREGALE_RETURN_IF_ERROR(std::visit([&](const auto& e) { return stepper.On(e); }, event));
  state_ = std::move(next);
  return stepper.TakeCommands();
}

}  // namespace gregale::workflow
