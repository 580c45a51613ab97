#pragma once

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

// Python's operators on values, as Jinja uses them.
namespace gregale::workflow::expr::jinja {

absl::StatusOr<Value> BinaryOperator(Op op, const Value& a, const Value& b, Evaluation& evaluation);
absl::StatusOr<Value> UnaryOperator(Op op, const Value& a, Evaluation& evaluation);
absl::StatusOr<bool> CompareOperator(Op op, const Value& a, const Value& b, Evaluation& evaluation);

// Python's a < b: of numbers, texts, and lists item by item. kInvalidArgument for anything else.
absl::StatusOr<bool> Less(const Value& a, const Value& b, Evaluation& evaluation);

}  // namespace gregale::workflow::expr::jinja
