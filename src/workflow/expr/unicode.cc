#include "workflow/expr/unicode.h"

#include <clocale>
#include <cwctype>

namespace gregale::workflow::expr {
namespace {

// The C library's tables of character classes, which do not depend on the environment. Lives for
// ever.
locale_t Utf8Locale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

bool InClass(char32_t code_point, int (*test)(wint_t, locale_t)) {
  return Utf8Locale() != nullptr && test(static_cast<wint_t>(code_point), Utf8Locale()) != 0;
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

}  // namespace

size_t CodePointBytes(std::string_view text, size_t offset) {
  const auto lead = static_cast<unsigned char>(text[offset]);
  const size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 1;
  if (offset + length > text.size()) return 1;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[offset + i])) return 1;
  }
  return length;
}

char32_t CodePointAt(std::string_view text, size_t offset) {
  const size_t length = CodePointBytes(text, offset);
  const auto lead = static_cast<unsigned char>(text[offset]);
  if (length == 1) return lead;
  char32_t code_point = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    code_point = (code_point << 6) | (static_cast<unsigned char>(text[offset + i]) & 0x3Fu);
  }
  return code_point;
}

size_t CodePoints(std::string_view text) {
  size_t count = 0;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) ++count;
  return count;
}

size_t ByteOffset(std::string_view text, size_t index) {
  size_t at = 0;
  while (index > 0 && at < text.size()) {
    at += CodePointBytes(text, at);
    --index;
  }
  return at;
}

std::string_view SubText(std::string_view text, size_t from, size_t to) {
  if (from >= to) return {};
  const size_t start = ByteOffset(text, from);
  const std::string_view rest = text.substr(start);
  return rest.substr(0, ByteOffset(rest, to - from));
}

void AppendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
    return;
  }
  const int continuation = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr unsigned kLeads[] = {0, 0xC0, 0xE0, 0xF0};
  out.push_back(static_cast<char>(kLeads[continuation] | (c >> (6 * continuation))));
  for (int i = continuation - 1; i >= 0; --i) {
    out.push_back(static_cast<char>(0x80u | ((c >> (6 * i)) & 0x3Fu)));
  }
}

bool IsWordCharacter(std::string_view text, size_t offset) {
  const auto c = static_cast<unsigned char>(text[offset]);
  if (c < 0x80) {
    return IsDigit(text[offset]) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }
  return InClass(CodePointAt(text, offset), &iswalnum_l);
}

bool IsSpace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
  return c == 0x85 || c == 0xA0 || InClass(c, &iswspace_l);
}

char32_t UpperOf(char32_t c) {
  if (Utf8Locale() == nullptr) return c;
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), Utf8Locale()));
}

char32_t LowerOf(char32_t c) {
  if (Utf8Locale() == nullptr) return c;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), Utf8Locale()));
}

bool IsAlpha(char32_t c) { return InClass(c, &iswalpha_l); }
bool IsUpper(char32_t c) { return InClass(c, &iswupper_l); }
bool IsLower(char32_t c) { return InClass(c, &iswlower_l); }

std::string ToUpper(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const char32_t c = CodePointAt(text, at);
    if (c == 0xDF) {
      out += "SS";
    } else {
      AppendUtf8(out, UpperOf(c));
    }
  }
  return out;
}

std::string ToLower(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    AppendUtf8(out, LowerOf(CodePointAt(text, at)));
  }
  return out;
}

}  // namespace gregale::workflow::expr
