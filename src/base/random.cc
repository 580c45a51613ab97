#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include <cstdlib>

namespace gregale::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

}  // namespace

uint64_t SystemRandom::Next() {
  uint64_t bits;
  // A read this small is never cut short; only a signal before the pool is ready interrupts it.
  while (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    if (errno != EINTR) std::abort();
  }
  return bits;
}

std::string NewUuid(Random& random) {
  constexpr uint64_t kVersion4 = 0x4000, kVersionMask = 0xf000;
  constexpr uint64_t kVariant = uint64_t{2} << 62, kVariantMask = uint64_t{3} << 62;
  const uint64_t halves[] = {(random.Next() & ~kVersionMask) | kVersion4,
                             (random.Next() & ~kVariantMask) | kVariant};
  std::string text;
  text.reserve(36);
  for (uint64_t half : halves) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      if (IsHyphenPlace(text.size())) text += '-';
      text += kHexDigits[(half >> shift) & 0xf];
    }
  }
  return text;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphenPlace(i) ? text[i] != '-' : !IsHexDigit(text[i])) return false;
  }
  return true;
}

}  // namespace gregale::base
