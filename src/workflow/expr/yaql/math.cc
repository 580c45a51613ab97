#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/bigint.h"
#include "workflow/expr/number.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::StatusOr<Value> Abs(Call& call) {
  const bool negative = *CompareNumbers(call[0], Value::Int(0)) < 0;
  return negative ? Negate(call[0], call.heap()) : call[0];
}

absl::StatusOr<Value> ToInt(Call& call) {
  const Value& value = call[0];
  if (value.is_null()) return Value::Int(0);
  if (value.is_integer()) return value;
  if (value.Is(Type::kBool)) return Value::Int(value.bool_value() ? 1 : 0);
  if (value.Is(Type::kFloat) && std::isfinite(value.float_value())) {
    return IntegerValue(BigInt::FromDouble(value.float_value()), call.heap());
  }
  if (value.Is(Type::kString)) {
    const std::optional<Value> number = IntegerFromText(value.string(), 10, call.heap());
    if (number) return *number;
    return absl::InvalidArgumentError(
        base::Cat("invalid literal for int() with base 10: '", value.string(), "'"));
  }
  return absl::InvalidArgumentError(base::Cat("a ", TypeName(value), " is no integer"));
}

absl::StatusOr<Value> ToFloat(Call& call) {
  const Value& value = call[0];
  if (value.is_null()) return Value::Float(0);
  if (IsNumeric(value)) return Value::Float(ToDouble(value));
  if (value.Is(Type::kString)) {
    if (const std::optional<double> number = FloatFromText(value.string())) {
      return Value::Float(*number);
    }
    return absl::InvalidArgumentError(
        base::Cat("could not convert string to float: '", value.string(), "'"));
  }
  return absl::InvalidArgumentError(base::Cat("a ", TypeName(value), " is no number"));
}

absl::StatusOr<Value> Larger(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const bool less, Less(call[0], call[1], call.evaluation()));
  return less ? call[1] : call[0];
}

absl::StatusOr<Value> Smaller(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const bool less, Less(call[0], call[1], call.evaluation()));
  return less ? call[0] : call[1];
}

// base ** exponent modulo `modulus`, all integers, without the large power.
absl::StatusOr<Value> PowerModulo(Call& call) {
  for (size_t i = 0; i < 3; ++i) {
    if (!call[i].is_integer()) {
      return absl::InvalidArgumentError("pow() with three arguments needs integers");
    }
  }
  GREGALE_ASSIGN_OR_RETURN(const int64_t exponent, call.Int(1));
  if (exponent < 0 || ToBigInt(call[2]).is_zero()) {
    return absl::InvalidArgumentError("pow(): the power or the modulus is out of range");
  }
  Value result = Value::Int(1);
  Value factor = call[0];
  for (int64_t rest = exponent; rest > 0; rest >>= 1) {
    if (rest & 1) {
      GREGALE_ASSIGN_OR_RETURN(result, Arithmetic(Op::kMultiply, result, factor, call.heap()));
      GREGALE_ASSIGN_OR_RETURN(result, Arithmetic(Op::kModulo, result, call[2], call.heap()));
    }
    GREGALE_ASSIGN_OR_RETURN(factor, Arithmetic(Op::kMultiply, factor, factor, call.heap()));
    GREGALE_ASSIGN_OR_RETURN(factor, Arithmetic(Op::kModulo, factor, call[2], call.heap()));
  }
  return Arithmetic(Op::kModulo, result, call[2], call.heap());
}

absl::StatusOr<Value> Power(Call& call) {
  if (call.Has(2) && !call[2].is_null()) return PowerModulo(call);
  return Arithmetic(Op::kPower, call[0], call[1], call.heap());
}

absl::StatusOr<Value> Sign(Call& call) {
  return Value::Int(*CompareNumbers(call[0], Value::Int(0)));
}

absl::StatusOr<Value> Round(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t digits, call.Int(1));
  return RoundNumber(call[0], digits, call.heap());
}

absl::StatusOr<Value> Random(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const uint64_t bits, call.evaluation().host().RandomBits());
  return Value::Float(std::ldexp(static_cast<double>(bits >> 11), -53));
}

absl::StatusOr<Value> RandomBetween(Call& call) {
  if (!call[0].Is(Type::kInt) || !call[1].Is(Type::kInt)) {
    return absl::InvalidArgumentError("random() needs two integers");
  }
  const int64_t from = call[0].int_value();
  const int64_t to = call[1].int_value();
  if (from > to) return absl::InvalidArgumentError("empty range for random()");
  GREGALE_ASSIGN_OR_RETURN(const uint64_t bits, call.evaluation().host().RandomBits());
  const uint64_t span = static_cast<uint64_t>(to) - static_cast<uint64_t>(from) + 1;
  const uint64_t offset = span == 0 ? bits : bits % span;
  return Value::Int(static_cast<int64_t>(static_cast<uint64_t>(from) + offset));
}

template <int64_t (*kOperation)(int64_t, int64_t)>
absl::StatusOr<Value> Bitwise(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t a, call.Int(0));
  GREGALE_ASSIGN_OR_RETURN(const int64_t b, call.Int(1));
  return Value::Int(kOperation(a, b));
}

int64_t And(int64_t a, int64_t b) { return a & b; }
int64_t Or(int64_t a, int64_t b) { return a | b; }
int64_t Xor(int64_t a, int64_t b) { return a ^ b; }

absl::StatusOr<Value> BitwiseNot(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t a, call.Int(0));
  return Value::Int(~a);
}

// A shift is a multiplication or a division by a power of two.
absl::StatusOr<Value> Shift(Call& call, Op op) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t bits, call.Int(1));
  if (bits < 0) return absl::InvalidArgumentError("negative shift count");
  if (op == Op::kFloorDivide && bits > 64 && call[0].Is(Type::kInt)) {
    return Value::Int(call[0].int_value() < 0 ? -1 : 0);
  }
  GREGALE_ASSIGN_OR_RETURN(const Value power,
                           Arithmetic(Op::kPower, Value::Int(2), Value::Int(bits), call.heap()));
  return Arithmetic(op, call[0], power, call.heap());
}

absl::StatusOr<Value> ShiftLeft(Call& call) { return Shift(call, Op::kMultiply); }
absl::StatusOr<Value> ShiftRight(Call& call) { return Shift(call, Op::kFloorDivide); }

absl::StatusOr<Value> Hex(Call& call) {
  if (!call[0].Is(Type::kInt)) {
    return absl::InvalidArgumentError("hex() needs an integer of at most 64 bits");
  }
  const int64_t number = call[0].int_value();
  const uint64_t magnitude =
      number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  return call.heap().String(absl::StrFormat("%s0x%x", number < 0 ? "-" : "", magnitude));
}

absl::StatusOr<Value> IsInteger(Call& call) { return Value::Bool(call[0].is_integer()); }
absl::StatusOr<Value> IsNumber(Call& call) { return Value::Bool(call[0].is_number()); }

constexpr FunctionRow kRows[] = {
    {"fn abs(op:num)", &Abs},
    {"fn int(value:any)", &ToInt},
    {"fn float(value:any)", &ToFloat},
    {"fn max(a:any, b:any)", &Larger},
    {"fn min(a:any, b:any)", &Smaller},
    {"fn pow(a:num, b:num, c:num?=null)", &Power},
    {"fn sign(num:num)", &Sign},
    {"fn round(number:num, ndigits:int=0)", &Round},
    {"fn random()", &Random},
    {"fn random(from:any, to:any)", &RandomBetween},
    {"fn bitwiseAnd(left:int, right:int)", &Bitwise<&And>},
    {"fn bitwiseOr(left:int, right:int)", &Bitwise<&Or>},
    {"fn bitwiseXor(left:int, right:int)", &Bitwise<&Xor>},
    {"fn bitwiseNot(arg:int)", &BitwiseNot},
    {"fn shiftBitsLeft(value:int, bitsNumber:int)", &ShiftLeft},
    {"fn shiftBitsRight(value:int, bitsNumber:int)", &ShiftRight},
    {"fn hex(num:num)", &Hex},
    {"fn isInteger(value:any)", &IsInteger},
    {"fn isNumber(value:any)", &IsNumber},
};

}  // namespace

std::span<const FunctionRow> MathFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
