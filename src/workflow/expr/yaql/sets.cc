#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::Status AddElement(const Value& element, Dict& set) {
  GREGALE_RETURN_IF_ERROR(CheckHashable(element));
  if (set.Find(element) == nullptr) set.Set(element, Value());
  return absl::OkStatus();
}

absl::Status AddElements(Call& call, const Value& iterable, Dict& set) {
  Reader reader(call.evaluation(), iterable);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return absl::OkStatus();
    GREGALE_RETURN_IF_ERROR(AddElement(item, set));
  }
}

// The elements, a lazy sequence among them replaced by its own.
absl::Status AddFlat(Call& call, const Value& item, Dict& set) {
  if (!item.Is(Type::kSequence)) return AddElement(item, set);
  const Evaluation::Level level(call.evaluation());
  GREGALE_RETURN_IF_ERROR(level.status());
  Reader reader(call.evaluation(), item);
  Value inner;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(inner));
    if (!more) return absl::OkStatus();
    GREGALE_RETURN_IF_ERROR(AddFlat(call, inner, set));
  }
}

absl::StatusOr<Value> MakeSet(Call& call) {
  Dict set;
  for (const Argument& argument : call.rest) {
    GREGALE_RETURN_IF_ERROR(AddFlat(call, argument.value, set));
  }
  return call.heap().NewSet(std::move(set));
}

absl::StatusOr<Value> ToSet(Call& call) {
  Dict set;
  GREGALE_RETURN_IF_ERROR(AddElements(call, call[0], set));
  return call.heap().NewSet(std::move(set));
}

absl::StatusOr<Value> Union(Call& call) {
  return BinaryOperator(Op::kAdd, call[0], call[1], call.evaluation());
}

absl::StatusOr<Value> Difference(Call& call) {
  return BinaryOperator(Op::kSubtract, call[0], call[1], call.evaluation());
}

absl::StatusOr<Value> Intersect(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value rest, Difference(call));
  return BinaryOperator(Op::kSubtract, call[0], rest, call.evaluation());
}

absl::StatusOr<Value> SymmetricDifference(Call& call) {
  Evaluation& evaluation = call.evaluation();
  GREGALE_ASSIGN_OR_RETURN(const Value left,
                           BinaryOperator(Op::kSubtract, call[0], call[1], evaluation));
  GREGALE_ASSIGN_OR_RETURN(const Value right,
                           BinaryOperator(Op::kSubtract, call[1], call[0], evaluation));
  return BinaryOperator(Op::kAdd, left, right, evaluation);
}

absl::StatusOr<Value> WithElements(Call& call, Op op) {
  Dict elements;
  for (const Argument& argument : call.rest) {
    GREGALE_RETURN_IF_ERROR(AddElement(argument.value, elements));
  }
  const Value other = call.heap().NewSet(std::move(elements));
  return BinaryOperator(op, call[0], other, call.evaluation());
}

absl::StatusOr<Value> Add(Call& call) { return WithElements(call, Op::kAdd); }
absl::StatusOr<Value> Remove(Call& call) { return WithElements(call, Op::kSubtract); }

absl::StatusOr<Value> Length(Call& call) {
  return Value::Int(static_cast<int64_t>(call[0].dict().size()));
}

absl::StatusOr<Value> IsSet(Call& call) { return Value::Bool(call[0].Is(Type::kSet)); }

constexpr FunctionRow kRows[] = {
    {"fn set(*args:any)", &MakeSet},
    {"method toSet(collection:iter)", &ToSet},
    {"method union(left:set, right:set)", &Union},
    {"method difference(left:set, right:set)", &Difference},
    {"method intersect(left:set, right:set)", &Intersect},
    {"method symmetricDifference(left:set, right:set)", &SymmetricDifference},
    {"method add(set:set, *values:any)", &Add},
    {"method remove(set:set, *values:any)", &Remove},
    {"both len(set:set)", &Length},
    {"fn isSet(arg:any)", &IsSet},
};

}  // namespace

std::span<const FunctionRow> SetFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
