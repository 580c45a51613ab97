#include "server/workflow_handlers.h"

#include <utility>

#include "base/error.h"
#include "server/errors.h"
#include "server/named_row.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "store/placement_table.h"

namespace gregale::server {
namespace {

constexpr char kKind[] = "workflow";

absl::StatusOr<store::Definition> GetAnyWorkflow(store::Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(store::Definition row, store::GetDefinition(txn, id));
  if (row.kind != kKind) return WorkflowNotFound(id);
  return row;
}

absl::StatusOr<std::vector<store::Definition>> ListAllWorkflows(store::Txn& txn,
                                                                const store::ListQuery& query) {
  store::ListQuery workflows = query;
  workflows.equals["kind"] = {kKind};
  return store::ListDefinitions(txn, workflows);
}

absl::StatusOr<PlacedExecution> WithPlace(store::Txn& txn, store::Execution execution) {
  PlacedExecution out = {.execution = std::move(execution)};
  const absl::StatusOr<store::Placement> placement = store::GetPlacement(txn, out.execution.vnf_id);
  if (absl::IsNotFound(placement.status())) return out;
  if (!placement.ok()) return placement.status();
  if (placement->execution_id != out.execution.id) return out;
  out.action_id = placement->action_id;
  out.executor_id = placement->executor_id;
  return out;
}

}  // namespace

absl::StatusOr<store::Definition> FindWorkflow(store::Txn& txn, const Caller& caller,
                                               std::string_view id) {
  static constexpr RowReader<store::Definition> kReader = {"workflow", &GetAnyWorkflow,
                                                           &ListAllWorkflows, WorkflowNotFound};
  return FindRow(txn, caller, id, kReader);
}

absl::StatusOr<std::vector<store::Definition>> ListWorkflows(store::Txn& txn, const Caller& caller,
                                                             const store::ListQuery& query) {
  return ListAllWorkflows(txn, VisibleTo(caller, query));
}

absl::StatusOr<PlacedExecution> FindExecution(store::Txn& txn, const Caller& caller,
                                              std::string_view id) {
  absl::StatusOr<store::Execution> execution = store::GetExecution(txn, id);
  const bool is_hidden = execution.ok() && !caller.MaySee(execution->tenant_id);
  if (is_hidden || absl::IsNotFound(execution.status())) return ExecutionNotFound(id);
  if (!execution.ok()) return execution.status();
  return WithPlace(txn, *std::move(execution));
}

absl::StatusOr<std::vector<PlacedExecution>> ListExecutions(store::Txn& txn, const Caller& caller,
                                                            const store::ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Execution> rows,
                           store::ListExecutions(txn, VisibleTo(caller, query)));
  std::vector<PlacedExecution> out;
  for (store::Execution& row : rows) {
    GREGALE_ASSIGN_OR_RETURN(PlacedExecution placed, WithPlace(txn, std::move(row)));
    out.push_back(std::move(placed));
  }
  return out;
}

}  // namespace gregale::server
