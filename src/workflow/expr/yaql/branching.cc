#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::StatusOr<bool> Holds(const Call& call, const Lambda& condition) {
  GREGALE_ASSIGN_OR_RETURN(const Value value, call.evaluator.Apply(condition, {}));
  return Truthy(value);
}

absl::StatusOr<Value> Switch(Call& call) {
  for (const auto& [condition, result] : call.rules) {
    GREGALE_ASSIGN_OR_RETURN(const bool holds, Holds(call, condition));
    if (holds) return call.evaluator.Apply(result, {});
  }
  return Value();
}

// The number of the first condition that holds; of none: how many there are.
absl::StatusOr<Value> SelectCase(Call& call) {
  for (size_t i = 0; i < call.rest.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const bool holds, Holds(call, call.rest[i].lambda));
    if (holds) return Value::Int(static_cast<int64_t>(i));
  }
  return Value::Int(static_cast<int64_t>(call.rest.size()));
}

absl::StatusOr<Value> SelectAllCases(Call& call) {
  std::vector<Value> numbers;
  for (size_t i = 0; i < call.rest.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const bool holds, Holds(call, call.rest[i].lambda));
    if (holds) numbers.push_back(Value::Int(static_cast<int64_t>(i)));
  }
  return SequenceOf(std::move(numbers), call.heap());
}

absl::StatusOr<Value> Examine(Call& call) {
  std::vector<Value> verdicts;
  for (const Argument& condition : call.rest) {
    GREGALE_ASSIGN_OR_RETURN(const bool holds, Holds(call, condition.lambda));
    verdicts.push_back(Value::Bool(holds));
  }
  return SequenceOf(std::move(verdicts), call.heap());
}

absl::StatusOr<Value> SwitchCase(Call& call) {
  if (call.rest.empty()) return Value();
  GREGALE_ASSIGN_OR_RETURN(const int64_t number, call.Int(0));
  const size_t last = call.rest.size() - 1;
  const bool known = number >= 0 && static_cast<uint64_t>(number) < last;
  return call.evaluator.Apply(call.rest[known ? static_cast<size_t>(number) : last].lambda, {});
}

absl::StatusOr<Value> Coalesce(Call& call) {
  for (const Argument& candidate : call.rest) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, call.evaluator.Apply(candidate.lambda, {}));
    if (!value.is_null()) return value;
  }
  return Value();
}

absl::StatusOr<Value> ToBool(Call& call) { return Value::Bool(Truthy(call[0])); }
absl::StatusOr<Value> IsBoolean(Call& call) { return Value::Bool(call[0].Is(Type::kBool)); }

constexpr FunctionRow kRows[] = {
    {"fn switch(*args:rule)", &Switch},
    {"fn selectCase(*args:lambda)", &SelectCase},
    {"fn selectAllCases(*args:lambda)", &SelectAllCases},
    {"fn examine(*args:lambda)", &Examine},
    {"method switchCase(case:int, *args:lambda)", &SwitchCase},
    {"fn coalesce(*args:lambda)", &Coalesce},
    {"fn bool(value:any)", &ToBool},
    {"fn isBoolean(value:any)", &IsBoolean},
};

}  // namespace

std::span<const FunctionRow> BranchingFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
