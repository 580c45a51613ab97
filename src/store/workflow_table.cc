#include "store/workflow_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kWorkflowColumns = "id, tenant_id, name, definition, vnf_id, created_at";
constexpr Column kWorkflowsKnown[] = {{"id"}, {"name"}, {"vnf_id"}};
constexpr Listing kWorkflows = {"workflow", kWorkflowColumns, "sequence", kWorkflowsKnown};

constexpr std::string_view kExecutionColumns =
    "id, tenant_id, workflow_id, workflow_name, vnf_id, state, input, created_at, updated_at";
constexpr Column kExecutionsKnown[] = {{"id"}, {"workflow_name"}, {"vnf_id"}, {"state"}};
constexpr Listing kExecutions = {"execution", kExecutionColumns, "sequence", kExecutionsKnown};

Workflow ReadWorkflow(const SqlRow& row) {
  RowReader read(row);
  Workflow workflow;
  workflow.id = read.Text();
  workflow.tenant_id = read.Text();
  workflow.name = read.Text();
  workflow.definition = read.Text();
  workflow.vnf_id = read.Text();
  workflow.created_at = read.Time();
  return workflow;
}

Execution ReadExecution(const SqlRow& row) {
  RowReader read(row);
  Execution execution;
  execution.id = read.Text();
  execution.tenant_id = read.Text();
  execution.workflow_id = read.Text();
  execution.workflow_name = read.Text();
  execution.vnf_id = read.Text();
  execution.state = read.Text();
  execution.input = read.Text();
  execution.created_at = read.Time();
  execution.updated_at = read.Time();
  return execution;
}

absl::Status ExecutionNotFound(std::string_view id) {
  return RowNotFound("ExecutionNotFound", "Execution", id);
}

}  // namespace

absl::Status InsertWorkflow(Txn& txn, const Workflow& workflow) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "workflow", kWorkflowColumns,
             {TextValue(workflow.id), TextValue(workflow.tenant_id), TextValue(workflow.name),
              TextValue(workflow.definition), TextOrNull(workflow.vnf_id),
              CreatedAt(txn, workflow.created_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("workflow", "name", workflow.name);
}

absl::StatusOr<Workflow> GetWorkflow(Txn& txn, std::string_view id_or_name) {
  for (const std::string_view condition : {"id = ?", "name = ? ORDER BY sequence LIMIT 1"}) {
    GREGALE_ASSIGN_OR_RETURN(
        const std::optional<SqlRow> row,
        SelectFirst(txn, base::Cat("SELECT ", kWorkflowColumns, " FROM workflow WHERE ", condition),
                    {TextValue(id_or_name)}));
    if (row.has_value()) return ReadWorkflow(*row);
  }
  return RowNotFound("WorkflowNotFound", "Workflow", id_or_name);
}

absl::StatusOr<std::vector<Workflow>> ListWorkflows(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kWorkflows, query));
  return ReadAll(rows, &ReadWorkflow);
}

absl::Status DeleteWorkflowsOfVnf(Txn& txn, std::string_view vnf_id) {
  return ChangeAny(txn, "DELETE FROM workflow WHERE vnf_id = ?", {TextValue(vnf_id)});
}

absl::Status InsertExecution(Txn& txn, const Execution& execution) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "execution", kExecutionColumns,
             {TextValue(execution.id), TextValue(execution.tenant_id),
              TextOrNull(execution.workflow_id), TextOrNull(execution.workflow_name),
              TextOrNull(execution.vnf_id), TextValue(execution.state), TextOrNull(execution.input),
              CreatedAt(txn, execution.created_at), TimeValue(execution.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("execution", "id", execution.id);
}

absl::StatusOr<Execution> GetExecution(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kExecutionColumns, " FROM execution WHERE id = ?"),
                  {TextValue(id)}));
  if (!row.has_value()) return ExecutionNotFound(id);
  return ReadExecution(*row);
}

absl::StatusOr<std::vector<Execution>> ListExecutions(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kExecutions, query));
  return ReadAll(rows, &ReadExecution);
}

absl::Status UpdateExecutionInput(Txn& txn, std::string_view id, std::string_view input) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows, Change(txn, "UPDATE execution SET input = ?, updated_at = ? WHERE id = ?",
                                 {TextOrNull(input), TimeValue(txn.now()), TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : ExecutionNotFound(id);
}

absl::Status DeleteExecutionsOfVnf(Txn& txn, std::string_view vnf_id) {
  return ChangeAny(txn, "DELETE FROM execution WHERE vnf_id = ?", {TextValue(vnf_id)});
}

}  // namespace gregale::store
