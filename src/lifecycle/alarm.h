#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lifecycle/operation_state.h"
#include "lifecycle/requests.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::lifecycle {

// Answers an alarm with the actions of a trigger, as soon as nothing speaks against it.
inline constexpr char kAlarmKind[] = "alarm";

// Something outside says that a VNF has failed, or is well again.
struct RaisedAlarm {
  std::string vnf_id;
  std::string trigger;
  std::string vdu;    // whom it is about; "": the VNF as a whole
  std::string event;  // "failure" or "recovery"
  std::vector<std::string> actions;
};

// Leaves the operation that will answer it. It belongs to no VNF: so it waits for none, and can
// begin another one on it.
absl::Status BeginAlarm(store::Txn& txn, const RaisedAlarm& alarm, const Start& start);

// What such an operation is about. kDataLoss: it is none.
absl::StatusOr<RaisedAlarm> ReadAlarm(const OperationState& state);

}  // namespace gregale::lifecycle
