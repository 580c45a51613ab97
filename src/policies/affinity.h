#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "base/labels.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// The property of a supervision that says where the VNF's monitors should run.
inline constexpr std::string_view kAffinityProperty = "affinity";

// The labels of the executors that should rather monitor the VNF, as its descriptor's supervision
// has them; none where it says nothing, or waits for an input. Errors as of ReadVnfdPolicies.
absl::StatusOr<base::Labels> ReadAffinity(const tosca::Vnfd& vnfd);

}  // namespace gregale::policies
