#pragma once

#include <string>

#include "absl/status/status.h"
#include "base/json.h"

namespace gregale::policies {

// Every text in `value`, at any depth and keys too, stands for itself in the input of a workflow's
// task: Mistral has no way to write an expression's marks (<%, {{, ...) as plain text. Nor has a
// text control characters. The error names the place under `field`.
absl::Status CheckPlain(const base::Json& value, const std::string& field);

}  // namespace gregale::policies
