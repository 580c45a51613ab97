#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// Pausing, resuming and stopping from outside; an execution and its sub-executions together.
namespace gregale::workflow::engine {

absl::StatusOr<WorkflowRun*> Stepper::Target(const std::string& execution_id) const {
  WorkflowRun* run = nullptr;
  if (!execution_id.empty()) {
    run = state_.FindRun(execution_id);
  } else if (!state_.runs.empty()) {
    run = state_.runs.front().get();
  }
  if (run != nullptr) return run;
  return absl::NotFoundError(base::Cat("execution ", execution_id, " does not exist"));
}

absl::Status Stepper::On(const Pause& event) {
  GREGALE_ASSIGN_OR_RETURN(WorkflowRun* const run, Target(event.execution_id));
  if (IsTransition(run->state, State::kPaused)) {
    PauseRun(*run, std::nullopt);
    return absl::OkStatus();
  }
  return ChangeState(*run, State::kPaused, std::nullopt);  // says why not
}

void Stepper::PauseRun(WorkflowRun& run, std::optional<std::string> info) {
  for (WorkflowRun* child : ChildrenOf(run)) {
    if (child->state == State::kRunning) PauseRun(*child, info);
  }
  if (run.state != State::kRunning) return;
  ChangeState(run, State::kPaused, std::move(info)).IgnoreError();  // from RUNNING it may
  changed_.push_back(&run);
}

absl::Status Stepper::On(const Resume& event) {
  GREGALE_ASSIGN_OR_RETURN(WorkflowRun* const run, Target(event.execution_id));
  if (run->state != State::kPaused && run->state != State::kIdle) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(SetEnvironment(*run, event.env));
  ResumeRun(*run);
  return absl::OkStatus();
}

absl::Status Stepper::On(const EnvironmentChanged& event) {
  GREGALE_ASSIGN_OR_RETURN(WorkflowRun* const run, Target(event.execution_id));
  if (run->state != State::kIdle && run->state != State::kPaused && run->state != State::kError) {
    return absl::FailedPreconditionError(
        base::Cat("Updating env parameters is only allowed if workflow execution is in one of the "
                  "states: IDLE, PAUSED, ERROR. It is ",
                  StateName(run->state), " [execution_id=", run->id, "]"));
  }
  return SetEnvironment(*run, event.env);
}

void Stepper::ResumeRun(WorkflowRun& run) {
  for (WorkflowRun* child : ChildrenOf(run)) {
    if (child->state == State::kPaused) ResumeRun(*child);
  }
  if (run.state != State::kPaused && run.state != State::kIdle) return;
  ChangeState(run, State::kRunning, std::nullopt).IgnoreError();  // from PAUSED and IDLE it may
  changed_.push_back(&run);
  touched_.push_back(&run);
  Dispatch(run, StepsOnResume(run));
}

// Tasks that were held before their start, and the ways on from those that have ended meanwhile.
std::vector<NextStep> Stepper::StepsOnResume(WorkflowRun& run) {
  std::vector<NextStep> steps;
  for (const auto& task : run.tasks) {
    if (task->state == State::kIdle)
      steps.push_back({.name = task->spec->name, .task_id = task->id});
  }
  for (size_t i = 0; i < run.tasks.size(); ++i) {
    TaskRun& task = *run.tasks[i];
    if (!IsCompleted(task.state) || task.processed) continue;
    task.processed = true;
    absl::StatusOr<std::vector<NextStep>> more = StepsAfter(task);
    if (!more.ok()) {
      FailRunning(task, more.status());
      return {};
    }
    NoteSteps(task, *more);
    std::erase_if(*more, [](const NextStep& step) { return step.name == "pause"; });
    std::move(more->begin(), more->end(), std::back_inserter(steps));
    RefreshJoins(run);
  }
  if (run.workflow->type == Workflow::Type::kReverse) {
    std::vector<NextStep> ready = ReadySteps(run);
    std::move(ready.begin(), ready.end(), std::back_inserter(steps));
  }
  return steps;
}

// A task is paused while one of its sub-executions is, and so is its execution.
void Stepper::OnChildChanged(const WorkflowRun& child) {
  TaskRun* task = state_.FindTask(child.parent_task_id);
  if (task == nullptr || IsCompleted(task->state)) return;
  WorkflowRun& run = *task->run;
  for (Attempt& attempt : task->attempts) {
    if (attempt.id == child.id) attempt.state = child.state;
  }
  SetByAttempts(*task);
  if (child.state == State::kPaused) PauseRun(run, std::nullopt);
  if (child.state == State::kRunning) {
    const bool paused = std::any_of(run.tasks.begin(), run.tasks.end(),
                                    [](const auto& t) { return t->state == State::kPaused; });
    if (!paused) ResumeRun(run);
  }
}

void Stepper::SetByAttempts(TaskRun& task) {
  if (task.state != State::kRunning && task.state != State::kPaused) return;
  const bool paused = std::any_of(task.attempts.begin(), task.attempts.end(),
                                  [](const Attempt& a) { return a.state == State::kPaused; });
  const State state = paused ? State::kPaused : State::kRunning;
  if (task.state != state) SetTaskState(task, state, std::nullopt);
}

absl::Status Stepper::On(const ActionChanged& event) {
  for (const auto& run : state_.runs) {
    for (const auto& task : run->tasks) {
      for (Attempt& attempt : task->attempts) {
        if (attempt.id != event.action_id || IsCompleted(attempt.state)) continue;
        attempt.state = event.state;
        SetByAttempts(*task);
        if (event.state == State::kPaused) PauseRun(*run, std::nullopt);
        if (event.state == State::kRunning && task->state == State::kRunning) ResumeRun(*run);
        return absl::OkStatus();
      }
    }
  }
  return absl::NotFoundError(base::Cat("action execution ", event.action_id, " does not exist"));
}

absl::Status Stepper::On(const Stop& event) {
  GREGALE_ASSIGN_OR_RETURN(WorkflowRun* const run, Target(event.execution_id));
  if (IsCompleted(run->state)) {
    const bool forbidden = run->state == State::kError && event.state == State::kSuccess;
    return forbidden ? ChangeState(*run, event.state, std::nullopt) : absl::OkStatus();
  }
  if (event.state == State::kCancelled) {
    CancelTree(*run, event.reason);
    return absl::OkStatus();
  }
  return StopRun(*run, event.state, event.reason);
}

// Cancels an execution with its sub-executions, and stops what they do.
void Stepper::CancelTree(WorkflowRun& run, std::optional<std::string> reason) {
  if (IsCompleted(run.state)) return;
  Cancel(run, reason).IgnoreError();  // every state but the completed allows it
  for (WorkflowRun* child : ChildrenOf(run)) CancelTree(*child, reason);
  for (const auto& task : run.tasks) {
    if (IsCompleted(task->state)) continue;
    CancelAttempts(*task);
    SetTaskState(*task, State::kCancelled, reason);
    task->processed = true;
  }
}

absl::Status Stepper::SetEnvironment(WorkflowRun& run, const Json& env) {
  if (env.is_null()) return absl::OkStatus();
  if (!env.is_object()) return absl::InvalidArgumentError("an environment is an object");
  MergeDeep(run.params["env"], env);
  if (&run == state_.root()) state_.environment["__env"] = run.params["env"];
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
