#pragma once

#include <string_view>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"

namespace gregale::workflow::expr {

// Parses a YAQL expression (what stands between <% and %>). kInvalidArgument with the position;
// also for an expression that is longer than kExpressionBytesMax or nested deeper than
// kExpressionDepthMax.
absl::StatusOr<Program> ParseYaql(std::string_view text);

}  // namespace gregale::workflow::expr
