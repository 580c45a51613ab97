#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "policies/monitoring.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// The monitoring policies of a descriptor, by VDU; checked. A parameter that waits for an input
// (the VNFD was parsed with RequireInputs::kNo) is left out of the check and of `parameters`; a
// policy whose name or actions wait is left out as a whole. Errors as ParseMonitoringPolicy's; the
// field is the path in the template.
absl::StatusOr<std::map<std::string, MonitoringPolicy>> ReadMonitoringPolicies(
    const tosca::Vnfd& vnfd);

}  // namespace gregale::policies
