#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/value.h"

// Python's arithmetic: integers without bounds, floats, and bools that count as 0 and 1.
namespace gregale::workflow::expr {

// An integer, a float or a bool.
inline bool IsNumeric(const Value& value) { return value.is_number() || value.Is(Type::kBool); }

// -1, 0, 1; nullopt where one is not a number (NaN).
std::optional<int> CompareNumbers(const Value& a, const Value& b);

// Equal numbers hash equally.
uint64_t HashNumber(const Value& value);

double ToDouble(const Value& number);

// a op b for kAdd, kSubtract, kMultiply, kDivide (true division), kFloorDivide, kModulo, kPower.
// Errors: a division by zero, a result beyond kExpressionIntegerBitsMax.
absl::StatusOr<Value> Arithmetic(Op op, const Value& a, const Value& b, Heap& heap);

// Python's round() to so many digits behind the point: half to even. Of an integer, an integer.
absl::StatusOr<Value> RoundNumber(const Value& number, int64_t digits, Heap& heap);

Value Negate(const Value& number, Heap& heap);

// Python's repr() of a float: the shortest text that reads back as the same number.
std::string FloatText(double value);

// The text of an integer.
std::string IntegerText(const Value& integer);

// Python's int(text) and float(text): surrounding space, a sign, single underscores.
std::optional<Value> IntegerFromText(std::string_view text, int base, Heap& heap);
std::optional<double> FloatFromText(std::string_view text);

}  // namespace gregale::workflow::expr
