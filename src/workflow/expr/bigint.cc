#include "workflow/expr/bigint.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace gregale::workflow::expr {

BigInt::BigInt(int64_t value) : negative_(value < 0) {
  // Negation in unsigned arithmetic, since -INT64_MIN does not fit.
  uint64_t magnitude = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; magnitude != 0; magnitude >>= 32) limbs_.push_back(static_cast<uint32_t>(magnitude));
}

BigInt BigInt::FromDigits(std::string_view text) {
  BigInt result;
  for (char c : text) {
    uint64_t carry = static_cast<uint64_t>(c - '0');
    for (uint32_t& limb : result.limbs_) {
      carry += uint64_t{limb} * 10;
      limb = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0) result.limbs_.push_back(static_cast<uint32_t>(carry));
  }
  return result;
}

BigInt BigInt::FromDouble(double value) {
  BigInt result;
  double rest = std::trunc(std::fabs(value));
  int exponent = 0;
  const double mantissa = std::frexp(rest, &exponent);
  if (rest == 0) return result;
  // 53 bits of mantissa, then shifted to their place.
  const int shift = exponent - 53;
  BigInt bits(static_cast<int64_t>(std::ldexp(mantissa, 53)));
  if (shift < 0) {
    bits = BigInt(static_cast<int64_t>(rest));
  } else {
    const auto limbs = static_cast<size_t>(shift / 32);
    bits = bits * BigInt(int64_t{1} << (shift % 32));
    bits.limbs_.insert(bits.limbs_.begin(), limbs, 0);
  }
  bits.negative_ = value < 0;
  return bits;
}

size_t BigInt::bits() const {
  if (limbs_.empty()) return 0;
  return limbs_.size() * 32 - static_cast<size_t>(std::countl_zero(limbs_.back()));
}

std::optional<int64_t> BigInt::ToInt64() const {
  if (limbs_.size() > 2) return std::nullopt;
  uint64_t magnitude = 0;
  for (size_t i = limbs_.size(); i > 0; --i) magnitude = (magnitude << 32) | limbs_[i - 1];
  constexpr auto kTop = uint64_t{1} << 63;
  if (magnitude > kTop || (magnitude == kTop && !negative_)) return std::nullopt;
  return static_cast<int64_t>(negative_ ? 0 - magnitude : magnitude);
}

double BigInt::ToDouble() const {
  const std::string text = ToString();
  double value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    value = std::numeric_limits<double>::infinity();
    return negative_ ? -value : value;
  }
  return value;
}

std::string BigInt::ToString() const {
  if (limbs_.empty()) return "0";
  Limbs rest = limbs_;
  std::string reversed;
  while (!rest.empty()) {
    uint32_t group = DivideBySmall(rest, 1'000'000'000);
    for (int i = 0; i < 9 && (group != 0 || !rest.empty()); ++i) {
      reversed.push_back(static_cast<char>('0' + group % 10));
      group /= 10;
    }
  }
  if (negative_) reversed.push_back('-');
  return {reversed.rbegin(), reversed.rend()};
}

BigInt BigInt::Negated() const {
  BigInt result = *this;
  result.negative_ = !negative_ && !limbs_.empty();
  return result;
}

void BigInt::Trim(Limbs& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

int BigInt::CompareLimbs(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i > 0; --i) {
    if (a[i - 1] != b[i - 1]) return a[i - 1] < b[i - 1] ? -1 : 1;
  }
  return 0;
}

BigInt::Limbs BigInt::AddLimbs(const Limbs& a, const Limbs& b) {
  Limbs sum;
  uint64_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry != 0; ++i) {
    if (i < a.size()) carry += a[i];
    if (i < b.size()) carry += b[i];
    sum.push_back(static_cast<uint32_t>(carry));
    carry >>= 32;
  }
  return sum;
}

BigInt::Limbs BigInt::SubtractLimbs(const Limbs& a, const Limbs& b) {
  Limbs difference = a;
  int64_t borrow = 0;
  for (size_t i = 0; i < difference.size(); ++i) {
    int64_t digit = int64_t{difference[i]} - (i < b.size() ? int64_t{b[i]} : 0) - borrow;
    borrow = digit < 0 ? 1 : 0;
    difference[i] = static_cast<uint32_t>(digit);
  }
  Trim(difference);
  return difference;
}

uint32_t BigInt::DivideBySmall(Limbs& limbs, uint32_t divisor) {
  uint64_t remainder = 0;
  for (size_t i = limbs.size(); i > 0; --i) {
    remainder = (remainder << 32) | limbs[i - 1];
    limbs[i - 1] = static_cast<uint32_t>(remainder / divisor);
    remainder %= divisor;
  }
  Trim(limbs);
  return static_cast<uint32_t>(remainder);
}

// Bit by bit: slow and plainly right; such numbers are rare in workflows.
void BigInt::DivideLimbs(const Limbs& a, const Limbs& b, Limbs& quotient, Limbs& remainder) {
  quotient.assign(a.size(), 0);
  remainder.clear();
  for (size_t bit = a.size() * 32; bit > 0; --bit) {
    const size_t limb = (bit - 1) / 32;
    const size_t place = (bit - 1) % 32;
    uint32_t carry = (a[limb] >> place) & 1u;
    for (uint32_t& digit : remainder) {
      const uint32_t top = digit >> 31;
      digit = (digit << 1) | carry;
      carry = top;
    }
    if (carry != 0) remainder.push_back(carry);
    if (CompareLimbs(remainder, b) >= 0) {
      remainder = SubtractLimbs(remainder, b);
      quotient[limb] |= 1u << place;
    }
  }
  Trim(quotient);
}

BigInt operator+(const BigInt& a, const BigInt& b) {
  BigInt sum;
  if (a.negative_ == b.negative_) {
    sum.limbs_ = BigInt::AddLimbs(a.limbs_, b.limbs_);
    sum.negative_ = a.negative_;
  } else if (BigInt::CompareLimbs(a.limbs_, b.limbs_) >= 0) {
    sum.limbs_ = BigInt::SubtractLimbs(a.limbs_, b.limbs_);
    sum.negative_ = a.negative_ && !sum.limbs_.empty();
  } else {
    sum.limbs_ = BigInt::SubtractLimbs(b.limbs_, a.limbs_);
    sum.negative_ = b.negative_;
  }
  return sum;
}

BigInt operator-(const BigInt& a, const BigInt& b) { return a + b.Negated(); }

BigInt operator*(const BigInt& a, const BigInt& b) {
  BigInt product;
  product.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
  for (size_t i = 0; i < a.limbs_.size(); ++i) {
    uint64_t carry = 0;
    for (size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
      uint32_t& digit = product.limbs_[i + j];
      carry += digit;
      if (j < b.limbs_.size()) carry += uint64_t{a.limbs_[i]} * b.limbs_[j];
      digit = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }
  BigInt::Trim(product.limbs_);
  product.negative_ = a.negative_ != b.negative_ && !product.limbs_.empty();
  return product;
}

void BigInt::DivideFloor(const BigInt& a, const BigInt& b, BigInt& quotient, BigInt& remainder) {
  BigInt q;
  BigInt r;
  DivideLimbs(a.limbs_, b.limbs_, q.limbs_, r.limbs_);
  q.negative_ = a.negative_ != b.negative_ && !q.limbs_.empty();
  r.negative_ = a.negative_ && !r.limbs_.empty();
  if (!r.is_zero() && r.negative_ != b.negative_) {
    q = q - BigInt(1);
    r = r + b;
  }
  quotient = std::move(q);
  remainder = std::move(r);
}

int BigInt::Compare(const BigInt& a, const BigInt& b) {
  if (a.negative_ != b.negative_) return a.negative_ ? -1 : 1;
  const int order = CompareLimbs(a.limbs_, b.limbs_);
  return a.negative_ ? -order : order;
}

Value IntegerValue(BigInt value, Heap& heap) {
  if (const std::optional<int64_t> small = value.ToInt64()) return Value::Int(*small);
  heap.Charge(value.bits() / 8);
  return Value::Of(Type::kBigInt, heap.Make<BigInt>(std::move(value)));
}

BigInt ToBigInt(const Value& value) {
  return value.Is(Type::kBigInt) ? value.big() : BigInt(value.int_value());
}

Value ParseInteger(std::string_view digits, Heap& heap) {
  int64_t small = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), small);
  if (result.ec == std::errc()) return Value::Int(small);
  return IntegerValue(BigInt::FromDigits(digits), heap);
}

}  // namespace gregale::workflow::expr
