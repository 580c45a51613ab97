#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// Python's json.dumps(value, indent=...): non-ASCII escaped; `indent` below zero for one line. Lazy
// sequences are read. kInvalidArgument for what JSON has no word for.
absl::StatusOr<std::string> JsonText(Evaluation& evaluation, const Value& value, int indent);

}  // namespace gregale::workflow::expr
