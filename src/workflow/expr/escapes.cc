#include "workflow/expr/escapes.h"

#include <algorithm>
#include <optional>

#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

std::optional<unsigned> DigitValue(char c, unsigned base) {
  unsigned value = 99;
  if (c >= '0' && c <= '9') value = static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') value = static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') value = static_cast<unsigned>(c - 'A') + 10;
  if (value >= base) return std::nullopt;
  return value;
}

// Reads `least` to `most` digits at `at` and moves behind them.
std::optional<char32_t> ReadDigits(std::string_view text, size_t& at, unsigned base, size_t least,
                                   size_t most) {
  char32_t value = 0;
  size_t count = 0;
  while (count < most && at + count < text.size()) {
    const std::optional<unsigned> digit = DigitValue(text[at + count], base);
    if (!digit) break;
    value = value * base + *digit;
    ++count;
  }
  if (count < least || value > 0x10FFFF) return std::nullopt;
  at += count;
  return value;
}

// The character of the escape whose letter is at `at`; moves behind it.
std::optional<char32_t> ReadEscape(std::string_view text, size_t& at) {
  constexpr std::string_view kLetters = "\\'\"abfnrtv";
  constexpr std::string_view kMeanings = "\\'\"\a\b\f\n\r\t\v";
  const char letter = text[at];
  if (const size_t i = kLetters.find(letter); i != std::string_view::npos) {
    ++at;
    return static_cast<char32_t>(kMeanings[i]);
  }
  if (letter >= '0' && letter <= '7') return ReadDigits(text, at, 8, 1, 3);
  const size_t width = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  if (width == 0) return std::nullopt;
  size_t digits = at + 1;
  const std::optional<char32_t> value = ReadDigits(text, digits, 16, width, width);
  if (value) at = digits;
  return value;
}

}  // namespace

std::string DecodeEscapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] != '\\' || at + 1 >= text.size()) {
      out.push_back(text[at++]);
      continue;
    }
    size_t behind = at + 1;
    const std::optional<char32_t> code_point = ReadEscape(text, behind);
    if (code_point) {
      AppendUtf8(out, *code_point);
      at = behind;
    } else {
      out.push_back('\\');
      ++at;
    }
  }
  return out;
}

}  // namespace gregale::workflow::expr
