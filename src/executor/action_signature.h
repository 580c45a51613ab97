#pragma once

#include "absl/status/status.h"
#include "base/json.h"
#include "executor/action.h"

namespace gregale::executor {

// Whether an input has what the action needs and nothing that it does not know; by name, not by
// value. kInvalidArgument in Mistral's words.
absl::Status CheckSignature(const ActionKind& kind, const base::Json& input);

}  // namespace gregale::executor
