#pragma once

#include <string>

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
};

// Remembers the state from now on. false: it is what was remembered, and not yet for as long as
// `repeat_after`: then nothing is changed, so that the answer is true again once that has passed.
absl::StatusOr<bool> RememberAlarm(Txn& txn, const AlarmState& alarm, absl::Duration repeat_after);

// Forgets all alarms of the VNF but the newest `count`.
absl::Status TrimAlarms(Txn& txn, std::string_view vnf_id, int count);

}  // namespace gregale::store
