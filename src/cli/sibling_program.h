#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace gregale::cli {

// Becomes another program of Gregale, which is installed beside this one, with these arguments: it
// knows what this one does not. Returns only where that cannot be run.
absl::Status BecomeSibling(std::string_view name, std::vector<std::string> arguments);

}  // namespace gregale::cli
