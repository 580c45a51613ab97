#include <string>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/jinja/operators.h"
#include "workflow/expr/number.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr::jinja {
namespace {

template <Type kType>
absl::StatusOr<Value> IsOf(Call& call) {
  return Value::Bool(call[0].Is(kType));
}

template <Op kOp>
absl::StatusOr<Value> Compares(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const bool holds,
                           CompareOperator(kOp, call[0], call[1], call.evaluation()));
  return Value::Bool(holds);
}

absl::StatusOr<Value> IsDefined(Call& call) { return Value::Bool(!call[0].Is(Type::kUndefined)); }
absl::StatusOr<Value> IsNone(Call& call) { return Value::Bool(call[0].is_null()); }
absl::StatusOr<Value> IsInteger(Call& call) { return Value::Bool(call[0].is_integer()); }
absl::StatusOr<Value> IsNumber(Call& call) { return Value::Bool(IsNumeric(call[0])); }
absl::StatusOr<Value> IsEscaped(Call& call) { return Value::Bool(IsMarkup(call[0])); }

absl::StatusOr<Value> IsTrue(Call& call) {
  return Value::Bool(call[0].Is(Type::kBool) && call[0].bool_value());
}

absl::StatusOr<Value> IsFalse(Call& call) {
  return Value::Bool(call[0].Is(Type::kBool) && !call[0].bool_value());
}

bool IsContainer(const Value& value) {
  return value.Is(Type::kString) || value.Is(Type::kList) || value.Is(Type::kDict) ||
         value.Is(Type::kSet);
}

absl::StatusOr<Value> IsSequence(Call& call) { return Value::Bool(IsContainer(call[0])); }

absl::StatusOr<Value> IsIterable(Call& call) {
  return Value::Bool(IsContainer(call[0]) || call[0].Is(Type::kSequence));
}

absl::StatusOr<Value> IsSame(Call& call) {
  return Value::Bool(call[0].type() == call[1].type() && Equal(call[0], call[1]));
}

absl::StatusOr<Value> Remainder(Call& call, const Value& divisor) {
  return BinaryOperator(Op::kModulo, call[0], divisor, call.evaluation());
}

absl::StatusOr<Value> IsOdd(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value rest, Remainder(call, Value::Int(2)));
  return Value::Bool(Equal(rest, Value::Int(1)));
}

absl::StatusOr<Value> IsEven(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value rest, Remainder(call, Value::Int(2)));
  return Value::Bool(Equal(rest, Value::Int(0)));
}

absl::StatusOr<Value> IsDivisibleBy(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value rest, Remainder(call, call[1]));
  return Value::Bool(Equal(rest, Value::Int(0)));
}

// Has letters, and all of them in one case.
absl::StatusOr<Value> HasCase(Call& call, bool (*right)(char32_t), bool (*wrong)(char32_t)) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  bool any = false;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const char32_t c = CodePointAt(text, at);
    if (wrong(c)) return Value::Bool(false);
    any = any || right(c);
  }
  return Value::Bool(any);
}

absl::StatusOr<Value> IsUpperCase(Call& call) { return HasCase(call, &IsUpper, &IsLower); }
absl::StatusOr<Value> IsLowerCase(Call& call) { return HasCase(call, &IsLower, &IsUpper); }

absl::StatusOr<Value> IsFilterName(Call& call) {
  return Value::Bool(call[0].Is(Type::kString) && IsFilter(call[0].string()));
}

absl::StatusOr<Value> IsTestName(Call& call) {
  return Value::Bool(call[0].Is(Type::kString) && IsTest(call[0].string()));
}

absl::StatusOr<Value> IsUndefined(Call& call) { return Value::Bool(call[0].Is(Type::kUndefined)); }

constexpr FunctionRow kRows[] = {
    {"defined(value)", &IsDefined},
    {"undefined(value)", &IsUndefined},
    {"none(value)", &IsNone},
    {"boolean(value)", &IsOf<Type::kBool>},
    {"true(value)", &IsTrue},
    {"false(value)", &IsFalse},
    {"integer(value)", &IsInteger},
    {"float(value)", &IsOf<Type::kFloat>},
    {"number(value)", &IsNumber},
    {"string(value)", &IsOf<Type::kString>},
    {"mapping(value)", &IsOf<Type::kDict>},
    {"sequence(value)", &IsSequence},
    {"iterable(value)", &IsIterable},
    {"callable(value)", &IsOf<Type::kCallable>},
    {"sameas(value, other)", &IsSame},
    {"escaped(value)", &IsEscaped},
    {"odd(value)", &IsOdd},
    {"even(value)", &IsEven},
    {"divisibleby(value, num)", &IsDivisibleBy},
    {"lower(value)", &IsLowerCase},
    {"upper(value)", &IsUpperCase},
    {"filter(value)", &IsFilterName},
    {"test(value)", &IsTestName},
    {"in(value, seq)", &Compares<Op::kIn>},
    {"eq(a, b)", &Compares<Op::kEqual>},
    {"equalto(a, b)", &Compares<Op::kEqual>},
    {"==(a, b)", &Compares<Op::kEqual>},
    {"ne(a, b)", &Compares<Op::kNotEqual>},
    {"!=(a, b)", &Compares<Op::kNotEqual>},
    {"gt(a, b)", &Compares<Op::kGreater>},
    {"greaterthan(a, b)", &Compares<Op::kGreater>},
    {">(a, b)", &Compares<Op::kGreater>},
    {"ge(a, b)", &Compares<Op::kGreaterEqual>},
    {">=(a, b)", &Compares<Op::kGreaterEqual>},
    {"lt(a, b)", &Compares<Op::kLess>},
    {"lessthan(a, b)", &Compares<Op::kLess>},
    {"<(a, b)", &Compares<Op::kLess>},
    {"le(a, b)", &Compares<Op::kLessEqual>},
    {"<=(a, b)", &Compares<Op::kLessEqual>},
};

}  // namespace

std::span<const FunctionRow> Tests() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
