#include "base/yaml_scalar.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/text.h"

namespace gregale::base {
namespace {

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Takes "-" or "+" from the front; true for "-".
bool TakeSign(std::string_view& text) {
  if (TakePrefix(text, "-")) return true;
  TakePrefix(text, "+");
  return false;
}

// An unsigned integer that may be too large for 64 bits; `approximate` always holds.
class Magnitude {
 public:
  void Push(uint64_t base, uint64_t digit) {
    approximate_ = approximate_ * static_cast<double>(base) + static_cast<double>(digit);
    exact_ = exact_ && !__builtin_mul_overflow(value_, base, &value_) &&
             !__builtin_add_overflow(value_, digit, &value_);
  }
  double approximate() const { return approximate_; }
  Json ToJson(bool negative) const {
    constexpr uint64_t kInt64MinMagnitude = uint64_t{1} << 63;
    if (exact_ && !negative) return value_;
    if (exact_ && value_ <= kInt64MinMagnitude) return static_cast<int64_t>(-value_);
    return negative ? -approximate_ : approximate_;
  }

 private:
  uint64_t value_ = 0;
  double approximate_ = 0;
  bool exact_ = true;
};

std::optional<uint64_t> DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint64_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<uint64_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<uint64_t>(c - 'A' + 10);
  return std::nullopt;
}

// Digits of `base`, with underscores anywhere; at least one digit.
std::optional<Magnitude> ReadDigits(std::string_view text, uint64_t base) {
  Magnitude magnitude;
  bool any = false;
  for (char c : text) {
    if (c == '_') continue;
    const std::optional<uint64_t> digit = DigitOf(c);
    if (!digit.has_value() || *digit >= base) return std::nullopt;
    magnitude.Push(base, *digit);
    any = true;
  }
  return any ? std::optional(magnitude) : std::nullopt;
}

// "90:30:15": base 60, the first group of any size.
std::optional<Magnitude> ReadSexagesimal(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  std::optional<Magnitude> magnitude = ReadDigits(text.substr(0, colon), 10);
  if (!magnitude.has_value()) return std::nullopt;
  for (std::string_view group : Split(text.substr(colon + 1), ':')) {
    uint64_t value = 0;
    if (group.empty() || group.size() > 2) return std::nullopt;
    for (char c : group) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
      value = value * 10 + static_cast<uint64_t>(c - '0');
    }
    if (value > 59) return std::nullopt;
    magnitude->Push(60, value);
  }
  return magnitude;
}

std::optional<Magnitude> ReadUnsigned(std::string_view text) {
  if (text.empty() || text.front() == '_') return std::nullopt;
  if (text == "0") return Magnitude();
  if (text.front() != '0') {
    return Contains(text, ':') ? ReadSexagesimal(text) : ReadDigits(text, 10);
  }
  if (text.starts_with("0b")) return ReadDigits(text.substr(2), 2);
  if (text.starts_with("0x")) return ReadDigits(text.substr(2), 16);
  return ReadDigits(text, 8);
}

bool AllDigitsOrUnderscores(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
}

// "1.5", "1.", ".5", with an exponent that has a sign: what PyYAML asks of a float, less the sign
// in front.
bool IsDecimalFraction(std::string_view text) {
  const size_t point = text.find('.');
  if (point == text.npos) return false;
  const std::string_view whole = text.substr(0, point);
  std::string_view rest = text.substr(point + 1);
  if (const size_t e = rest.find_first_of("eE"); e != rest.npos) {
    const std::string_view exponent = rest.substr(e + 1);
    if (exponent.size() < 2 || (exponent[0] != '-' && exponent[0] != '+')) return false;
    if (exponent.find_first_not_of("0123456789", 1) != exponent.npos) return false;
    rest = rest.substr(0, e);
  }
  if (!AllDigitsOrUnderscores(whole) || !AllDigitsOrUnderscores(rest)) return false;
  const std::string_view first = whole.empty() ? rest : whole;
  return !first.empty() && first.front() != '_';
}

std::optional<double> ReadDecimalFraction(std::string_view text) {
  if (!IsDecimalFraction(text)) return std::nullopt;
  std::string digits(text);
  std::erase(digits, '_');
  double value = 0;
  if (!absl::SimpleAtod(digits, &value)) return std::nullopt;
  return value;
}

// "1:30.5"; no exponent.
std::optional<double> ReadSexagesimalFraction(std::string_view text) {
  const size_t point = text.find('.');
  if (point == text.npos || !AllDigitsOrUnderscores(text.substr(point + 1))) return std::nullopt;
  const std::optional<Magnitude> whole = ReadSexagesimal(text.substr(0, point));
  const std::optional<double> fraction = ReadDecimalFraction(Cat("0", text.substr(point)));
  if (!whole.has_value() || !fraction.has_value()) return std::nullopt;
  return whole->approximate() + *fraction;
}

}  // namespace

bool IsYamlNull(std::string_view text) {
  return text.empty() || IsOneOf(text, {"~", "null", "Null", "NULL"});
}

std::optional<bool> ReadYamlBool(std::string_view text) {
  if (text.size() > 5) return std::nullopt;
  if (IsOneOf(text, {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})) return true;
  if (IsOneOf(text, {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})) {
    return false;
  }
  return std::nullopt;
}

std::optional<Json> ReadYamlInt(std::string_view text) {
  const bool negative = TakeSign(text);
  const std::optional<Magnitude> magnitude = ReadUnsigned(text);
  if (!magnitude.has_value()) return std::nullopt;
  return magnitude->ToJson(negative);
}

std::optional<double> ReadYamlFloat(std::string_view text) {
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) return std::numeric_limits<double>::quiet_NaN();
  // A sign before a bare point makes a string, except before infinity.
  const bool has_sign = text.starts_with("-") || text.starts_with("+");
  const double sign = TakeSign(text) ? -1 : 1;
  if (IsOneOf(text, {".inf", ".Inf", ".INF"}))
    return sign * std::numeric_limits<double>::infinity();
  if (text.empty() || text.front() == '_' || (has_sign && text.front() == '.')) return std::nullopt;
  const std::optional<double> magnitude =
      Contains(text, ':') ? ReadSexagesimalFraction(text) : ReadDecimalFraction(text);
  if (!magnitude.has_value()) return std::nullopt;
  return sign * *magnitude;
}

std::optional<Json> ResolvePlainScalar(std::string_view text) {
  if (IsYamlNull(text)) return Json();
  if (const auto value = ReadYamlBool(text)) return Json(*value);
  if (!absl::ascii_isdigit(static_cast<unsigned char>(text.front())) &&
      !IsOneOf(text.substr(0, 1), {"-", "+", "."})) {
    return std::nullopt;
  }
  if (auto value = ReadYamlInt(text)) return value;
  if (const auto value = ReadYamlFloat(text)) return Json(*value);
  return std::nullopt;
}

}  // namespace gregale::base
