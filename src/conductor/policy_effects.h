#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/limits.h"
#include "base/random.h"
#include "conductor/policy_report.h"
#include "policies/action.h"
#include "store/records.h"
#include "store/store.h"

// What a conductor does for each policy action: the acting half of policies' table.
namespace gregale::conductor {

// The operations that a report may start. Made outside of the transaction, so that a repeated
// transaction writes the same ids.
struct EffectIds {
  std::string operation;                                              // on the VNF
  std::array<std::string, base::kReceiversPerVnfdMax> notifications;  // of `notify`
};
EffectIds MakeEffectIds(base::Random& random);

// Begins the action, with its events, in the transaction of the report; changes `vnf` and its row.
// true: an operation on the VNF has begun. kFailedPrecondition: not now (a scaling policy cools
// down); then the transaction must be rolled back.
absl::StatusOr<bool> PerformAction(store::Txn& txn, const PolicyReport& report,
                                   const policies::ActionCall& call, const EffectIds& ids,
                                   store::Vnf& vnf);

// Instead of one respawn too many: the VNF goes to ERROR, says why, and is monitored no more.
absl::Status GiveUp(store::Txn& txn, std::string_view reason, store::Vnf& vnf);

}  // namespace gregale::conductor
