#include "base/uuid.h"

#include <array>

namespace gregale::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

// The value of each character as a hexadecimal digit; -1: it is none.
constexpr std::array<signed char, 256> kDigitOf = [] {
  std::array<signed char, 256> digits{};
  for (signed char& digit : digits) digit = -1;
  for (size_t i = 0; i < kHexDigits.size(); ++i) {
    digits[static_cast<unsigned char>(kHexDigits[i])] = static_cast<signed char>(i);
    if (i >= 10) digits['A' + i - 10] = static_cast<signed char>(i);
  }
  return digits;
}();

bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  int digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphenPlace(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = kDigitOf[static_cast<unsigned char>(text[i])];
    if (digit < 0) return std::nullopt;
    uint64_t& half = digits++ < 16 ? uuid.high_ : uuid.low_;
    half = half << 4 | static_cast<uint64_t>(digit);
  }
  return uuid;
}

std::string Uuid::ToText() const {
  std::string text;
  text.reserve(36);
  for (const uint64_t half : {high_, low_}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (IsHyphenPlace(text.size())) text += '-';
      text += kHexDigits[(half >> shift) & 0xf];
    }
  }
  return text;
}

}  // namespace gregale::base
