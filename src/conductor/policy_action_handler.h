#pragma once

#include "absl/status/statusor.h"
#include "base/random.h"
#include "gregale/v1/policy_action.pb.h"
#include "store/store.h"

namespace gregale::conductor {

// Answers a monitor's report, in one write transaction: checks the action id, remembers the
// incident, and commits the VNF's new state, its events and the operation that the policy's actions
// need; never waits for that operation. Repeating a call has no second effect, and BAD_ACTION
// changes no row. Thread-safe.
//
// kInvalidArgument names the field (also a VDU that the VNF does not have). kUnavailable: the store
// cannot be reached.
absl::StatusOr<v1::ExecutePolicyActionResponse> ExecutePolicyAction(
    store::Store& store, base::Random& random, const v1::ExecutePolicyActionRequest& request);

}  // namespace gregale::conductor
