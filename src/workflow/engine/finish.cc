#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// The end of an execution.
namespace gregale::workflow::engine {
namespace {

std::string TextOrNone(const std::optional<std::string>& text) { return text ? *text : "None"; }

Json ResultOutput(const std::optional<std::string>& info) {
  return Json{{"result", info ? Json(*info) : Json(nullptr)}};
}

// The tasks in a state, sorted by name.
std::vector<const TaskRun*> TasksIn(const WorkflowRun& run, State state) {
  std::vector<const TaskRun*> tasks;
  for (const auto& task : run.tasks) {
    if (task->state == state) tasks.push_back(task.get());
  }
  std::stable_sort(tasks.begin(), tasks.end(), [](const TaskRun* a, const TaskRun* b) {
    return a->spec->name < b->spec->name;
  });
  return tasks;
}

std::string NamesOf(const std::vector<const TaskRun*>& tasks) {
  std::vector<std::string> names;
  for (const TaskRun* task : tasks) names.push_back(task->spec->name);
  return base::Join(names, ", ");
}

}  // namespace

absl::Status Stepper::ChangeState(WorkflowRun& run, State state, std::optional<std::string> info) {
  if (!IsTransition(run.state, state)) {
    return absl::FailedPreconditionError(base::Cat(
        "Can't change workflow execution state from ", StateName(run.state), " to ",
        StateName(state), ". [workflow=", run.workflow->name, ", execution_id=", run.id, "]"));
  }
  run.state = state;
  run.state_info = std::move(info);
  run.updated_at = now_;
  if (IsCompleted(state)) ended_.push_back(&run);
  return absl::OkStatus();
}

// Ends the execution where none of its tasks is left to be done.
void Stepper::CheckCompletion(WorkflowRun& run) {
  if (run.state != State::kRunning) return;
  const bool open = std::any_of(run.tasks.begin(), run.tasks.end(),
                                [](const auto& task) { return !IsCompleted(task->state); });
  if (open) return;
  const absl::Status status = FinishByTasks(run);
  if (status.ok()) return;
  FailRunByForce(run, base::Cat("Failed to check and complete [wf_ex_id=", run.id, ", wf_name=",
                                run.workflow->name, "]: ", base::FromAbsl(status.message())));
}

absl::Status Stepper::FinishByTasks(WorkflowRun& run) {
  const auto cancelled = TasksIn(run, State::kCancelled);
  if (!cancelled.empty()) return Cancel(run, base::Cat("Cancelled tasks: ", NamesOf(cancelled)));
  for (const TaskRun* task : TasksIn(run, State::kError)) {
    if (!task->error_handled) return Fail(run, FinalContext(run), FailureText(run));
  }
  return Succeed(run, FinalContext(run), std::nullopt);
}

// What the tasks have left that led to no other task; of a reverse workflow, its target.
Json Stepper::FinalContext(const WorkflowRun& run) const {
  Json context = Json::object();
  const bool reverse = run.workflow->type == Workflow::Type::kReverse;
  for (const auto& task : run.tasks) {
    if (reverse && task->spec != &TargetOf(run)) continue;
    if (!reverse && (!IsCompleted(task->state) || !task->next.empty())) continue;
    MergeDeep(context, OutboundContext(*task));
  }
  return context;
}

absl::StatusOr<Json> Stepper::OutputOf(const WorkflowRun& run,
                                       const std::optional<expr::Tree>& clause,
                                       const Json& context) const {
  if (!clause) return context;
  const Scope scope{.run = &run,
                    .layers = {&context, &state_.environment, &run.context, &run.input}};
  GREGALE_ASSIGN_OR_RETURN(Json output, Evaluate(*clause, scope));
  return IsTruthy(output) ? output : context;
}

absl::Status Stepper::Succeed(WorkflowRun& run, const Json& context,
                              std::optional<std::string> info) {
  GREGALE_ASSIGN_OR_RETURN(Json output, OutputOf(run, run.workflow->output, context));
  GREGALE_RETURN_IF_ERROR(ChangeState(run, State::kSuccess, std::move(info)));
  run.output = std::move(output);
  return absl::OkStatus();
}

absl::Status Stepper::Fail(WorkflowRun& run, const Json& context, std::optional<std::string> info) {
  absl::StatusOr<Json> more = OutputOf(run, run.workflow->output_on_error, context);
  if (!more.ok()) {
    info = base::Cat("Failed to evaluate expression in output-on-error! (output-on-error: '",
                     PythonText(run.workflow->output_on_error->json()), "', exception: '",
                     base::FromAbsl(more.status().message()), "' Cause: '", TextOrNone(info), "'");
    more = Json::object();
  }
  GREGALE_RETURN_IF_ERROR(ChangeState(run, State::kError, info));
  run.output = ResultOutput(info);
  if (more->is_object()) MergeDeep(run.output, *more);
  return absl::OkStatus();
}

absl::Status Stepper::Cancel(WorkflowRun& run, std::optional<std::string> info) {
  GREGALE_RETURN_IF_ERROR(ChangeState(run, State::kCancelled, info));
  run.output = ResultOutput(info);
  return absl::OkStatus();
}

absl::Status Stepper::StopRun(WorkflowRun& run, State state, std::optional<std::string> info) {
  if (state == State::kSuccess) return Succeed(run, FinalContext(run), std::move(info));
  if (state == State::kError) return Fail(run, FinalContext(run), std::move(info));
  return Cancel(run, std::move(info));
}

// Whatever else is wrong, the execution fails.
void Stepper::FailRunByForce(WorkflowRun& run, const std::string& message) {
  if (IsCompleted(run.state)) return;
  Fail(run, FinalContext(run), message).IgnoreError();  // every state but the completed allows it
}

std::string Stepper::FailureText(const WorkflowRun& run) const {
  std::vector<const TaskRun*> failed = TasksIn(run, State::kError);
  // A task with an on-error is not named, even where no way on was taken.
  std::erase_if(failed, [](const TaskRun* task) {
    return task->spec->on_error && !task->spec->on_error->next.empty();
  });
  std::string text = base::Cat("Failure caused by error in tasks: ", NamesOf(failed), "\n");
  for (const TaskRun* task : failed) {
    base::Append(text, "\n  ", task->spec->name, " [task_ex_id=", task->id, "] -> ",
                 TextOrNone(task->state_info), "\n");
    int actions = 0;
    int workflows = 0;
    for (const Attempt& attempt : task->attempts) {
      int& index = attempt.is_workflow ? workflows : actions;
      const int at = index++;
      if (attempt.state != State::kError) continue;
      Json result = attempt.result;
      if (attempt.is_workflow) result = state_.FindRun(attempt.id)->output.value("result", Json());
      base::Append(text, "    [", attempt.is_workflow ? "wf_ex_id=" : "action_ex_id=", attempt.id,
                   ", idx=", at, "]: ", PythonText(result), "\n");
    }
  }
  return text;
}

}  // namespace gregale::workflow::engine
