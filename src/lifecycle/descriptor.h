#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/scaling.h"
#include "store/records.h"
#include "store/store.h"
#include "tosca/vnfd.h"

namespace gregale::lifecycle {

// What a VNF is made from: its VNFD, with the VNF's own values for the inputs.
struct Descriptor {
  tosca::Vnfd vnfd;
  std::vector<policies::ScalingPolicy> scaling;
};
// kInvalidArgument says what is wrong with the VNFD or the values.
absl::StatusOr<Descriptor> ReadDescriptor(store::Txn& txn, const store::Vnf& vnf);

// The scaling policy of this name; nullptr where there is none.
const policies::ScalingPolicy* FindScalingPolicy(const Descriptor& descriptor,
                                                 std::string_view name);
// The policy that scales the VDU; nullptr where none does.
const policies::ScalingPolicy* ScalingPolicyOf(const Descriptor& descriptor, std::string_view vdu);

}  // namespace gregale::lifecycle
