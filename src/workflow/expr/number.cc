#include "workflow/expr/number.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"

namespace gregale::workflow::expr {
namespace {

absl::Status TooLarge() {
  return absl::ResourceExhaustedError(
      base::Cat("an integer of more than ", base::kExpressionIntegerBitsMax, " bits"));
}

// A bool as the integer it counts as.
Value AsNumber(const Value& value) {
  return value.Is(Type::kBool) ? Value::Int(value.bool_value() ? 1 : 0) : value;
}

// Floats that are whole numbers within 64 bits compare exactly with integers.
bool FitsInt64(double value) {
  return value >= -9223372036854775808.0 && value < 9223372036854775808.0;
}

double FloorModulo(double a, double b) {
  const double remainder = std::fmod(a, b);
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
}

absl::StatusOr<Value> FloatArithmetic(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return Value::Float(a + b);
    case Op::kSubtract:
      return Value::Float(a - b);
    case Op::kMultiply:
      return Value::Float(a * b);
    case Op::kPower:
      return Value::Float(std::pow(a, b));
    default:
      break;
  }
  if (b == 0) return absl::InvalidArgumentError("float division by zero");
  if (op == Op::kDivide) return Value::Float(a / b);
  if (op == Op::kFloorDivide) return Value::Float(std::floor((a - FloorModulo(a, b)) / b + 0.5));
  return Value::Float(FloorModulo(a, b));
}

absl::StatusOr<Value> BigPower(const BigInt& base_value, const BigInt& exponent, Heap& heap) {
  const std::optional<int64_t> power = exponent.ToInt64();
  const size_t bits = base_value.bits();
  if (bits <= 1) {  // 0, 1 and -1 to any power
    const bool odd = !power || (*power & 1) != 0;
    if (exponent.is_zero()) return Value::Int(1);
    if (base_value.is_zero()) return Value::Int(0);
    return Value::Int(base_value.negative() && odd ? -1 : 1);
  }
  const auto bits_max = static_cast<int64_t>(base::kExpressionIntegerBitsMax);
  if (!power || *power > bits_max || *power * static_cast<int64_t>(bits) > bits_max) {
    return TooLarge();
  }
  BigInt result(1);
  BigInt factor = base_value;
  for (int64_t rest = *power; rest > 0; rest >>= 1) {
    if (rest & 1) result = result * factor;
    if (rest > 1) factor = factor * factor;
  }
  return IntegerValue(std::move(result), heap);
}

absl::StatusOr<Value> BigArithmetic(Op op, const BigInt& a, const BigInt& b, Heap& heap) {
  switch (op) {
    case Op::kAdd:
      return IntegerValue(a + b, heap);
    case Op::kSubtract:
      return IntegerValue(a - b, heap);
    case Op::kMultiply:
      if (a.bits() + b.bits() > base::kExpressionIntegerBitsMax) return TooLarge();
      return IntegerValue(a * b, heap);
    case Op::kPower:
      if (b.negative()) return FloatArithmetic(op, a.ToDouble(), b.ToDouble());
      return BigPower(a, b, heap);
    default:
      break;
  }
  if (b.is_zero()) return absl::InvalidArgumentError("integer division or modulo by zero");
  if (op == Op::kDivide) return Value::Float(a.ToDouble() / b.ToDouble());
  BigInt quotient;
  BigInt remainder;
  BigInt::DivideFloor(a, b, quotient, remainder);
  return IntegerValue(op == Op::kFloorDivide ? std::move(quotient) : std::move(remainder), heap);
}

// nullopt where the result does not fit 64 bits, or is not this function's business.
std::optional<Value> SmallArithmetic(Op op, int64_t a, int64_t b) {
  int64_t result = 0;
  switch (op) {
    case Op::kAdd:
      if (__builtin_add_overflow(a, b, &result)) return std::nullopt;
      return Value::Int(result);
    case Op::kSubtract:
      if (__builtin_sub_overflow(a, b, &result)) return std::nullopt;
      return Value::Int(result);
    case Op::kMultiply:
      if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
      return Value::Int(result);
    case Op::kFloorDivide:
    case Op::kModulo: {
      if (b == 0 || b == -1) return std::nullopt;
      const int64_t remainder = a % b;
      const bool adjust = remainder != 0 && (remainder < 0) != (b < 0);
      if (op == Op::kModulo) return Value::Int(adjust ? remainder + b : remainder);
      return Value::Int(a / b - (adjust ? 1 : 0));
    }
    case Op::kDivide:
      if (b == 0) return std::nullopt;
      return Value::Float(static_cast<double>(a) / static_cast<double>(b));
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<int> CompareNumbers(const Value& left, const Value& right) {
  const Value a = AsNumber(left);
  const Value b = AsNumber(right);
  const auto order = [](auto x, auto y) { return x < y ? -1 : x > y ? 1 : 0; };
  if (a.Is(Type::kInt) && b.Is(Type::kInt)) return order(a.int_value(), b.int_value());
  if (a.Is(Type::kFloat) && b.Is(Type::kFloat)) {
    if (std::isnan(a.float_value()) || std::isnan(b.float_value())) return std::nullopt;
    return order(a.float_value(), b.float_value());
  }
  if (b.Is(Type::kFloat)) {
    const std::optional<int> reversed = CompareNumbers(b, a);
    return reversed ? std::optional<int>(-*reversed) : std::nullopt;
  }
  if (!a.Is(Type::kFloat)) return BigInt::Compare(ToBigInt(a), ToBigInt(b));
  const double x = a.float_value();
  if (std::isnan(x)) return std::nullopt;
  if (std::isinf(x)) return x > 0 ? 1 : -1;
  const int whole = BigInt::Compare(BigInt::FromDouble(std::floor(x)), ToBigInt(b));
  return whole == 0 && x != std::floor(x) ? 1 : whole;
}

uint64_t HashNumber(const Value& value) {
  const Value number = AsNumber(value);
  if (number.Is(Type::kInt)) return absl::HashOf(number.int_value());
  if (number.Is(Type::kBigInt)) return absl::HashOf(number.big().ToDouble());
  const double x = number.float_value();
  if (FitsInt64(x) && x == std::floor(x)) return absl::HashOf(static_cast<int64_t>(x));
  return absl::HashOf(x);
}

double ToDouble(const Value& value) {
  const Value number = AsNumber(value);
  if (number.Is(Type::kInt)) return static_cast<double>(number.int_value());
  return number.Is(Type::kBigInt) ? number.big().ToDouble() : number.float_value();
}

absl::StatusOr<Value> Arithmetic(Op op, const Value& left, const Value& right, Heap& heap) {
  const Value a = AsNumber(left);
  const Value b = AsNumber(right);
  if (a.Is(Type::kFloat) || b.Is(Type::kFloat)) {
    return FloatArithmetic(op, ToDouble(a), ToDouble(b));
  }
  if (a.Is(Type::kInt) && b.Is(Type::kInt)) {
    const std::optional<Value> small = SmallArithmetic(op, a.int_value(), b.int_value());
    if (small) return *small;
  }
  return BigArithmetic(op, ToBigInt(a), ToBigInt(b), heap);
}

absl::StatusOr<Value> RoundNumber(const Value& value, int64_t digits, Heap& heap) {
  const Value number = AsNumber(value);
  if (number.is_integer()) {
    if (digits >= 0) return number;
    if (digits < -400) return Value::Int(0);
    const Value minus_digits = Value::Int(-digits);
    GREGALE_ASSIGN_OR_RETURN(const Value unit,
                             Arithmetic(Op::kPower, Value::Int(10), minus_digits, heap));
    GREGALE_ASSIGN_OR_RETURN(const Value quotient, Arithmetic(Op::kDivide, number, unit, heap));
    const BigInt whole = BigInt::FromDouble(std::nearbyint(ToDouble(quotient)));
    return Arithmetic(Op::kMultiply, IntegerValue(whole, heap), unit, heap);
  }
  const double x = number.float_value();
  if (!std::isfinite(x) || digits > 300) return number;
  if (digits < -308) return Value::Float(0);
  // By way of the decimal text, as Python does it: 2.675 is a little less than it looks.
  std::array<char, 800> buffer;
  if (digits >= 0) {
    const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x,
                                      std::chars_format::fixed, static_cast<int>(digits));
    double rounded = 0;
    std::from_chars(buffer.data(), result.ptr, rounded);
    return Value::Float(rounded);
  }
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  return Value::Float(std::nearbyint(x / unit) * unit);
}

Value Negate(const Value& value, Heap& heap) {
  const Value number = AsNumber(value);
  if (number.Is(Type::kFloat)) return Value::Float(-number.float_value());
  return IntegerValue(ToBigInt(number).Negated(), heap);
}

std::string FloatText(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 400> buffer;
  const double magnitude = std::fabs(value);
  const bool exponent = magnitude != 0 && (magnitude < 1e-4 || magnitude >= 1e16);
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    exponent ? std::chars_format::scientific : std::chars_format::fixed);
  std::string text(buffer.data(), result.ptr);
  if (!exponent && text.find('.') == std::string::npos) text += ".0";
  return text;
}

std::string IntegerText(const Value& integer) {
  return integer.Is(Type::kBigInt) ? integer.big().ToString() : base::Cat(integer.int_value());
}

std::optional<Value> IntegerFromText(std::string_view text, int base_of_digits, Heap& heap) {
  text = base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text)));
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool between = i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (text[i] == '_' && between) continue;
    digits.push_back(text[i]);
  }
  if (digits.empty() || digits.size() > base::kExpressionIntegerBitsMax / 4) return std::nullopt;
  int64_t small = 0;
  const char* end = digits.data() + digits.size();
  const auto result = std::from_chars(digits.data(), end, small, base_of_digits);
  if (result.ptr != end || result.ec == std::errc::invalid_argument || digits[0] == '-') {
    return std::nullopt;
  }
  if (result.ec == std::errc()) return Value::Int(negative ? -small : small);
  if (base_of_digits != 10) return std::nullopt;
  const BigInt big = BigInt::FromDigits(digits);
  return IntegerValue(negative ? big.Negated() : big, heap);
}

std::optional<double> FloatFromText(std::string_view text) {
  text = base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text)));
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text[0] == '-' || text[0] == '+') return std::nullopt;
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ptr != text.data() + text.size()) return std::nullopt;
  if (result.ec == std::errc::result_out_of_range) {
    value = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos
                ? 0
                : std::numeric_limits<double>::infinity();
  } else if (result.ec != std::errc()) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

}  // namespace gregale::workflow::expr
