#include "store/alarm_table.h"

#include "base/error.h"
#include "store/statement.h"

namespace gregale::store {

absl::StatusOr<bool> RememberAlarm(Txn& txn, const AlarmState& alarm, absl::Duration repeat_after) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> known,
      SelectFirst(txn,
                  "SELECT state, since FROM alarm "
                  "WHERE vnf_id = ? AND trigger_name = ? AND alarm_id = ?",
                  {TextValue(alarm.vnf_id), TextValue(alarm.trigger), TextValue(alarm.alarm_id)}));
  if (!known.has_value()) {
    return Insert(txn, "alarm", "vnf_id, trigger_name, alarm_id, state, since",
                  {TextValue(alarm.vnf_id), TextValue(alarm.trigger), TextValue(alarm.alarm_id),
                   TextValue(alarm.state), TimeValue(txn.now())});
  }
  if (known->Text(0) == alarm.state && txn.now() - known->Time(1) < repeat_after) return false;
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn,
                "UPDATE alarm SET state = ?, since = ? "
                "WHERE vnf_id = ? AND trigger_name = ? AND alarm_id = ?",
                {TextValue(alarm.state), TimeValue(txn.now()), TextValue(alarm.vnf_id),
                 TextValue(alarm.trigger), TextValue(alarm.alarm_id)}));
  return true;
}

absl::Status TrimAlarms(Txn& txn, std::string_view vnf_id, int count) {
  return ChangeAny(txn,
                   "DELETE FROM alarm WHERE vnf_id = ? AND since < "
                   "(SELECT since FROM alarm WHERE vnf_id = ? ORDER BY since DESC "
                   "LIMIT 1 OFFSET ?)",
                   {TextValue(vnf_id), TextValue(vnf_id), count - 1});
}

}  // namespace gregale::store
