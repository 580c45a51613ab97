#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "conductor/witness_desk.h"
#include "policies/hold.h"
#include "store/guard_table.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// Where a failure stands with its second witness.
struct WitnessState {
  policies::Witness witness = policies::Witness::kNotNeeded;
  // kUnasked: whom to ask, and what.
  std::string executor_id;
  std::string address;
  WitnessQuestion question;
};

// Looks at the row of a failure (and notes in it, where the executor that was asked has said
// nothing in time). kNotNeeded where there is nobody else to ask, where two have been asked in
// vain, or where the policy is none that probes.
absl::StatusOr<WitnessState> LookForWitness(store::Txn& txn, const store::Vnf& vnf,
                                            store::Suspicion& suspicion);

// Writes into the row that the executor is being asked now.
void NoteAsked(const WitnessState& state, absl::Time now, store::Suspicion& suspicion);

}  // namespace gregale::conductor
