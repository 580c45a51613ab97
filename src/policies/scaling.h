#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// A policy of type tosca.policies.tacker.Scaling: how many instances its VDUs may have.
struct ScalingPolicy {
  std::string name;
  std::vector<std::string> targets;  // VDUs; not empty
  int increment = 1;                 // instances that one step adds to each target, or removes
  int min_instances = 1;
  int max_instances = 1;
  int default_instances = 1;  // of each target when the VNF is made
  // After a step, the next one waits so long.
  absl::Duration cooldown = absl::Seconds(120);
};

// The scaling policies of a descriptor, in its order; checked. Values that wait for an input have
// their defaults. kInvalidArgument of kind "InvalidInput"; the field is the path in the template.
absl::StatusOr<std::vector<ScalingPolicy>> ReadScalingPolicies(const tosca::Vnfd& vnfd);

}  // namespace gregale::policies
