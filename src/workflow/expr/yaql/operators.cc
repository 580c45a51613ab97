#include "workflow/expr/yaql/operators.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/number.h"
#include "workflow/expr/regex.h"
#include "workflow/expr/time.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

std::string_view Symbol(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kPlus:
      return "+";
    case Op::kSubtract:
    case Op::kMinus:
      return "-";
    case Op::kMultiply:
      return "*";
    case Op::kDivide:
      return "/";
    case Op::kModulo:
      return "mod";
    case Op::kLess:
      return "<";
    case Op::kLessEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterEqual:
      return ">=";
    case Op::kIn:
      return "in";
    case Op::kMatches:
      return "=~";
    case Op::kNotMatches:
      return "!~";
    default:
      return "?";
  }
}

absl::Status NotDefined(Op op) {
  return absl::InvalidArgumentError(
      base::Cat("No function \"#operator_", Symbol(op), "\" matches supplied arguments"));
}

bool Holds(Op op, int order) {
  switch (op) {
    case Op::kLess:
      return order < 0;
    case Op::kLessEqual:
      return order <= 0;
    case Op::kGreater:
      return order > 0;
    default:
      return order >= 0;
  }
}

bool IsSubset(const Dict& a, const Dict& b) {
  return std::all_of(a.entries().begin(), a.entries().end(),
                     [&](const Dict::Entry& entry) { return b.Find(entry.first) != nullptr; });
}

bool CompareSets(Op op, const Dict& a, const Dict& b) {
  const bool strict = op == Op::kLess || op == Op::kGreater;
  if (strict && a.size() == b.size()) return false;
  return op == Op::kLess || op == Op::kLessEqual ? IsSubset(a, b) : IsSubset(b, a);
}

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

absl::StatusOr<bool> CompareValues(Op op, const Value& a, const Value& b, Evaluation& evaluation) {
  if (a.is_null() || b.is_null()) return Holds(op, Order(!a.is_null(), !b.is_null()));
  if (a.is_number() && b.is_number()) {
    const std::optional<int> order = CompareNumbers(a, b);
    return order && Holds(op, *order);
  }
  if (a.type() != b.type()) return NotDefined(op);
  switch (a.type()) {
    case Type::kString:
      GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(a.string().size() / 64)));
      return Holds(op, a.string().compare(b.string()));
    case Type::kSet:
      GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(ExtentOf(a).nodes)));
      return CompareSets(op, a.dict(), b.dict());
    case Type::kTimespan:
      return Holds(op, Order(a.int_value(), b.int_value()));
    case Type::kDatetime:
      return Holds(op, Order(UtcMicros(a), UtcMicros(b)));
    default:
      return NotDefined(op);
  }
}

absl::StatusOr<Value> RepeatText(const std::string& text, const Value& times,
                                 Evaluation& evaluation) {
  if (times.Is(Type::kBigInt)) return absl::OutOfRangeError("too many repetitions");
  const int64_t count = std::max<int64_t>(times.int_value(), 0);
  if (text.empty() || count == 0) return evaluation.heap().String("");
  if (static_cast<size_t>(count) > base::kExpressionStringBytesMax / text.size()) {
    return absl::ResourceExhaustedError("the string is too long");
  }
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += text;
  return evaluation.heap().String(std::move(out));
}

absl::StatusOr<Value> RepeatList(const Value& list, const Value& times, Evaluation& evaluation) {
  if (times.Is(Type::kBigInt)) return absl::OutOfRangeError("too many repetitions");
  std::vector<Value> out;
  for (int64_t i = 0; i < times.int_value() && !list.items().empty(); ++i) {
    GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(list.items().size())));
    out.insert(out.end(), list.items().begin(), list.items().end());
  }
  return evaluation.heap().List(std::move(out), list.list_kind());
}

absl::StatusOr<Value> Multiply(const Value& a, const Value& b, Evaluation& evaluation) {
  if (a.is_number() && b.is_number()) return Arithmetic(Op::kMultiply, a, b, evaluation.heap());
  if (b.is_integer() && a.Is(Type::kString)) return RepeatText(a.string(), b, evaluation);
  if (a.is_integer() && b.Is(Type::kString)) return RepeatText(b.string(), a, evaluation);
  if (b.is_integer() && a.Is(Type::kList)) return RepeatList(a, b, evaluation);
  if (a.is_integer() && b.Is(Type::kList)) return RepeatList(b, a, evaluation);
  return TimeArithmetic(Op::kMultiply, a, b, evaluation.heap());
}

absl::StatusOr<Value> AddContainers(const Value& a, const Value& b, Evaluation& evaluation) {
  const auto cost = static_cast<int64_t>(ExtentOf(a).nodes + ExtentOf(b).nodes);
  if (a.Is(Type::kList) && b.Is(Type::kList)) {
    GREGALE_RETURN_IF_ERROR(
        evaluation.Step(static_cast<int64_t>(a.items().size() + b.items().size())));
    std::vector<Value> items = a.items();
    items.insert(items.end(), b.items().begin(), b.items().end());
    return evaluation.heap().List(std::move(items), ListKind::kTuple);
  }
  if ((a.Is(Type::kDict) && b.Is(Type::kDict)) || (a.Is(Type::kSet) && b.Is(Type::kSet))) {
    GREGALE_RETURN_IF_ERROR(evaluation.Step(cost));
    Dict dict = a.dict();
    for (const auto& [key, value] : b.dict().entries()) dict.Set(key, value);
    return a.Is(Type::kDict) ? evaluation.heap().NewDict(std::move(dict))
                             : evaluation.heap().NewSet(std::move(dict));
  }
  if (IsIterable(a) && IsIterable(b)) return Concatenate({a, b}, evaluation);
  return TimeArithmetic(Op::kAdd, a, b, evaluation.heap());
}

absl::StatusOr<Value> Add(const Value& a, const Value& b, Evaluation& evaluation) {
  if (a.is_number() && b.is_number()) return Arithmetic(Op::kAdd, a, b, evaluation.heap());
  if (a.Is(Type::kString) && b.Is(Type::kString)) {
    return evaluation.heap().String(a.string() + b.string());
  }
  return AddContainers(a, b, evaluation);
}

absl::StatusOr<Value> Subtract(const Value& a, const Value& b, Evaluation& evaluation) {
  if (a.is_number() && b.is_number()) return Arithmetic(Op::kSubtract, a, b, evaluation.heap());
  if (a.Is(Type::kSet) && b.Is(Type::kSet)) {
    GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(ExtentOf(a).nodes)));
    Dict rest;
    for (const auto& [key, unused] : a.dict().entries()) {
      if (b.dict().Find(key) == nullptr) rest.Set(key, Value());
    }
    return evaluation.heap().NewSet(std::move(rest));
  }
  return TimeArithmetic(Op::kSubtract, a, b, evaluation.heap());
}

absl::StatusOr<Value> Divide(const Value& a, const Value& b, Evaluation& evaluation) {
  if (!a.is_number() || !b.is_number()) {
    return TimeArithmetic(Op::kDivide, a, b, evaluation.heap());
  }
  const bool whole = a.is_integer() && b.is_integer();
  return Arithmetic(whole ? Op::kFloorDivide : Op::kDivide, a, b, evaluation.heap());
}

absl::StatusOr<Value> Matches(Op op, const Value& text, const Value& pattern,
                              Evaluation& evaluation) {
  if (!text.Is(Type::kString)) return NotDefined(op);
  Value regex = pattern;
  if (pattern.Is(Type::kString)) {
    GREGALE_ASSIGN_OR_RETURN(regex, CompileRegex(pattern.string(), {}, evaluation.heap()));
  }
  if (!regex.Is(Type::kRegex)) return NotDefined(op);
  GREGALE_ASSIGN_OR_RETURN(const bool found, RegexFinds(regex, text.string(), evaluation));
  return Value::Bool(found == (op == Op::kMatches));
}

absl::StatusOr<Value> IsIn(const Value& a, const Value& b, Evaluation& evaluation) {
  if (a.Is(Type::kString) && b.Is(Type::kString)) {
    return Value::Bool(b.string().find(a.string()) != std::string::npos);
  }
  if (!IsIterable(b)) return NotDefined(Op::kIn);
  Reader reader(evaluation, b);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return Value::Bool(false);
    GREGALE_ASSIGN_OR_RETURN(const bool equal, EqualWithin(a, item, evaluation));
    if (equal) return Value::Bool(true);
  }
}

}  // namespace

bool IsIterable(const Value& value) {
  return value.Is(Type::kList) || value.Is(Type::kSet) || value.Is(Type::kSequence);
}

absl::StatusOr<bool> EqualWithin(const Value& a, const Value& b, Evaluation& evaluation) {
  const size_t nodes = std::min(ExtentOf(a).nodes, ExtentOf(b).nodes);
  GREGALE_RETURN_IF_ERROR(evaluation.Step(static_cast<int64_t>(nodes)));
  return Equal(a, b);
}

absl::Status CheckHashable(const Value& key) {
  if (Hashable(key)) return absl::OkStatus();
  return absl::InvalidArgumentError(base::Cat("unhashable type: '", TypeName(key), "'"));
}

absl::StatusOr<bool> Less(const Value& a, const Value& b, Evaluation& evaluation) {
  return CompareValues(Op::kLess, a, b, evaluation);
}

absl::StatusOr<Value> BinaryOperator(Op op, const Value& a, const Value& b,
                                     Evaluation& evaluation) {
  switch (op) {
    case Op::kAdd:
      return Add(a, b, evaluation);
    case Op::kSubtract:
      return Subtract(a, b, evaluation);
    case Op::kMultiply:
      return Multiply(a, b, evaluation);
    case Op::kDivide:
      return Divide(a, b, evaluation);
    case Op::kModulo:
      if (!a.is_number() || !b.is_number()) return NotDefined(op);
      return Arithmetic(op, a, b, evaluation.heap());
    case Op::kEqual:
    case Op::kNotEqual: {
      GREGALE_ASSIGN_OR_RETURN(const bool equal, EqualWithin(a, b, evaluation));
      return Value::Bool(equal == (op == Op::kEqual));
    }
    case Op::kIn:
      return IsIn(a, b, evaluation);
    case Op::kMatches:
    case Op::kNotMatches:
      return Matches(op, a, b, evaluation);
    default: {
      GREGALE_ASSIGN_OR_RETURN(const bool holds, CompareValues(op, a, b, evaluation));
      return Value::Bool(holds);
    }
  }
}

absl::StatusOr<Value> UnaryOperator(Op op, const Value& a, Evaluation& evaluation) {
  if (a.is_number()) return op == Op::kMinus ? Negate(a, evaluation.heap()) : a;
  if (!a.Is(Type::kTimespan)) return NotDefined(op);
  return op == Op::kMinus ? Value::Timespan(-a.int_value()) : a;
}

}  // namespace gregale::workflow::expr::yaql
