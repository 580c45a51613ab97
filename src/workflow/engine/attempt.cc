#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// What a task does: its actions and sub-workflows.
namespace gregale::workflow::engine {
namespace {

Attempt* FindAttempt(const ExecutionState& state, std::string_view id, TaskRun*& owner) {
  for (const auto& run : state.runs) {
    for (const auto& task : run->tasks) {
      for (Attempt& attempt : task->attempts) {
        if (attempt.id != id || attempt.is_workflow) continue;
        owner = task.get();
        return &attempt;
      }
    }
  }
  return nullptr;
}

// The inputs that the environment gives to every call of an action.
Json ActionDefaults(const TaskRun& task) {
  const Json& name = task.spec->target.json();
  const auto env = task.run->params.find("env");
  if (task.spec->kind != Task::Kind::kAction || env == task.run->params.end()) return nullptr;
  const auto actions = env->find("__actions");
  if (actions == env->end() || !actions->is_object() || !name.is_string()) return nullptr;
  const auto found = actions->find(name.get_ref<const std::string&>());
  return found == actions->end() || !found->is_object() ? Json(nullptr) : *found;
}

}  // namespace

absl::StatusOr<Json> Stepper::InputOf(const TaskRun& task, const Json* item) const {
  GREGALE_ASSIGN_OR_RETURN(Json input, Evaluate(task.spec->input, TaskScope(task, item)));
  if (input.is_null()) input = Json::object();
  if (!input.is_object()) {
    return absl::InvalidArgumentError(
        base::Cat("Wrong dynamic input for task: ", task.spec->name,
                  ". Dict type is expected. Actual value: ", PythonText(input)));
  }
  const Json defaults = ActionDefaults(task);
  if (defaults.is_object()) FillDeep(input, defaults);
  return input;
}

absl::Status Stepper::Schedule(TaskRun& task, const Json& context) {
  if (!task.spec->items.empty()) return ScheduleItems(task, context);
  GREGALE_ASSIGN_OR_RETURN(Json input, InputOf(task, nullptr));
  return StartAttempt(task, 0, std::move(input), context);
}

absl::Status Stepper::StartAttempt(TaskRun& task, int index, Json input, const Json& context) {
  if (task.spec->kind == Task::Kind::kWorkflow) return StartSubWorkflow(task, index, input);
  GREGALE_ASSIGN_OR_RETURN(Call call, Resolve(task, input, context));
  StartAction command{.action_id = NewId(),
                      .action = std::move(call.action),
                      .input = std::move(call.input),
                      .task = task.spec->name,
                      .task_id = task.id,
                      .workflow = task.run->workflow->name,
                      .execution_id = task.run->id};
  GREGALE_RETURN_IF_ERROR(AddOptions(task, input, context, command));
  task.attempts.push_back({.id = command.action_id,
                           .index = index,
                           .name = std::move(call.name),
                           .wrappers = std::move(call.wrappers),
                           .input = std::move(input)});
  commands_.push_back(std::move(command));
  return absl::OkStatus();
}

absl::Status Stepper::AddOptions(const TaskRun& task, const Json& input, const Json& context,
                                 StartAction& command) const {
  const Task& spec = *task.spec;
  if (spec.policies.timeout) {
    GREGALE_ASSIGN_OR_RETURN(const int64_t seconds,
                             Seconds(task, *spec.policies.timeout, "TimeoutPolicy"));
    if (seconds > 0) command.timeout = absl::Seconds(seconds);
  }
  if (spec.executor) {
    const Scope scope{
        .run = task.run,
        .layers = {&input, &context, &state_.environment, &task.run->context, &task.run->input}};
    GREGALE_ASSIGN_OR_RETURN(const Json target, Evaluate(*spec.executor, scope));
    if (IsTruthy(target)) command.target = PythonText(target);
  }
  if (spec.safe_rerun) {
    GREGALE_ASSIGN_OR_RETURN(command.safe_rerun, Holds(*spec.safe_rerun, TaskScope(task, nullptr)));
  }
  return absl::OkStatus();
}

absl::Status Stepper::On(const ActionDone& event) {
  TaskRun* task = nullptr;
  Attempt* attempt = FindAttempt(state_, event.action_id, task);
  if (attempt == nullptr || IsCompleted(attempt->state)) return absl::OkStatus();
  const absl::Status accepted = Accept(*task, *attempt, event);
  if (!accepted.ok()) {
    attempt->state = State::kError;
    attempt->result = std::string(accepted.message());
    FailByForce(*task,
                base::Cat("Failed to complete action [error=", base::FromAbsl(accepted.message()),
                          ", action=", attempt->name, ", task=", task->spec->name, "]:"));
    return absl::OkStatus();
  }
  HandleAttempt(*task, *attempt);
  return absl::OkStatus();
}

// Keeps the result of an action, as the ad-hoc actions around it make it.
absl::Status Stepper::Accept(const TaskRun& task, Attempt& attempt, const ActionDone& event) const {
  attempt.state = event.state;
  attempt.accepted = true;
  attempt.result = event.value;
  if (event.state != State::kSuccess) return absl::OkStatus();
  for (auto name = attempt.wrappers.rbegin(); name != attempt.wrappers.rend(); ++name) {
    const std::shared_ptr<const AdHocAction> action = library_.FindAdHocAction(*name);
    if (action == nullptr || action->output.is_null()) continue;
    if (!IsTruthy(attempt.result)) {
      attempt.result = action->output;  // as it stands: Mistral does not evaluate without data
      continue;
    }
    const Scope scope{.run = task.run, .layers = {&attempt.result}};
    GREGALE_ASSIGN_OR_RETURN(Json result, EvaluateJson(action->output, scope));
    attempt.result = std::move(result);
  }
  return absl::OkStatus();
}

// Tells the task of an attempt that has ended.
void Stepper::HandleAttempt(TaskRun& task, const Attempt& attempt) {
  const std::string name = attempt.name;
  const absl::Status status = OnAttemptDone(task, attempt);
  if (!status.ok()) {
    FailByForce(task, base::Cat("Failed to handle action completion [error=",
                                base::FromAbsl(status.message()), ", wf=", task.run->workflow->name,
                                ", task=", task.spec->name, ", action=", name, "]:"));
    return;
  }
  if (IsCompleted(task.state)) RefreshJoins(*task.run);
}

absl::Status Stepper::OnAttemptDone(TaskRun& task, const Attempt& attempt) {
  if (!task.spec->items.empty()) return OnItemDone(task);
  std::optional<std::string> info;
  if (attempt.state != State::kSuccess) {
    Json result = attempt.result;
    if (attempt.is_workflow) result = state_.FindRun(attempt.id)->output.value("result", Json());
    if (IsTruthy(result)) info = PythonText(result);
  }
  return Complete(task, attempt.state, std::move(info));
}

// What the attempts gave does not count any more; those that run are stopped.
void Stepper::Invalidate(TaskRun& task) {
  CancelAttempts(task);
  for (Attempt& attempt : task.attempts) attempt.accepted = false;
  task.item_count.reset();
  task.capacity.reset();
}

void Stepper::CancelAttempts(TaskRun& task) {
  for (Attempt& attempt : task.attempts) {
    if (IsCompleted(attempt.state)) continue;
    attempt.state = State::kCancelled;
    if (!attempt.is_workflow) {
      commands_.push_back(CancelAction{attempt.id});
      continue;
    }
    WorkflowRun* child = state_.FindRun(attempt.id);
    if (child != nullptr && !IsCompleted(child->state)) {
      CancelTree(*child, std::nullopt);
    }
  }
}

}  // namespace gregale::workflow::engine
