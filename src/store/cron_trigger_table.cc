#include "store/cron_trigger_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, name, workflow_id, workflow_name, workflow_input, workflow_params, pattern, "
    "remaining_executions, first_execution_time, next_execution_time, created_at, updated_at";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"workflow_name"},
                             {"workflow_id"},
                             {"pattern"},
                             {"remaining_executions", Column::Kind::kNumber},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"first_execution_time", Column::Kind::kTime},
                             {"next_execution_time", Column::Kind::kTime, Column::Nulls::kNever},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"cron_trigger", kColumns, "sequence", kKnown};

CronTrigger ReadTrigger(const SqlRow& row) {
  RowReader read(row);
  CronTrigger trigger;
  trigger.id = read.Text();
  trigger.tenant_id = read.Text();
  trigger.name = read.Text();
  trigger.workflow_id = read.Text();
  trigger.workflow_name = read.Text();
  trigger.workflow_input = read.Text();
  trigger.workflow_params = read.Text();
  trigger.pattern = read.Text();
  trigger.remaining_executions = read.Int();
  trigger.first_execution_time = read.Time();
  trigger.next_execution_time = read.Time();
  trigger.created_at = read.Time();
  trigger.updated_at = read.Time();
  return trigger;
}

absl::Status NotFound(std::string_view id) {
  return RowNotFound("CronTriggerNotFound", "Cron trigger", id);
}

}  // namespace

absl::Status InsertCronTrigger(Txn& txn, const CronTrigger& trigger) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "cron_trigger", kColumns,
             {TextValue(trigger.id), TextValue(trigger.tenant_id), TextValue(trigger.name),
              TextOrNull(trigger.workflow_id), TextOrNull(trigger.workflow_name),
              TextOrNull(trigger.workflow_input), TextOrNull(trigger.workflow_params),
              TextOrNull(trigger.pattern), trigger.remaining_executions,
              TimeValue(trigger.first_execution_time), TimeValue(trigger.next_execution_time),
              CreatedAt(txn, trigger.created_at), TimeValue(trigger.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("cron_trigger", "name", trigger.name);
}

absl::StatusOr<CronTrigger> FindCronTrigger(Txn& txn, std::string_view tenant_id,
                                            std::string_view id_or_name) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  base::Cat("SELECT ", kColumns,
                            " FROM cron_trigger WHERE (id = ? OR name = ?) AND "
                            "(tenant_id = ? OR ? = '') ORDER BY sequence LIMIT 1"),
                  {TextValue(id_or_name), TextValue(id_or_name), TextValue(tenant_id),
                   TextValue(tenant_id)}));
  if (!row.has_value()) return NotFound(id_or_name);
  return ReadTrigger(*row);
}

absl::StatusOr<std::vector<CronTrigger>> ListCronTriggers(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadTrigger);
}

absl::StatusOr<std::vector<CronTrigger>> ListDueCronTriggers(Txn& txn, int limit) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  base::Cat("SELECT ", kColumns,
                                            " FROM cron_trigger WHERE next_execution_time <= ? "
                                            "ORDER BY next_execution_time LIMIT ?"),
                                  {TimeValue(txn.now()), int64_t{limit}}));
  return ReadAll(rows, &ReadTrigger);
}

absl::StatusOr<absl::Time> NextCronTriggerTime(Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectFirst(txn,
                                       "SELECT next_execution_time FROM cron_trigger "
                                       "ORDER BY next_execution_time LIMIT 1"));
  return row.has_value() ? row->Time(0) : absl::InfiniteFuture();
}

absl::StatusOr<bool> AdvanceCronTrigger(Txn& txn, const CronTrigger& trigger, absl::Time seen) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE cron_trigger SET remaining_executions = ?, next_execution_time = ?, "
             "updated_at = ? WHERE id = ? AND next_execution_time = ?",
             {trigger.remaining_executions, TimeValue(trigger.next_execution_time),
              TimeValue(txn.now()), TextValue(trigger.id), TimeValue(seen)}));
  return rows > 0;
}

absl::Status DeleteCronTrigger(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM cron_trigger WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : NotFound(id);
}

}  // namespace gregale::store
