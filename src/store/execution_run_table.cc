#include "store/execution_run_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kActionColumns =
    "action_id, root_id, action, input, target, task_id, execution_id, workflow_name, safe_rerun, "
    "executor_id, incarnation, attempt";

ActionRun ReadActionRun(const SqlRow& row) {
  RowReader read(row);
  ActionRun run;
  run.action_id = read.Text();
  run.root_id = read.Text();
  run.action = read.Text();
  run.input = read.Text();
  run.target = read.Text();
  run.task_id = read.Text();
  run.execution_id = read.Text();
  run.workflow_name = read.Text();
  run.safe_rerun = read.Bool();
  run.executor_id = read.Text();
  run.incarnation = read.Text();
  run.attempt = read.Int();
  return run;
}

}  // namespace

absl::Status InsertExecutionRun(Txn& txn, const ExecutionRun& run) {
  return ChangeAny(txn,
                   "INSERT INTO execution_run (root_id, tenant_id, namespace, state, definitions) "
                   "VALUES (?, ?, ?, ?, ?)",
                   {TextValue(run.root_id), TextValue(run.tenant_id), TextOrNull(run.name_space),
                    TextValue(run.state), TextValue(run.definitions)});
}

absl::StatusOr<std::optional<ExecutionRun>> GetExecutionRun(Txn& txn, std::string_view root_id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectFirst(txn,
                                       "SELECT root_id, tenant_id, namespace, state, definitions "
                                       "FROM execution_run WHERE root_id = ?",
                                       {TextValue(root_id)}));
  if (!row.has_value()) return std::nullopt;
  RowReader read(*row);
  ExecutionRun run;
  run.root_id = read.Text();
  run.tenant_id = read.Text();
  run.name_space = read.Text();
  run.state = read.Text();
  run.definitions = read.Text();
  return run;
}

absl::Status UpdateExecutionRun(Txn& txn, const ExecutionRun& run) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn, "UPDATE execution_run SET state = ?, definitions = ? WHERE root_id = ?",
             {TextValue(run.state), TextValue(run.definitions), TextValue(run.root_id)}));
  return rows > 0 ? absl::OkStatus() : RowNotFound("ExecutionNotFound", "Execution", run.root_id);
}

absl::Status DeleteExecutionRun(Txn& txn, std::string_view root_id) {
  return ChangeAny(txn, "DELETE FROM execution_run WHERE root_id = ?", {TextValue(root_id)});
}

absl::Status InsertExecutionTimer(Txn& txn, const ExecutionTimer& timer) {
  return ChangeAny(
      txn, "INSERT INTO execution_timer (root_id, timer, due_at) VALUES (?, ?, ?)",
      {TextValue(timer.root_id), static_cast<int64_t>(timer.timer), TimeValue(timer.due_at)});
}

absl::StatusOr<std::vector<ExecutionTimer>> ListDueTimers(Txn& txn, int limit) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  "SELECT root_id, timer, due_at FROM execution_timer "
                                  "WHERE due_at <= ? ORDER BY due_at, timer LIMIT ?",
                                  {TimeValue(txn.now()), int64_t{limit}}));
  return ReadAll<ExecutionTimer>(rows, [](const SqlRow& row) {
    return ExecutionTimer{row.Text(0), static_cast<uint64_t>(row.Int(1)), row.Time(2)};
  });
}

absl::StatusOr<absl::Time> NextExecutionTime(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, "SELECT due_at FROM execution_timer ORDER BY due_at LIMIT 1"));
  return row.has_value() ? row->Time(0) : absl::InfiniteFuture();
}

absl::StatusOr<bool> TakeTimer(Txn& txn, const ExecutionTimer& timer) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows, Change(txn, "DELETE FROM execution_timer WHERE root_id = ? AND timer = ?",
                                 {TextValue(timer.root_id), static_cast<int64_t>(timer.timer)}));
  return rows > 0;
}

absl::Status InsertActionRun(Txn& txn, const ActionRun& run) {
  return ChangeAny(
      txn,
      base::Cat("INSERT INTO action_run (", kActionColumns,
                ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      {TextValue(run.action_id), TextOrNull(run.root_id), TextValue(run.action),
       TextValue(run.input), TextOrNull(run.target), TextOrNull(run.task_id),
       TextOrNull(run.execution_id), TextOrNull(run.workflow_name), int64_t{run.safe_rerun},
       TextValue(run.executor_id), TextValue(run.incarnation), run.attempt});
}

absl::StatusOr<std::optional<ActionRun>> GetActionRun(Txn& txn, std::string_view action_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kActionColumns, " FROM action_run WHERE action_id = ?"),
                  {TextValue(action_id)}));
  if (!row.has_value()) return std::nullopt;
  return ReadActionRun(*row);
}

absl::StatusOr<bool> DeleteActionRun(Txn& txn, std::string_view action_id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<ActionRun> run, GetActionRun(txn, action_id));
  if (!run.has_value()) return false;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM action_run WHERE action_id = ?", {TextValue(action_id)}));
  if (run->executor_id.empty()) return true;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM pending_cancel WHERE action_id = ?", {TextValue(action_id)}));
  GREGALE_RETURN_IF_ERROR(ChangeAny(
      txn, "INSERT INTO pending_cancel (action_id, executor_id, created_at) VALUES (?, ?, ?)",
      {TextValue(action_id), TextValue(run->executor_id), TimeValue(txn.now())}));
  return true;
}

absl::StatusOr<std::vector<ActionRun>> ListWaitingActionRuns(Txn& txn,
                                                             std::span<const std::string> executors,
                                                             int limit) {
  std::string sql = base::Cat("SELECT ", kActionColumns,
                              " FROM action_run WHERE executor_id = '' AND (target IS NULL");
  std::vector<SqlValue> values;
  for (const std::string& executor : executors) {
    base::Append(sql, " OR target = ?");
    values.push_back(TextValue(executor));
  }
  base::Append(sql, ") ORDER BY sequence LIMIT ?");
  values.emplace_back(int64_t{limit});
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, txn.Query(sql, values));
  return ReadAll(rows, &ReadActionRun);
}

absl::StatusOr<std::vector<ActionRun>> ListLostActionRuns(Txn& txn, int limit) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             base::Cat("SELECT ", kActionColumns,
                       " FROM action_run WHERE executor_id > '' AND NOT EXISTS (SELECT 1 FROM "
                       "executor e WHERE e.id = action_run.executor_id AND e.incarnation = "
                       "action_run.incarnation AND e.lease_until > ?) LIMIT ?"),
             {TimeValue(txn.now()), int64_t{limit}}));
  return ReadAll(rows, &ReadActionRun);
}

absl::Status GiveActionRun(Txn& txn, const ActionRun& run, const Executor& executor) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE action_run SET executor_id = ?, incarnation = ?, attempt = attempt + 1 "
             "WHERE action_id = ? AND attempt = ?",
             {TextValue(executor.id), TextValue(executor.incarnation), TextValue(run.action_id),
              run.attempt}));
  return rows > 0 ? absl::OkStatus()
                  : absl::AbortedError(base::Cat("action ", run.action_id, " has a home already"));
}

absl::StatusOr<std::vector<ActionRun>> ListActionRunsOf(Txn& txn, std::string_view executor_id,
                                                        std::string_view after, int limit) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<SqlRow> rows,
      Select(txn,
             base::Cat("SELECT ", kActionColumns,
                       " FROM action_run WHERE executor_id = ? AND sequence > COALESCE("
                       "(SELECT sequence FROM action_run WHERE action_id = ?), 0) "
                       "ORDER BY sequence LIMIT ?"),
             {TextValue(executor_id), TextValue(after), int64_t{limit}}));
  return ReadAll(rows, &ReadActionRun);
}

}  // namespace gregale::store
