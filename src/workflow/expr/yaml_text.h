#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// The value as block-style YAML, keys in their order.
absl::StatusOr<std::string> YamlText(Evaluation& evaluation, const Value& value);

}  // namespace gregale::workflow::expr
