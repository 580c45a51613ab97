#include "store/alarm_table.h"

#include "base/error.h"
#include "store/statement.h"

namespace gregale::store {

absl::StatusOr<bool> RememberAlarm(Txn& txn, const AlarmState& alarm, absl::Duration repeat_after) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> known,
      SelectFirst(txn,
                  "SELECT state, since, "
                  "(SELECT status FROM operation WHERE operation.id = alarm.operation_id) "
                  "FROM alarm WHERE vnf_id = ? AND trigger_name = ? AND alarm_id = ?",
                  {TextValue(alarm.vnf_id), TextValue(alarm.trigger), TextValue(alarm.alarm_id)}));
  if (!known.has_value()) {
    return Insert(txn, "alarm", "vnf_id, trigger_name, alarm_id, state, since, operation_id",
                  {TextValue(alarm.vnf_id), TextValue(alarm.trigger), TextValue(alarm.alarm_id),
                   TextValue(alarm.state), TimeValue(txn.now()), TextValue(alarm.operation_id)});
  }
  const bool is_owed = known->Text(2) == "open";
  const bool is_recent = txn.now() - known->Time(1) < repeat_after;
  if (known->Text(0) == alarm.state && (is_owed || is_recent)) return false;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "UPDATE alarm SET state = ?, since = ?, operation_id = ? "
                "WHERE vnf_id = ? AND trigger_name = ? AND alarm_id = ?",
                {TextValue(alarm.state), TimeValue(txn.now()), TextValue(alarm.operation_id),
                 TextValue(alarm.vnf_id), TextValue(alarm.trigger), TextValue(alarm.alarm_id)}));
  return true;
}

absl::StatusOr<std::string> FindAlarmAnswer(Txn& txn, std::string_view vnf_id,
                                            std::string_view trigger, std::string_view state) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  "SELECT operation.id FROM alarm JOIN operation "
                  "ON operation.id = alarm.operation_id WHERE alarm.vnf_id = ? "
                  "AND alarm.trigger_name = ? AND alarm.state = ? AND operation.status = 'open'",
                  {TextValue(vnf_id), TextValue(trigger), TextValue(state)}));
  return row.has_value() ? row->Text(0) : std::string();
}

absl::StatusOr<bool> AlarmStands(Txn& txn, std::string_view operation_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, "SELECT 1 FROM alarm WHERE operation_id = ?", {TextValue(operation_id)}));
  return row.has_value();
}

absl::Status TrimAlarms(Txn& txn, std::string_view vnf_id, int count) {
  return ChangeAny(txn,
                   "DELETE FROM alarm WHERE vnf_id = ? AND since < "
                   "(SELECT since FROM alarm WHERE vnf_id = ? ORDER BY since DESC "
                   "LIMIT 1 OFFSET ?)",
                   {TextValue(vnf_id), TextValue(vnf_id), count - 1});
}

}  // namespace gregale::store
