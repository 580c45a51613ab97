#include "base/random.h"

#include <errno.h>
#include <sys/random.h>

#include <array>
#include <cstdlib>
#include <utility>

#include "base/ordered_uuid.h"

namespace gregale::base {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool IsHyphenPlace(size_t i) { return i == 8 || i == 13 || i == 18 || i == 23; }

// The two halves as text, with the version and the variant set.
std::string UuidOf(uint64_t first, uint64_t second, uint64_t version) {
  constexpr uint64_t kVersionMask = 0xf000;
  constexpr uint64_t kVariant = uint64_t{2} << 62, kVariantMask = uint64_t{3} << 62;
  const uint64_t halves[] = {(first & ~kVersionMask) | version << 12,
                             (second & ~kVariantMask) | kVariant};
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

}  // namespace

uint64_t SystemRandom::Next() {
  // A read of up to 256 bytes is never cut short; only a signal before the pool is ready interrupts
  // it.
  static thread_local std::array<uint64_t, 32> ahead;
  static thread_local size_t left = 0;
  while (left == 0) {
    if (getrandom(ahead.data(), sizeof ahead, 0) == sizeof ahead) {
      left = ahead.size();
    } else if (errno != EINTR) {
      std::abort();
    }
  }
  return std::exchange(ahead[--left], 0);
}

std::string NewUuid(Random& random) {
  const uint64_t first = random.Next();
  return UuidOf(first, random.Next(), 4);
}

std::string NewOrderedUuid(Random& random, absl::Time now) {
  const auto milliseconds = static_cast<uint64_t>(absl::ToUnixMillis(now));
  const uint64_t first = milliseconds << 16 | (random.Next() & 0xffff);
  return UuidOf(first, random.Next(), 7);
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (IsHyphenPlace(i) ? text[i] != '-' : !IsHexDigit(text[i])) return false;
  }
  return true;
}

}  // namespace gregale::base
