#pragma once

#include "absl/status/statusor.h"
#include "base/random.h"
#include "conductor/policy_report.h"
#include "conductor/storm_guard.h"
#include "conductor/witness_desk.h"
#include "gregale/v1/policy_action.pb.h"
#include "policies/guards.h"
#include "store/store.h"

namespace gregale::conductor {

// What answering a report needs; everything outlives the calls.
struct PolicyActionEnvironment {
  store::Store& store;
  base::Random& random;
  StormGuard& storms;
  WitnessDesk& witnesses;
  policies::GuardSettings guards;  // where a VNF's descriptor says nothing else
};

// Answers a monitor's report, in one write transaction: checks the action id, remembers the
// incident, and commits the VNF's new state, its events and the operation that the policy's actions
// need; never waits for that operation, nor for the second executor that it may ask. What is not
// acted on yet is HELD: the monitor repeats the report as long as the failure goes on. Repeating a
// call has no second effect, and BAD_ACTION changes no row. Thread-safe.
//
// kInvalidArgument names the field (also a VDU that the VNF does not have). kUnavailable: the store
// cannot be reached.
absl::StatusOr<v1::ExecutePolicyActionResponse> ExecutePolicyAction(
    const PolicyActionEnvironment& environment, const v1::ExecutePolicyActionRequest& request);

// The same for a report that is checked already, or comes from an alarm.
absl::StatusOr<v1::ExecutePolicyActionResponse> AnswerReport(
    const PolicyActionEnvironment& environment, const PolicyReport& report);

}  // namespace gregale::conductor
