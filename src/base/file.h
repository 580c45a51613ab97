#pragma once

#include <string>

#include "absl/status/statusor.h"

namespace gregale::base {

// The content of a file. Errors name the path and carry errno's code (kNotFound, kPermissionDenied,
// ...); kResourceExhausted: larger than `bytes_max`. Reads to the end also what has no size (a
// pipe).
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t bytes_max);

}  // namespace gregale::base
