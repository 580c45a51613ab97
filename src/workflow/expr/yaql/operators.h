#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

// The operators of YAQL on values.
namespace gregale::workflow::expr::yaql {

// a op b. kInvalidArgument where the operator is not defined for such operands.
absl::StatusOr<Value> BinaryOperator(Op op, const Value& a, const Value& b, Evaluation& evaluation);

absl::StatusOr<Value> UnaryOperator(Op op, const Value& a, Evaluation& evaluation);

// A list, a set or a lazy sequence: no text, no dict.
bool IsIterable(const Value& value);

// a < b, with null below everything.
absl::StatusOr<bool> Less(const Value& a, const Value& b, Evaluation& evaluation);

// Equal(), at a cost in steps.
absl::StatusOr<bool> EqualWithin(const Value& a, const Value& b, Evaluation& evaluation);

// The error for a key that cannot be one.
absl::Status CheckHashable(const Value& key);

}  // namespace gregale::workflow::expr::yaql
