#include "base/uuid.h"

#include "base/random.h"

namespace gregale::base {

std::optional<Uuid> Uuid::Parse(std::string_view text) {
  if (!IsUuid(text)) return std::nullopt;
  Uuid uuid;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    uint64_t& half = digits++ < 16 ? uuid.high_ : uuid.low_;
    half = half << 4 | static_cast<uint64_t>(digit);
  }
  return uuid;
}

std::string Uuid::ToText() const {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (const uint64_t half : {high_, low_}) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      const size_t at = text.size();
      if (at == 8 || at == 13 || at == 18 || at == 23) text += '-';
      text += kHexDigits[(half >> shift) & 0xf];
    }
  }
  return text;
}

}  // namespace gregale::base
