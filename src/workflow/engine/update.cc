#include "base/error.h"
#include "workflow/engine/stepper.h"

// A new input for an execution that runs.
namespace gregale::workflow::engine {

absl::Status Stepper::On(const InputChanged& event) {
  if (state_.runs.empty() || IsCompleted(state_.root()->state)) return absl::OkStatus();
  WorkflowRun& run = *state_.runs.front();
  if (!event.input.is_object() && !event.input.is_null()) {
    return absl::InvalidArgumentError("the input of a workflow is an object");
  }
  GREGALE_ASSIGN_OR_RETURN(
      Json input,
      CompleteInput(run.workflow->input, event.input.is_null() ? Json::object() : event.input,
                    run.workflow->name, SpecClass(*run.workflow)));
  std::swap(run.input, input);
  const absl::Status status = UpdateAttempts(run);
  if (!status.ok()) std::swap(run.input, input);
  return status;
}

absl::Status Stepper::UpdateAttempts(WorkflowRun& run) {
  struct Change {
    Attempt* attempt;
    Json given;
    Json input;
  };
  std::vector<Change> changes;
  for (const auto& task : run.tasks) {
    if (task->state != State::kRunning || !task->spec->items.empty()) continue;
    for (Attempt& attempt : task->attempts) {
      if (attempt.is_workflow || IsCompleted(attempt.state)) continue;
      GREGALE_ASSIGN_OR_RETURN(Json input, InputOf(*task, nullptr));
      if (input == attempt.input) continue;
      GREGALE_ASSIGN_OR_RETURN(Call call, Resolve(*task, input, task->in_context));
      changes.push_back({&attempt, std::move(input), std::move(call.input)});
    }
  }
  for (Change& change : changes) {
    change.attempt->input = std::move(change.given);
    commands_.push_back(UpdateAction{change.attempt->id, std::move(change.input)});
  }
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
