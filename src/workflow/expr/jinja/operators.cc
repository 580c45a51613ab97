#include "workflow/expr/jinja/operators.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/number.h"
#include "workflow/expr/python_format.h"

namespace gregale::workflow::expr::jinja {
namespace {

absl::Status Unsupported(const Value& a, const Value& b) {
  return absl::InvalidArgumentError(
      base::Cat("unsupported operand types: '", TypeName(a), "' and '", TypeName(b), "'"));
}

absl::StatusOr<Value> Repeat(const Value& sequence, const Value& times, Evaluation& evaluation) {
  const int64_t count = times.Is(Type::kBool) ? (times.bool_value() ? 1 : 0) : times.int_value();
  const size_t copies = static_cast<size_t>(std::max<int64_t>(count, 0));
  if (sequence.Is(Type::kString)) {
    const std::string& text = sequence.string();
    if (!text.empty() && copies > base::kExpressionStringBytesMax / text.size()) {
      return absl::ResourceExhaustedError("the text is too long");
    }
    std::string out;
    for (size_t i = 0; i < copies && !text.empty(); ++i) out += text;
    return evaluation.heap().String(std::move(out));
  }
  std::vector<Value> items;
  for (size_t i = 0; i < copies && !sequence.items().empty(); ++i) {
    GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(sequence.items().size())));
    items.insert(items.end(), sequence.items().begin(), sequence.items().end());
  }
  return evaluation.heap().List(std::move(items), sequence.list_kind());
}

absl::StatusOr<Value> Format(const Value& format, const Value& value, Evaluation& evaluation) {
  FormatArguments arguments;
  if (value.Is(Type::kList) && value.list_kind() == ListKind::kTuple) {
    arguments.positional = value.items();
  } else {
    arguments.positional.push_back(value);
  }
  if (value.Is(Type::kDict)) {
    for (const auto& [key, item] : value.dict().entries()) {
      if (key.Is(Type::kString)) arguments.named.emplace_back(key.string(), item);
    }
  }
  GREGALE_ASSIGN_OR_RETURN(std::string text, FormatPercent(format.string(), arguments));
  return evaluation.heap().String(std::move(text));
}

absl::StatusOr<bool> Contains(const Value& item, const Value& container, Evaluation& evaluation) {
  if (container.Is(Type::kString)) {
    if (!item.Is(Type::kString)) return Unsupported(item, container);
    return base::Contains(container.string(), item.string());
  }
  if (container.Is(Type::kDict) || container.Is(Type::kSet)) {
    return Hashable(item) && container.dict().Find(item) != nullptr;
  }
  Reader reader(evaluation, container);
  Value other;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(other));
    if (!more) return false;
    GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(ExtentOf(item).nodes)));
    if (Equal(item, other)) return true;
  }
}

bool SameListKind(const Value& a, const Value& b) {
  return a.Is(Type::kList) && b.Is(Type::kList) && a.list_kind() == b.list_kind();
}

}  // namespace

absl::StatusOr<bool> Less(const Value& a, const Value& b, Evaluation& evaluation) {
  const Evaluation::Level level(evaluation);
  GREGALE_RETURN_IF_ERROR(level.status());
  GREGALE_RETURN_IF_ERROR(evaluation.Step());
  if (IsNumeric(a) && IsNumeric(b)) {
    const std::optional<int> order = CompareNumbers(a, b);
    return order && *order < 0;
  }
  if (a.Is(Type::kString) && b.Is(Type::kString)) return a.string() < b.string();
  if (SameListKind(a, b)) {
    const size_t common = std::min(a.items().size(), b.items().size());
    for (size_t i = 0; i < common; ++i) {
      if (Equal(a.items()[i], b.items()[i])) continue;
      return Less(a.items()[i], b.items()[i], evaluation);
    }
    return a.items().size() < b.items().size();
  }
  return absl::InvalidArgumentError(base::Cat("'<' not supported between instances of '",
                                              TypeName(a), "' and '", TypeName(b), "'"));
}

absl::StatusOr<bool> CompareOperator(Op op, const Value& a, const Value& b,
                                     Evaluation& evaluation) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(a));
  GREGALE_RETURN_IF_ERROR(CheckDefined(b));
  const auto cost = static_cast<int64_t>(std::min(ExtentOf(a).nodes, ExtentOf(b).nodes));
  GREGALE_RETURN_IF_ERROR(evaluation.Step(cost));
  switch (op) {
    case Op::kEqual:
      return Equal(a, b);
    case Op::kNotEqual:
      return !Equal(a, b);
    case Op::kIn:
      return Contains(a, b, evaluation);
    case Op::kNotIn: {
      GREGALE_ASSIGN_OR_RETURN(const bool found, Contains(a, b, evaluation));
      return !found;
    }
    case Op::kLess:
      return Less(a, b, evaluation);
    case Op::kGreater:
      return Less(b, a, evaluation);
    default: {
      // <= and >= of what is ordered; equal values need no order.
      GREGALE_ASSIGN_OR_RETURN(
          const bool less, op == Op::kLessEqual ? Less(a, b, evaluation) : Less(b, a, evaluation));
      return less || Equal(a, b);
    }
  }
}

absl::StatusOr<Value> BinaryOperator(Op op, const Value& a, const Value& b,
                                     Evaluation& evaluation) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(a));
  GREGALE_RETURN_IF_ERROR(CheckDefined(b));
  if (op == Op::kModulo && a.Is(Type::kString)) return Format(a, b, evaluation);
  if (IsNumeric(a) && IsNumeric(b)) return Arithmetic(op, a, b, evaluation.heap());
  if (op == Op::kAdd && a.Is(Type::kString) && b.Is(Type::kString)) {
    return evaluation.heap().String(a.string() + b.string());
  }
  if (op == Op::kAdd && SameListKind(a, b)) {
    GREGALE_RETURN_IF_ERROR(
        evaluation.Step(static_cast<int64_t>(a.items().size() + b.items().size())));
    std::vector<Value> items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    return evaluation.heap().List(std::move(items), a.list_kind());
  }
  const auto is_sequence = [](const Value& v) { return v.Is(Type::kString) || v.Is(Type::kList); };
  const auto is_count = [](const Value& v) { return v.Is(Type::kInt) || v.Is(Type::kBool); };
  if (op == Op::kMultiply && is_sequence(a) && is_count(b)) return Repeat(a, b, evaluation);
  if (op == Op::kMultiply && is_sequence(b) && is_count(a)) return Repeat(b, a, evaluation);
  return Unsupported(a, b);
}

absl::StatusOr<Value> UnaryOperator(Op op, const Value& a, Evaluation& evaluation) {
  GREGALE_RETURN_IF_ERROR(CheckDefined(a));
  if (!IsNumeric(a)) {
    return absl::InvalidArgumentError(base::Cat(
        "bad operand type for unary ", op == Op::kMinus ? "-" : "+", ": '", TypeName(a), "'"));
  }
  if (op == Op::kMinus) return Negate(a, evaluation.heap());
  return a.Is(Type::kBool) ? Value::Int(a.bool_value() ? 1 : 0) : a;
}

}  // namespace gregale::workflow::expr::jinja
