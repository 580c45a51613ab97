#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/json.h"
#include "policies/vnfd_policies.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// Reads the monitoring policies of a descriptor into `out`, whose scaling policies and receivers
// are read already. `monitoring_delay` (null: none) holds for policies without one of their own.
absl::Status ReadMonitoring(const tosca::Vnfd& vnfd, const base::Json& monitoring_delay,
                            VnfdPolicies& out);

// What the actions of a policy about `vdu` ("": about none) can refer to.
ActionContext ContextOf(const VnfdPolicies& policies, const std::string& vdu);

}  // namespace gregale::policies
