#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "policies/monitoring.h"
#include "policies/scaling.h"
#include "policies/triggers.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// Somebody whom `notify` tells: a policy of type tosca.policies.gregale.Notify.
struct Receiver {
  std::string name;
  std::string url;  // http:// or https://
};

// Everything that a descriptor says about watching and acting, checked.
struct VnfdPolicies {
  // By VDU, in the template's order: the one in its properties, then those in the policies (types
  // tosca.policies.tacker.Monitoring and its kin) that have it among their targets. Each with a
  // driver of its own, and all of a VDU with the same ip_version. Also policies that probe nothing
  // (alarm).
  std::map<std::string, std::vector<MonitoringPolicy>> monitoring;
  std::vector<ScalingPolicy> scaling;
  std::vector<Trigger> triggers;
  std::vector<Receiver> receivers;
  base::Json guards;  // for ParseGuards; an object
};

// Reads them, and checks them against each other: unknown drivers, parameters, events and actions,
// actions whose scaling policy or receiver is not there, VDUs that are to be probed and have no
// management address. A parameter that waits for an input (the VNFD was parsed with
// RequireInputs::kNo) is left out of the check and of `parameters`; a policy whose name or actions
// wait is left out as a whole. Errors are kInvalidArgument of kind "InvalidInput"; the field is the
// path in the template.
absl::StatusOr<VnfdPolicies> ReadVnfdPolicies(const tosca::Vnfd& vnfd);

// The same of a template as text; errors end in the line and column.
absl::StatusOr<VnfdPolicies> ReadVnfdPolicies(const tosca::Vnfd& vnfd, std::string_view yaml);

}  // namespace gregale::policies
