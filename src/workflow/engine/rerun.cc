#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// A failed task again, or taken for done; its execution, and those above, go on with it.
namespace gregale::workflow::engine {

absl::StatusOr<TaskRun*> Stepper::FailedTask(const std::string& task_id) const {
  TaskRun* task = state_.FindTask(task_id);
  if (task == nullptr) return absl::NotFoundError(base::Cat("task ", task_id, " does not exist"));
  if (task->state == State::kError) return task;
  return absl::FailedPreconditionError(
      base::Cat("The current task execution must be in ERROR for rerun. Only updating env var is "
                "allowed in PAUSED: ",
                task_id, " is ", StateName(task->state)));
}

// The execution and those above it run again; kFailedPrecondition where one cannot.
absl::Status Stepper::RunUpwards(WorkflowRun& run) {
  std::vector<WorkflowRun*> line = {&run};
  while (const TaskRun* parent = state_.FindTask(line.back()->parent_task_id)) {
    line.push_back(parent->run);
  }
  for (const WorkflowRun* each : line) {
    if (IsTransition(each->state, State::kRunning)) continue;
    return absl::FailedPreconditionError(base::Cat(
        "Can't change workflow execution state from ", StateName(each->state),
        " to RUNNING. [workflow=", each->workflow->name, ", execution_id=", each->id, "]"));
  }
  for (WorkflowRun* each : line) {
    ChangeState(*each, State::kRunning, std::nullopt).IgnoreError();  // checked above
    TaskRun* parent = state_.FindTask(each->parent_task_id);
    if (parent == nullptr) break;
    SetTaskState(*parent, State::kRunning, std::nullopt);
    parent->processed = false;
    for (Attempt& attempt : parent->attempts) {
      if (attempt.id != each->id) continue;
      attempt.state = State::kRunning;
      attempt.accepted = false;
    }
  }
  return absl::OkStatus();
}

absl::Status Stepper::On(const Rerun& event) {
  GREGALE_ASSIGN_OR_RETURN(TaskRun* const task, FailedTask(event.task_id));
  WorkflowRun& run = *task->run;
  if (!event.reset && task->spec->items.empty()) {
    return absl::InvalidArgumentError("Only with-items task has the option to not reset.");
  }
  if (run.state == State::kPaused) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(SetEnvironment(run, event.env));
  GREGALE_RETURN_IF_ERROR(RunUpwards(run));
  if (event.reset) Invalidate(*task);
  task->retry_no = 0;
  task->waited_before = false;
  task->waited_after = false;
  std::vector<NextStep> steps = StepsOnResume(run);
  steps.insert(
      steps.begin(),
      {.name = task->spec->name, .task_id = task->id, .reset = event.reset, .rerun = true});
  Dispatch(run, std::move(steps));
  return absl::OkStatus();
}

absl::Status Stepper::On(const Skip& event) {
  GREGALE_ASSIGN_OR_RETURN(TaskRun* const task, FailedTask(event.task_id));
  GREGALE_RETURN_IF_ERROR(RunUpwards(*task->run));
  SetTaskState(*task, State::kSkipped, std::nullopt);
  GREGALE_RETURN_IF_ERROR(GoOnFrom(*task));
  RefreshJoins(*task->run);
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
