#include "executions/executions.h"

#include <memory>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "executions/library.h"
#include "executions/tree.h"
#include "store/definition_table.h"
#include "store/execution_run_table.h"
#include "store/execution_table.h"
#include "workflow/action_catalogue.h"
#include "workflow/execution_state.h"
#include "workflow/workflow_input.h"

namespace gregale::executions {
namespace {

using base::Json;
using workflow::State;

// The workflow of the common or of its own namespace that a request means.
absl::StatusOr<store::Definition> FindWorkflow(store::Txn& txn, const NewExecution& request) {
  if (base::IsUuid(request.workflow)) {
    absl::StatusOr<store::Definition> row = store::GetDefinition(txn, request.workflow);
    const bool visible = row.ok() && row->kind == "workflow" &&
                         (row->tenant_id == request.tenant_id || row->scope == "public");
    if (visible || (!row.ok() && !absl::IsNotFound(row.status()))) return row;
  }
  for (const std::string& name_space : {request.name_space, std::string()}) {
    absl::StatusOr<store::Definition> row =
        store::FindDefinition(txn, {.kind = "workflow",
                                    .tenant_id = request.tenant_id,
                                    .name = request.workflow,
                                    .name_space = name_space});
    if (row.ok() || !absl::IsNotFound(row.status())) return row;
  }
  return absl::NotFoundError(base::Cat("Workflow not found [workflow_identifier=", request.workflow,
                                       ", namespace=", request.name_space, "]"));
}

absl::Status ActionNotFound(std::string_view id) {
  return absl::NotFoundError(base::Cat("ActionExecution not found [id=", id, "]"));
}

absl::StatusOr<store::ActionExecution> GetAction(store::Txn& txn, const std::string& id) {
  absl::StatusOr<store::ActionExecution> row = store::GetActionExecution(txn, id);
  if (!row.ok() && absl::IsNotFound(row.status())) return ActionNotFound(id);
  return row;
}

// The id by which the engine's memory of an action's execution is found.
const std::string& RootOf(const store::ActionExecution& action) {
  return action.root_id.empty() ? action.id : action.root_id;
}

bool IsOver(const store::ActionExecution& action) {
  const std::optional<State> state = workflow::ParseState(action.state);
  return state && workflow::IsCompleted(*state);
}

// The workflow that runs an action alone. Its input comes as the workflow's, so that nothing in it
// is taken for an expression.
constexpr std::string_view kAloneName = "run_action";

std::string AloneText(const NewAction& request) {
  std::string text = base::Cat("version: '2.0'\n", kAloneName,
                               ":\n  input: [input]\n  tasks:\n    run:\n      action: ",
                               Json(request.name).dump(), "\n      input: <% $.input %>\n");
  if (!request.target.empty()) {
    base::Append(text, "      target: ", Json(request.target).dump(), "\n");
  }
  if (request.timeout != absl::InfiniteDuration()) {
    base::Append(text, "      timeout: ", absl::ToInt64Seconds(request.timeout), "\n");
  }
  return text;
}

}  // namespace

bool IsOfExecution(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status) ||
         absl::IsInvalidArgument(status) || absl::IsDataLoss(status);
}

absl::StatusOr<store::Execution> Executions::Start(store::Txn& txn, const NewExecution& request) {
  GREGALE_ASSIGN_OR_RETURN(const store::Definition definition, FindWorkflow(txn, request));
  auto library = std::make_unique<Library>(
      txn, cache_, Library::Owner{request.tenant_id, definition.name_space});
  GREGALE_ASSIGN_OR_RETURN(const std::unique_ptr<Tree> tree,
                           Tree::New(txn, std::move(library), definition.name));
  GREGALE_RETURN_IF_ERROR(tree->Step(workflow::Start{.input = request.input,
                                                     .params = request.params,
                                                     .seed_high = random_.Next(),
                                                     .seed_low = random_.Next(),
                                                     .id = request.id}));
  tree->set_notes({.description = request.description,
                   .tags = request.tags.empty() ? definition.tags : request.tags});
  GREGALE_RETURN_IF_ERROR(tree->Save());
  return store::GetExecution(txn, tree->state().root()->id);
}

absl::StatusOr<store::Definition> Executions::Check(store::Txn& txn, const NewExecution& request) {
  GREGALE_ASSIGN_OR_RETURN(store::Definition definition, FindWorkflow(txn, request));
  const Library library(txn, cache_, Library::Owner{request.tenant_id, definition.name_space});
  const auto found = library.FindWorkflow(definition.name);
  GREGALE_RETURN_IF_ERROR(library.status());
  if (found != nullptr) {
    GREGALE_RETURN_IF_ERROR(workflow::CheckWorkflowInput(*found, request.input));
  }
  return definition;
}

absl::Status Executions::Step(store::Txn& txn, const std::string& root_id, What what) {
  GREGALE_ASSIGN_OR_RETURN(const std::unique_ptr<Tree> tree, Tree::Load(txn, cache_, root_id));
  GREGALE_RETURN_IF_ERROR(tree->Step(std::move(what)));
  return tree->Save();
}

absl::Status Executions::StepExecution(store::Txn& txn, const std::string& id, What what) {
  const absl::StatusOr<store::Execution> row = store::GetExecution(txn, id);
  if (!row.ok()) return row.status();
  return Step(txn, row->root_id.empty() ? row->id : row->root_id, std::move(what));
}

absl::Status Executions::StepTask(store::Txn& txn, const std::string& task_id, What what) {
  const absl::StatusOr<store::TaskExecution> row = store::GetTaskExecution(txn, task_id);
  if (!row.ok()) return row.status();
  return Step(txn, row->root_id, std::move(what));
}

absl::Status Executions::Pause(store::Txn& txn, const std::string& id) {
  return StepExecution(txn, id, workflow::Pause{id});
}

absl::Status Executions::Resume(store::Txn& txn, const std::string& id, const Json& env) {
  return StepExecution(txn, id, workflow::Resume{id, env});
}

absl::Status Executions::SetEnvironment(store::Txn& txn, const std::string& id, const Json& env) {
  return StepExecution(txn, id, workflow::EnvironmentChanged{id, env});
}

absl::Status Executions::Stop(store::Txn& txn, const std::string& id, State state,
                              const std::optional<std::string>& reason) {
  return StepExecution(txn, id, workflow::Stop{id, state, reason});
}

absl::Status Executions::Delete(store::Txn& txn, const std::string& id) {
  GREGALE_ASSIGN_OR_RETURN(const store::Execution row, store::GetExecution(txn, id));
  if (!row.root_id.empty()) {
    return absl::FailedPreconditionError(
        base::Cat("Execution ", id, " belongs to execution ", row.root_id, " and goes with it"));
  }
  return store::DeleteExecutionTree(txn, id);
}

absl::Status Executions::RerunTask(store::Txn& txn, const std::string& task_id, bool reset,
                                   const Json& env) {
  return StepTask(txn, task_id, workflow::Rerun{task_id, reset, env});
}

absl::Status Executions::SkipTask(store::Txn& txn, const std::string& task_id) {
  return StepTask(txn, task_id, workflow::Skip{task_id});
}

absl::StatusOr<store::ActionExecution> Executions::RunAction(store::Txn& txn,
                                                             const NewAction& request) {
  auto library =
      std::make_unique<Library>(txn, cache_, Library::Owner{request.tenant_id, request.name_space});
  if (library->FindAdHocAction(request.name) == nullptr) {
    GREGALE_RETURN_IF_ERROR(library->status());
    GREGALE_RETURN_IF_ERROR(workflow::CheckActionInput(request.name, request.input));
  }
  library->Add(std::string(kAloneName), AloneText(request));
  GREGALE_ASSIGN_OR_RETURN(const std::unique_ptr<Tree> tree,
                           Tree::New(txn, std::move(library), std::string(kAloneName)));
  tree->set_alone();
  GREGALE_RETURN_IF_ERROR(tree->Step(workflow::Start{.input = {{"input", request.input}},
                                                     .seed_high = random_.Next(),
                                                     .seed_low = random_.Next()}));
  const std::vector<store::ActionExecution> actions = tree->rows().actions;
  if (actions.empty()) {
    return absl::InvalidArgumentError(tree->state().root()->state_info.value_or("it cannot run"));
  }
  tree->set_notes({.description = request.description, .tags = ""});
  GREGALE_RETURN_IF_ERROR(tree->Save());
  return store::GetActionExecution(txn, actions.front().id);
}

absl::Status Executions::EndAction(store::Txn& txn, const std::string& action_id, State state,
                                   Json value) {
  GREGALE_ASSIGN_OR_RETURN(const store::ActionExecution action, GetAction(txn, action_id));
  GREGALE_RETURN_IF_ERROR(store::DeleteActionRun(txn, action_id).status());
  if (IsOver(action)) {
    return absl::FailedPreconditionError(base::Cat("Action ", action_id, " is already completed"));
  }
  return Step(txn, RootOf(action), workflow::ActionDone{action_id, state, std::move(value)});
}

absl::Status Executions::ChangeAction(store::Txn& txn, const std::string& action_id, State state) {
  GREGALE_ASSIGN_OR_RETURN(const store::ActionExecution action, GetAction(txn, action_id));
  if (IsOver(action)) {
    return absl::FailedPreconditionError(base::Cat("Action ", action_id, " is already completed"));
  }
  return Step(txn, RootOf(action), workflow::ActionChanged{action_id, state});
}

absl::Status Executions::DeleteAction(store::Txn& txn, const std::string& action_id) {
  GREGALE_ASSIGN_OR_RETURN(const store::ActionExecution action, GetAction(txn, action_id));
  if (!action.root_id.empty() || !IsOver(action)) {
    return absl::FailedPreconditionError(
        base::Cat("Only completed actions that belong to no task can be deleted: ", action_id));
  }
  GREGALE_RETURN_IF_ERROR(store::DeleteExecutionRun(txn, action_id));
  return store::DeleteActionExecution(txn, action_id);
}

absl::Status Executions::FireTimer(store::Txn& txn, const store::ExecutionTimer& timer) {
  GREGALE_ASSIGN_OR_RETURN(const bool taken, store::TakeTimer(txn, timer));
  if (!taken) return absl::OkStatus();
  return Step(txn, timer.root_id, workflow::TimerFired{timer.timer});
}

}  // namespace gregale::executions
