#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/store.h"

namespace gregale::store {

// What an alarm last said about a VNF.
struct AlarmState {
  std::string vnf_id;
  std::string trigger;   // of the VNF
  std::string alarm_id;  // of whoever measures
  std::string state;     // "alarm", "ok", ...
  // The operation that answers it.
  std::string operation_id;
};

// Remembers the state from now on. false: it is what was remembered, and either not yet for as long
// as `repeat_after`, or still to be answered: then nothing is changed, so that the answer is true
// again once that has passed.
absl::StatusOr<bool> RememberAlarm(Txn& txn, const AlarmState& alarm, absl::Duration repeat_after);

// The open operation that answers an alarm of the trigger in this state; "" where there is none.
absl::StatusOr<std::string> FindAlarmAnswer(Txn& txn, std::string_view vnf_id,
                                            std::string_view trigger, std::string_view state);
// An alarm that the operation answers is as it was.
absl::StatusOr<bool> AlarmStands(Txn& txn, std::string_view operation_id);

// Forgets all alarms of the VNF but the newest `count`.
absl::Status TrimAlarms(Txn& txn, std::string_view vnf_id, int count);

}  // namespace gregale::store
