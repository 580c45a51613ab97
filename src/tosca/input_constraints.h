#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"

namespace gregale::tosca {

// The `constraints` of an input are a list of maps of one known constraint each, with an argument
// that fits it.
absl::Status CheckConstraintsForm(const base::Json& constraints, std::string_view path);

// `value` keeps every one of `constraints` (whose form was checked). `path` is the value's.
absl::Status CheckConstraints(const base::Json& value, const base::Json& constraints,
                              std::string_view path);

}  // namespace gregale::tosca
