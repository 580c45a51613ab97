#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "workflow/engine/stepper.h"

// The way on from a task, and how the steps on it are taken.
namespace gregale::workflow::engine {
namespace {

bool IsStateCommand(const NextStep& step) {
  return step.task_id.empty() && step.name != "noop" && IsEngineCommand(step.name);
}

}  // namespace

absl::Status Stepper::AddSteps(const TaskRun& task, const std::optional<Clause>& clause,
                               std::string_view event, std::vector<NextStep>& steps) const {
  if (!clause) return absl::OkStatus();
  const Json context = OutboundContext(task);
  const Scope scope{
      .run = task.run,
      .task = &task,
      .layers = {&context, &state_.environment, &task.run->context, &task.run->input}};
  for (const Transition& transition : clause->next) {
    if (transition.condition) {
      GREGALE_ASSIGN_OR_RETURN(const bool holds, Holds(*transition.condition, scope));
      if (!holds) continue;
    }
    NextStep step{.name = transition.target,
                  .context = context,
                  .triggered_by = {{task.id, std::string(event)}},
                  .handles_error = event == "on-error"};
    GREGALE_ASSIGN_OR_RETURN(const Json parameters, Evaluate(transition.parameters, scope));
    if (parameters.is_object() && parameters.contains("msg")) {
      step.message = PythonText(parameters.at("msg"));
    }
    steps.push_back(std::move(step));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<NextStep>> Stepper::StepsAfter(const TaskRun& task) const {
  std::vector<NextStep> steps;
  if (task.run->workflow->type == Workflow::Type::kReverse) return steps;
  const Task& spec = *task.spec;
  if (task.state == State::kError) {
    GREGALE_RETURN_IF_ERROR(AddSteps(task, spec.on_error, "on-error", steps));
  }
  if (task.state == State::kSuccess || task.state == State::kSkipped) {
    GREGALE_RETURN_IF_ERROR(AddSteps(task, spec.on_success, "on-success", steps));
  }
  if (task.state != State::kCancelled) {
    GREGALE_RETURN_IF_ERROR(AddSteps(task, spec.on_complete, "on-complete", steps));
  }
  return steps;
}

// Tasks that wait for others come last; what follows a command that changes the execution's state
// is dropped, except what follows `pause`.
std::vector<NextStep> Rearranged(const WorkflowRun& run, std::vector<NextStep> steps) {
  std::erase_if(steps, [](const NextStep& s) { return s.task_id.empty() && s.name == "noop"; });
  const auto waits = [&](const NextStep& step) {
    const Task* task = step.task_id.empty() ? run.workflow->FindTask(step.name) : nullptr;
    return task != nullptr && task->join.has_value();
  };
  const auto command = std::find_if(steps.begin(), steps.end(), &IsStateCommand);
  const bool pauses = command != steps.end() && command->name == "pause";
  if (command != steps.end() && command == steps.begin() && !pauses) {
    steps.erase(std::next(command), steps.end());
    return steps;
  }
  const auto first_waiting =
      std::stable_partition(steps.begin(), command, [&](const NextStep& s) { return !waits(s); });
  std::stable_sort(first_waiting, command,
                   [](const NextStep& a, const NextStep& b) { return a.name < b.name; });
  if (command != steps.end() && !pauses) steps.erase(std::next(command), steps.end());
  return steps;
}

void Stepper::DispatchAll(WorkflowRun& run, std::vector<NextStep> steps) {
  steps = Rearranged(run, std::move(steps));
  for (size_t i = 0; i < steps.size(); ++i) {
    if (IsStateCommand(steps[i])) {
      SetRunState(run, steps[i]);
    } else {
      RunTask(run, steps[i]);
    }
    if (run.state == State::kRunning) continue;
    if (run.state == State::kPaused) {
      std::move(steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end(),
                std::back_inserter(run.backlog));
    }
    return;
  }
}

void Stepper::Dispatch(WorkflowRun& run, std::vector<NextStep> steps) {
  std::vector<NextStep> backlog = std::move(run.backlog);
  run.backlog.clear();
  DispatchAll(run, std::move(backlog));
  if (run.state == State::kRunning) {
    DispatchAll(run, std::move(steps));
  } else if (run.state == State::kPaused) {
    std::move(steps.begin(), steps.end(), std::back_inserter(run.backlog));
  }
}

// fail, succeed or pause.
void Stepper::SetRunState(WorkflowRun& run, const NextStep& step) {
  if (step.name == "pause") {
    PauseRun(run, step.message);
    return;
  }
  const State state = step.name == "fail" ? State::kError : State::kSuccess;
  const absl::Status status = StopRun(run, state, step.message);
  if (!status.ok()) FailRunByForce(run, std::string(status.message()));
}

}  // namespace gregale::workflow::engine
