#include "lifecycle/alarm.h"

#include "base/error.h"
#include "base/json.h"
#include "lifecycle/new_operation.h"

namespace gregale::lifecycle {

absl::Status BeginAlarm(store::Txn& txn, const RaisedAlarm& alarm, const Start& start) {
  OperationState state;
  state.SetText("vnf_id", alarm.vnf_id);
  state.SetText("trigger", alarm.trigger);
  state.SetText("vdu", alarm.vdu);
  state.SetText("event", alarm.event);
  state.SetText("actions", base::DumpJson(base::Json(alarm.actions)));
  return LeaveOperation(txn, kAlarmKind, start.operation_id, state, start);
}

absl::StatusOr<RaisedAlarm> ReadAlarm(const OperationState& state) {
  RaisedAlarm alarm{.vnf_id = state.Text("vnf_id"),
                    .trigger = state.Text("trigger"),
                    .vdu = state.Text("vdu"),
                    .event = state.Text("event"),
                    .actions = {}};
  GREGALE_ASSIGN_OR_RETURN(const base::Json actions, base::ParseJson(state.Text("actions")));
  if (!actions.is_array()) return absl::DataLossError("the alarm's actions are no list");
  for (const base::Json& action : actions) {
    if (action.is_string()) alarm.actions.push_back(action.get<std::string>());
  }
  return alarm;
}

}  // namespace gregale::lifecycle
