#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// One task, from its beginning to its end.
namespace gregale::workflow::engine {

TaskRun& Stepper::NewTask(WorkflowRun& run, const Task& spec, const NextStep& step) {
  auto task = std::make_unique<TaskRun>();
  task->id = NewId();
  task->spec = &spec;
  task->run = &run;
  task->in_context = step.context;
  task->triggered_by = step.triggered_by;
  task->created_at = task->updated_at = task->started_at = now_;
  return *run.tasks.emplace_back(std::move(task));
}

void NoteSteps(TaskRun& task, const std::vector<NextStep>& steps) {
  task.next.clear();
  task.error_handled = false;
  for (const NextStep& step : steps) {
    if (task.state == State::kError && step.handles_error) task.error_handled = true;
    if (!IsEngineCommand(step.name)) {
      task.next.emplace_back(step.name, step.triggered_by.front().second);
    }
  }
}

void Stepper::SetTaskState(TaskRun& task, State state, std::optional<std::string> info) {
  if (state == State::kRunning && task.state == State::kWaiting) task.started_at = now_;
  task.state = state;
  task.state_info = std::move(info);
  task.updated_at = now_;
  if (IsCompleted(state)) {
    task.finished_at = now_;
  } else {
    task.finished_at.reset();
  }
  touched_.push_back(task.run);
}

void Stepper::RunTask(WorkflowRun& run, const NextStep& step) {
  TaskRun* task = nullptr;
  absl::Status status;
  if (!step.task_id.empty()) {
    task = state_.FindTask(step.task_id);
    status = RunAgain(*task, step);
  } else if (run.tasks.size() >= base::kTasksPerExecutionMax) {
    FailRunByForce(run, base::Cat("More than ", base::kTasksPerExecutionMax, " tasks"));
    return;
  } else if (const Task& spec = *run.workflow->FindTask(step.name); spec.join) {
    Defer(run, spec, step);
    return;
  } else {
    task = &NewTask(run, spec, step);
    touched_.push_back(&run);
    status = StartTask(*task, step.context);
  }
  if (!status.ok()) {
    FailRunning(*task, status);
    return;
  }
  if (IsCompleted(task->state)) RefreshJoins(run);
}

absl::Status Stepper::StartTask(TaskRun& task, const Json& context) {
  GREGALE_RETURN_IF_ERROR(BeforeStart(task));
  if (task.state != State::kRunning) return absl::OkStatus();
  return Schedule(task, context);
}

// A task that has begun before: after a delay or a pause, or because it failed.
absl::Status Stepper::RunAgain(TaskRun& task, const NextStep& step) {
  if (task.state == State::kSuccess) {
    return absl::InvalidArgumentError("Rerunning succeeded tasks is not supported.");
  }
  if (step.rerun && task.spec->join) {
    SetTaskState(task, State::kWaiting, "Task is waiting.");
    AwaitRefresh(task);
    return absl::OkStatus();
  }
  SetTaskState(task, State::kRunning, std::nullopt);
  task.processed = false;
  if (step.rerun) {
    GREGALE_RETURN_IF_ERROR(BeforeStart(task));
    if (task.state != State::kRunning) return absl::OkStatus();
  }
  if (!step.rerun && task.retry_no > 0) GREGALE_RETURN_IF_ERROR(LimitTime(task));
  const Json upstream = UpstreamContext(*task.run, *task.spec);
  MergeInto(task.in_context, upstream);
  for (Attempt& attempt : task.attempts) {
    const bool failed =
        attempt.accepted && (attempt.state == State::kError || attempt.state == State::kCancelled);
    if (step.reset || failed) attempt.accepted = false;
  }
  return Schedule(task, task.in_context);
}

// The task goes on from a delay, or begins where it was a join.
void Stepper::Continue(TaskRun& task) {
  const bool joined = task.state == State::kWaiting;
  SetTaskState(task, State::kRunning, std::nullopt);
  const NextStep step{.name = task.spec->name, .task_id = task.id, .rerun = false};
  absl::Status status;
  if (joined) {
    MergeInto(task.in_context, UpstreamContext(*task.run, *task.spec));
    for (Attempt& attempt : task.attempts) attempt.accepted = false;
    task.processed = false;
    status = StartTask(task, task.in_context);
  } else {
    status = RunAgain(task, step);
  }
  if (!status.ok()) {
    FailRunning(task, status);
    return;
  }
  if (IsCompleted(task.state)) RefreshJoins(*task.run);
}

absl::Status Stepper::Complete(TaskRun& task, State state, std::optional<std::string> info) {
  if (IsCompleted(task.state)) return absl::OkStatus();
  SetTaskState(task, state, std::move(info));
  GREGALE_RETURN_IF_ERROR(PublishOf(task));
  if (task.spec->keep_result) {
    GREGALE_ASSIGN_OR_RETURN(const bool keep,
                             Holds(*task.spec->keep_result, TaskScope(task, nullptr)));
    for (Attempt& attempt : task.attempts) {
      if (!keep && !attempt.is_workflow) attempt.result = nullptr;
    }
  }
  GREGALE_RETURN_IF_ERROR(AfterComplete(task));
  if (task.state == State::kDelayed) return absl::OkStatus();

  WorkflowRun& run = *task.run;
  if (run.state != State::kRunning) {
    task.processed = run.state != State::kPaused;  // else it goes on when it is resumed
    return absl::OkStatus();
  }
  return GoOnFrom(task);
}

absl::Status Stepper::GoOnFrom(TaskRun& task) {
  WorkflowRun& run = *task.run;
  GREGALE_ASSIGN_OR_RETURN(std::vector<NextStep> steps, StepsAfter(task));
  NoteSteps(task, steps);
  task.processed = true;
  if (run.workflow->type == Workflow::Type::kReverse) steps = ReadySteps(run);
  Dispatch(run, std::move(steps));
  return absl::OkStatus();
}

void Stepper::CompleteOrFail(TaskRun& task, State state, std::optional<std::string> info) {
  const absl::Status status = Complete(task, state, std::move(info));
  if (!status.ok()) {
    FailByForce(task,
                base::Cat("Failed to complete task [error=", base::FromAbsl(status.message()),
                          ", wf=", task.run->workflow->name, ", task=", task.spec->name, "]:"));
    return;
  }
  if (IsCompleted(task.state)) RefreshJoins(*task.run);
}

void Stepper::FailRunning(TaskRun& task, const absl::Status& status) {
  FailByForce(task, base::Cat("Failed to run task [error=", base::FromAbsl(status.message()),
                              ", wf=", task.run->workflow->name, ", task=", task.spec->name, "]:"));
}

// The task and its execution fail, whatever their clauses say.
void Stepper::FailByForce(TaskRun& task, const std::string& message) {
  SetTaskState(task, State::kError, message);
  task.next.clear();
  task.error_handled = false;
  FailRunByForce(*task.run, message);
}

}  // namespace gregale::workflow::engine
