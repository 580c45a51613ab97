#pragma once

#include "absl/status/status.h"
#include "base/json.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {

// Reads topology_template.policies (inputs resolved; null: none) into `vnfd`: a list of maps of one
// policy each, of a known type, with targets that are VDUs. What is in a policy is for those who
// act on it. After ReadNodeTemplates.
absl::Status ReadPolicies(const base::Json& policies, Vnfd& vnfd);

}  // namespace gregale::tosca
