#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "policies/guards.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// What the VNF's descriptor says about guards, as ParseGuards reads it; "" where it says nothing,
// which costs next to nothing to find.
absl::StatusOr<std::string> ReadGuards(store::Txn& txn, const store::Vnf& vnf);

// The same, over what holds for all.
policies::GuardSettings GuardsFrom(std::string_view guards,
                                   const policies::GuardSettings& defaults);

}  // namespace gregale::conductor
