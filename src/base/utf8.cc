#include "base/utf8.h"

namespace gregale::base {
namespace {

// What the first byte of a character says: how many bytes follow, its own bits, and the smallest
// character that needs that many bytes.
struct Lead {
  size_t followers;
  char32_t bits;
  char32_t minimum;
};

std::optional<Lead> ReadLead(unsigned char byte) {
  if (byte < 0x80) return Lead{0, byte, 0};
  if ((byte & 0xe0) == 0xc0) return Lead{1, byte & 0x1fu, 0x80};
  if ((byte & 0xf0) == 0xe0) return Lead{2, byte & 0x0fu, 0x800};
  if ((byte & 0xf8) == 0xf0) return Lead{3, byte & 0x07u, 0x10000};
  return std::nullopt;
}

}  // namespace

std::optional<char32_t> TakeUtf8(std::string_view& text) {
  const std::optional<Lead> lead = ReadLead(static_cast<unsigned char>(text.front()));
  if (!lead.has_value() || text.size() <= lead->followers) return std::nullopt;
  char32_t character = lead->bits;
  for (size_t i = 1; i <= lead->followers; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return std::nullopt;
    character = (character << 6) | (byte & 0x3fu);
  }
  const bool surrogate = character >= 0xd800 && character <= 0xdfff;
  if (character < lead->minimum || surrogate || character > 0x10ffff) return std::nullopt;
  text.remove_prefix(lead->followers + 1);
  return character;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    if (!TakeUtf8(text).has_value()) return false;
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const std::string_view before = text;
    if (TakeUtf8(text).has_value()) {
      valid += before.substr(0, before.size() - text.size());
    } else {
      valid += "\uFFFD";
      text.remove_prefix(1);
    }
  }
  return valid;
}

}  // namespace gregale::base
