#include "store/execution_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kExecutionColumns =
    "id, tenant_id, workflow_id, workflow_name, namespace, vnf_id, root_id, task_id, "
    "description, tags, params, state, state_info, input, output, published_global, "
    "created_at, updated_at";
constexpr Column kExecutionKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                                      {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                                      {"workflow_id"},
                                      {"workflow_name"},
                                      {"namespace"},
                                      {"vnf_id"},
                                      {"root_id"},
                                      {"task_id"},
                                      {"description"},
                                      {"tags"},
                                      {"params"},
                                      {"state", Column::Kind::kText, Column::Nulls::kNever},
                                      {"state_info"},
                                      {"input"},
                                      {"output"},
                                      {"published_global"},
                                      {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                                      {"updated_at", Column::Kind::kTime}};
constexpr Listing kExecutionListing = {"execution", kExecutionColumns, "sequence", kExecutionKnown};

constexpr std::string_view kTaskExecutionColumns =
    "id, tenant_id, execution_id, root_id, name, type, workflow_id, workflow_name, "
    "namespace, tags, state, state_info, runtime_context, result, published, "
    "published_global, processed, started_at, finished_at, created_at, updated_at";
constexpr Column kTaskExecutionKnown[] = {
    {"id", Column::Kind::kText, Column::Nulls::kNever},
    {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
    {"execution_id", Column::Kind::kText, Column::Nulls::kNever},
    {"root_id", Column::Kind::kText, Column::Nulls::kNever},
    {"name", Column::Kind::kText, Column::Nulls::kNever},
    {"type", Column::Kind::kText, Column::Nulls::kNever},
    {"workflow_id"},
    {"workflow_name"},
    {"namespace"},
    {"tags"},
    {"state", Column::Kind::kText, Column::Nulls::kNever},
    {"state_info"},
    {"runtime_context"},
    {"result"},
    {"published"},
    {"published_global"},
    {"processed", Column::Kind::kFlag, Column::Nulls::kNever},
    {"started_at", Column::Kind::kTime},
    {"finished_at", Column::Kind::kTime},
    {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
    {"updated_at", Column::Kind::kTime}};
constexpr Listing kTaskExecutionListing = {"task_execution", kTaskExecutionColumns, "sequence",
                                           kTaskExecutionKnown};

constexpr std::string_view kActionExecutionColumns =
    "id, tenant_id, task_id, root_id, name, task_name, workflow_name, namespace, "
    "description, tags, state, state_info, input, output, accepted, created_at, "
    "updated_at";
constexpr Column kActionExecutionKnown[] = {
    {"id", Column::Kind::kText, Column::Nulls::kNever},
    {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
    {"task_id"},
    {"root_id"},
    {"name", Column::Kind::kText, Column::Nulls::kNever},
    {"task_name"},
    {"workflow_name"},
    {"namespace"},
    {"description"},
    {"tags"},
    {"state", Column::Kind::kText, Column::Nulls::kNever},
    {"state_info"},
    {"input"},
    {"output"},
    {"accepted", Column::Kind::kFlag, Column::Nulls::kNever},
    {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
    {"updated_at", Column::Kind::kTime}};
constexpr Listing kActionExecutionListing = {"action_execution", kActionExecutionColumns,
                                             "sequence", kActionExecutionKnown};

Execution ReadExecution(const SqlRow& row) {
  RowReader read(row);
  Execution execution;
  execution.id = read.Text();
  execution.tenant_id = read.Text();
  execution.workflow_id = read.Text();
  execution.workflow_name = read.Text();
  execution.name_space = read.Text();
  execution.vnf_id = read.Text();
  execution.root_id = read.Text();
  execution.task_id = read.Text();
  execution.description = read.Text();
  execution.tags = read.Text();
  execution.params = read.Text();
  execution.state = read.Text();
  execution.state_info = read.Text();
  execution.input = read.Text();
  execution.output = read.Text();
  execution.published_global = read.Text();
  execution.created_at = read.Time();
  execution.updated_at = read.Time();
  return execution;
}

absl::Status ExecutionNotFound(std::string_view id) {
  return RowNotFound("ExecutionNotFound", "Execution", id);
}

TaskExecution ReadTaskExecution(const SqlRow& row) {
  RowReader read(row);
  TaskExecution task;
  task.id = read.Text();
  task.tenant_id = read.Text();
  task.execution_id = read.Text();
  task.root_id = read.Text();
  task.name = read.Text();
  task.type = read.Text();
  task.workflow_id = read.Text();
  task.workflow_name = read.Text();
  task.name_space = read.Text();
  task.tags = read.Text();
  task.state = read.Text();
  task.state_info = read.Text();
  task.runtime_context = read.Text();
  task.result = read.Text();
  task.published = read.Text();
  task.published_global = read.Text();
  task.processed = read.Bool();
  task.started_at = read.Time();
  task.finished_at = read.Time();
  task.created_at = read.Time();
  task.updated_at = read.Time();
  return task;
}

absl::Status TaskExecutionNotFound(std::string_view id) {
  return RowNotFound("TaskExecutionNotFound", "Task execution", id);
}

ActionExecution ReadActionExecution(const SqlRow& row) {
  RowReader read(row);
  ActionExecution action;
  action.id = read.Text();
  action.tenant_id = read.Text();
  action.task_id = read.Text();
  action.root_id = read.Text();
  action.name = read.Text();
  action.task_name = read.Text();
  action.workflow_name = read.Text();
  action.name_space = read.Text();
  action.description = read.Text();
  action.tags = read.Text();
  action.state = read.Text();
  action.state_info = read.Text();
  action.input = read.Text();
  action.output = read.Text();
  action.accepted = read.Bool();
  action.created_at = read.Time();
  action.updated_at = read.Time();
  return action;
}

absl::Status ActionExecutionNotFound(std::string_view id) {
  return RowNotFound("ActionExecutionNotFound", "Action execution", id);
}

template <typename Record>
absl::StatusOr<std::vector<Record>> ListAll(Txn& txn, const Listing& listing,
                                            const ListQuery& query, Record (*read)(const SqlRow&)) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, listing, query));
  return ReadAll(rows, read);
}

// nullopt where there is none.
absl::StatusOr<std::optional<SqlRow>> SelectById(Txn& txn, const Listing& listing,
                                                 std::string_view id) {
  return SelectFirst(
      txn, base::Cat("SELECT ", listing.columns, " FROM ", listing.table, " WHERE id = ?"),
      {TextValue(id)});
}

absl::Status UpdateOneText(Txn& txn, std::string_view sql, std::string_view text,
                           std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn, sql, {TextOrNull(text), TimeValue(txn.now()), TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : ExecutionNotFound(id);
}

}  // namespace

absl::Status InsertExecution(Txn& txn, const Execution& execution) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "execution", kExecutionColumns,
             {TextValue(execution.id), TextValue(execution.tenant_id),
              TextOrNull(execution.workflow_id), TextOrNull(execution.workflow_name),
              TextOrNull(execution.name_space), TextOrNull(execution.vnf_id),
              TextOrNull(execution.root_id), TextOrNull(execution.task_id),
              TextOrNull(execution.description), TextOrNull(execution.tags),
              TextOrNull(execution.params), TextValue(execution.state),
              TextOrNull(execution.state_info), TextOrNull(execution.input),
              TextOrNull(execution.output), TextOrNull(execution.published_global),
              CreatedAt(txn, execution.created_at), TimeValue(execution.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("execution", "id", execution.id);
}

absl::StatusOr<Execution> GetExecution(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row, SelectById(txn, kExecutionListing, id));
  if (!row.has_value()) return ExecutionNotFound(id);
  return ReadExecution(*row);
}

absl::StatusOr<std::vector<Execution>> ListExecutions(Txn& txn, const ListQuery& query) {
  return ListAll(txn, kExecutionListing, query, &ReadExecution);
}

absl::Status UpdateExecution(Txn& txn, const Execution& execution) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE execution SET params = ?, state = ?, state_info = ?, input = ?, output = ?, "
             "published_global = ?, updated_at = ? WHERE id = ?",
             {TextOrNull(execution.params), TextValue(execution.state),
              TextOrNull(execution.state_info), TextOrNull(execution.input),
              TextOrNull(execution.output), TextOrNull(execution.published_global),
              TimeValue(txn.now()), TextValue(execution.id)}));
  return rows > 0 ? absl::OkStatus() : ExecutionNotFound(execution.id);
}

absl::Status InsertTaskExecution(Txn& txn, const TaskExecution& task) {
  GREGALE_ASSIGN_OR_RETURN(const bool inserted, Insert(txn, "task_execution", kTaskExecutionColumns,
                                                       {TextValue(task.id),
                                                        TextValue(task.tenant_id),
                                                        TextValue(task.execution_id),
                                                        TextValue(task.root_id),
                                                        TextValue(task.name),
                                                        TextValue(task.type),
                                                        TextOrNull(task.workflow_id),
                                                        TextOrNull(task.workflow_name),
                                                        TextOrNull(task.name_space),
                                                        TextOrNull(task.tags),
                                                        TextValue(task.state),
                                                        TextOrNull(task.state_info),
                                                        TextOrNull(task.runtime_context),
                                                        TextOrNull(task.result),
                                                        TextOrNull(task.published),
                                                        TextOrNull(task.published_global),
                                                        int64_t{task.processed},
                                                        TimeValue(task.started_at),
                                                        TimeValue(task.finished_at),
                                                        CreatedAt(txn, task.created_at),
                                                        TimeValue(task.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("task_execution", "id", task.id);
}

absl::StatusOr<TaskExecution> GetTaskExecution(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectById(txn, kTaskExecutionListing, id));
  if (!row.has_value()) return TaskExecutionNotFound(id);
  return ReadTaskExecution(*row);
}

absl::StatusOr<std::vector<TaskExecution>> ListTaskExecutions(Txn& txn, const ListQuery& query) {
  return ListAll(txn, kTaskExecutionListing, query, &ReadTaskExecution);
}

absl::Status UpdateTaskExecution(Txn& txn, const TaskExecution& task) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(
          txn,
          "UPDATE task_execution SET state = ?, state_info = ?, runtime_context = ?, "
          "result = ?, published = ?, published_global = ?, processed = ?, started_at = ?, "
          "finished_at = ?, updated_at = ? WHERE id = ?",
          {TextValue(task.state), TextOrNull(task.state_info), TextOrNull(task.runtime_context),
           TextOrNull(task.result), TextOrNull(task.published), TextOrNull(task.published_global),
           int64_t{task.processed}, TimeValue(task.started_at), TimeValue(task.finished_at),
           TimeValue(txn.now()), TextValue(task.id)}));
  return rows > 0 ? absl::OkStatus() : TaskExecutionNotFound(task.id);
}

absl::Status InsertActionExecution(Txn& txn, const ActionExecution& action) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "action_execution", kActionExecutionColumns,
             {TextValue(action.id), TextValue(action.tenant_id), TextOrNull(action.task_id),
              TextOrNull(action.root_id), TextValue(action.name), TextOrNull(action.task_name),
              TextOrNull(action.workflow_name), TextOrNull(action.name_space),
              TextOrNull(action.description), TextOrNull(action.tags), TextValue(action.state),
              TextOrNull(action.state_info), TextOrNull(action.input), TextOrNull(action.output),
              int64_t{action.accepted}, CreatedAt(txn, action.created_at),
              TimeValue(action.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("action_execution", "id", action.id);
}

absl::StatusOr<ActionExecution> GetActionExecution(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectById(txn, kActionExecutionListing, id));
  if (!row.has_value()) return ActionExecutionNotFound(id);
  return ReadActionExecution(*row);
}

absl::StatusOr<std::vector<ActionExecution>> ListActionExecutions(Txn& txn,
                                                                  const ListQuery& query) {
  return ListAll(txn, kActionExecutionListing, query, &ReadActionExecution);
}

absl::Status UpdateActionExecution(Txn& txn, const ActionExecution& action) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE action_execution SET state = ?, state_info = ?, output = ?, accepted = ?, "
             "updated_at = ? WHERE id = ?",
             {TextValue(action.state), TextOrNull(action.state_info), TextOrNull(action.output),
              int64_t{action.accepted}, TimeValue(txn.now()), TextValue(action.id)}));
  return rows > 0 ? absl::OkStatus() : ActionExecutionNotFound(action.id);
}

absl::Status UpdateExecutionDescription(Txn& txn, std::string_view id,
                                        std::string_view description) {
  return UpdateOneText(txn, "UPDATE execution SET description = ?, updated_at = ? WHERE id = ?",
                       description, id);
}

absl::Status UpdateExecutionInput(Txn& txn, std::string_view id, std::string_view input) {
  return UpdateOneText(txn, "UPDATE execution SET input = ?, updated_at = ? WHERE id = ?", input,
                       id);
}

absl::Status DeleteExecutionsOfVnf(Txn& txn, std::string_view vnf_id) {
  return ChangeAny(txn, "DELETE FROM execution WHERE vnf_id = ?", {TextValue(vnf_id)});
}

absl::Status DeleteExecutionTree(Txn& txn, std::string_view root_id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM execution WHERE id = ?", {TextValue(root_id)}));
  if (rows == 0) return ExecutionNotFound(root_id);
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "INSERT INTO pending_cancel (action_id, executor_id, created_at) SELECT action_id, "
                "executor_id, ? FROM action_run WHERE root_id = ? AND executor_id <> ''",
                {TimeValue(txn.now()), TextValue(root_id)}));
  for (const std::string_view table : {"execution", "task_execution", "action_execution",
                                       "execution_run", "execution_timer", "action_run"}) {
    GREGALE_RETURN_IF_ERROR(ChangeAny(txn, base::Cat("DELETE FROM ", table, " WHERE root_id = ?"),
                                      {TextValue(root_id)}));
  }
  return absl::OkStatus();
}

absl::Status DeleteActionExecution(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn, "DELETE FROM action_execution WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : ActionExecutionNotFound(id);
}

}  // namespace gregale::store
