#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// An integer of any size, as Python's: sign and magnitude, 32 bits at a time. Division rounds down.
class BigInt : public Object {
 public:
  BigInt() = default;
  explicit BigInt(int64_t value);

  // `text` is digits only.
  static BigInt FromDigits(std::string_view text);
  // Of a finite number, its fraction cut off.
  static BigInt FromDouble(double value);

  bool negative() const { return negative_; }
  bool is_zero() const { return limbs_.empty(); }
  size_t bits() const;
  std::optional<int64_t> ToInt64() const;
  double ToDouble() const;  // infinite where it is too large
  std::string ToString() const;

  BigInt Negated() const;
  friend BigInt operator+(const BigInt& a, const BigInt& b);
  friend BigInt operator-(const BigInt& a, const BigInt& b);
  friend BigInt operator*(const BigInt& a, const BigInt& b);
  // b must not be zero.
  static void DivideFloor(const BigInt& a, const BigInt& b, BigInt& quotient, BigInt& remainder);
  // -1, 0 or 1.
  static int Compare(const BigInt& a, const BigInt& b);

 private:
  using Limbs = std::vector<uint32_t>;  // least significant first, no zeros on top
  static void Trim(Limbs& limbs);
  static int CompareLimbs(const Limbs& a, const Limbs& b);
  static Limbs AddLimbs(const Limbs& a, const Limbs& b);
  static Limbs SubtractLimbs(const Limbs& a, const Limbs& b);  // a >= b
  static void DivideLimbs(const Limbs& a, const Limbs& b, Limbs& quotient, Limbs& remainder);
  static uint32_t DivideBySmall(Limbs& limbs, uint32_t divisor);

  Limbs limbs_;
  bool negative_ = false;
};

// The value of an integer: kInt where it fits.
Value IntegerValue(BigInt value, Heap& heap);

// A kInt or kBigInt as a BigInt.
BigInt ToBigInt(const Value& value);

// `digits` is digits only.
Value ParseInteger(std::string_view digits, Heap& heap);

}  // namespace gregale::workflow::expr
