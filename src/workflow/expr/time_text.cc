#include "workflow/expr/time_text.h"

#include <array>
#include <ctime>
#include <optional>
#include <string_view>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

constexpr size_t kTextBytesMax = 1024;

absl::Status NoTime(const std::string& text) {
  return absl::InvalidArgumentError(base::Cat("'", text, "' is no time that can be read"));
}

// Takes a number of at most `digits_max` digits off `text`.
std::optional<int64_t> TakeNumber(std::string_view& text, size_t digits_max) {
  int64_t number = 0;
  size_t count = 0;
  while (count < digits_max && count < text.size() && IsDigit(text[count])) {
    number = number * 10 + (text[count++] - '0');
  }
  if (count == 0) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

// A fraction of a second in microseconds; digits behind the sixth are cut off.
std::optional<int64_t> TakeFraction(std::string_view& text) {
  const size_t before = text.size();
  std::optional<int64_t> number = TakeNumber(text, 6);
  if (!number) return std::nullopt;
  for (size_t digits = before - text.size(); digits < 6; ++digits) *number *= 10;
  while (!text.empty() && IsDigit(text[0])) text.remove_prefix(1);
  return number;
}

// "Z", "+03:00", "+0300", "+03"; 0 for nothing.
std::optional<int64_t> TakeOffset(std::string_view& text) {
  if (text.empty() || base::TakePrefix(text, "Z") || base::TakePrefix(text, "UTC")) return 0;
  const int64_t sign = text[0] == '+' ? 1 : text[0] == '-' ? -1 : 0;
  if (sign == 0) return std::nullopt;
  text.remove_prefix(1);
  const std::optional<int64_t> hours = TakeNumber(text, 2);
  if (!hours) return std::nullopt;
  base::TakePrefix(text, ":");
  const int64_t minutes = TakeNumber(text, 2).value_or(0);
  return sign * (*hours * 60 + minutes) * 60 * 1'000'000;
}

// "20:56:35.45" into the parts behind the date.
bool TakeClock(std::string_view& text, TimeParts& parts) {
  for (size_t i = 3; i < 6; ++i) {
    const std::optional<int64_t> number = TakeNumber(text, 2);
    if (!number) return false;
    parts.numbers[i] = *number;
    if (!base::TakePrefix(text, ":")) {
      if (i == 3) return false;
      break;
    }
  }
  if (!base::TakePrefix(text, ".") && !base::TakePrefix(text, ",")) return true;
  const std::optional<int64_t> fraction = TakeFraction(text);
  parts.numbers[6] = fraction.value_or(0);
  return fraction.has_value();
}

bool TakeDate(std::string_view& text, TimeParts& parts) {
  const std::optional<int64_t> year = TakeNumber(text, 4);
  if (!year) return false;
  parts.numbers[0] = *year;
  for (size_t i = 1; i < 3; ++i) {
    if (!base::TakePrefix(text, "-") && !base::TakePrefix(text, "/")) return i == 2;
    const std::optional<int64_t> number = TakeNumber(text, 2);
    if (!number) return false;
    parts.numbers[i] = *number;
  }
  return true;
}

// The C library's form of the parts; its weekday and day of the year are right.
std::tm ToTm(const TimeParts& parts) {
  std::tm tm{};
  tm.tm_year = static_cast<int>(parts.numbers[0] - 1900);
  tm.tm_mon = static_cast<int>(parts.numbers[1] - 1);
  tm.tm_mday = static_cast<int>(parts.numbers[2]);
  tm.tm_hour = static_cast<int>(parts.numbers[3]);
  tm.tm_min = static_cast<int>(parts.numbers[4]);
  tm.tm_sec = static_cast<int>(parts.numbers[5]);
  const absl::CivilDay day(parts.numbers[0], static_cast<int>(parts.numbers[1]), tm.tm_mday);
  tm.tm_yday = absl::GetYearDay(day) - 1;
  tm.tm_wday = (static_cast<int>(absl::GetWeekday(day)) + 1) % 7;
  return tm;
}

std::string OffsetText(int64_t offset_micros) {
  const int64_t minutes = offset_micros / 60'000'000;
  const int64_t magnitude = minutes < 0 ? -minutes : minutes;
  return absl::StrFormat("%c%02d%02d", minutes < 0 ? '-' : '+', magnitude / 60, magnitude % 60);
}

}  // namespace

absl::StatusOr<TimeParts> ParseTimeText(const std::string& text) {
  TimeParts parts;
  std::string_view rest = text;
  if (!TakeDate(rest, parts)) return NoTime(text);
  if (base::TakePrefix(rest, "T") || base::TakePrefix(rest, " ")) {
    if (!TakeClock(rest, parts)) return NoTime(text);
    base::TakePrefix(rest, " ");
  }
  const std::optional<int64_t> offset = TakeOffset(rest);
  if (!offset || !rest.empty()) return NoTime(text);
  parts.offset_micros = *offset;
  return parts;
}

absl::StatusOr<TimeParts> ParseTimeAs(const std::string& text, const std::string& format) {
  if (text.size() > kTextBytesMax || format.size() > kTextBytesMax) return NoTime(text);
  std::tm tm{};
  tm.tm_mday = 1;
  TimeParts parts;
  // The C library knows no %f: the format is read in the pieces between.
  std::string_view rest = text;
  std::string_view left = format;
  while (true) {
    const size_t fraction = left.find("%f");
    const std::string piece(left.substr(0, fraction));
    const char* end = strptime(rest.data(), piece.c_str(), &tm);
    if (end == nullptr) return NoTime(text);
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    if (fraction == std::string_view::npos) break;
    const std::optional<int64_t> micros = TakeFraction(rest);
    if (!micros) return NoTime(text);
    parts.numbers[6] = *micros;
    left.remove_prefix(fraction + 2);
  }
  if (!rest.empty()) return NoTime(text);
  parts.numbers[0] = tm.tm_year == 0 ? 1900 : tm.tm_year + 1900;
  parts.numbers[1] = tm.tm_mon + 1;
  parts.numbers[2] = tm.tm_mday;
  parts.numbers[3] = tm.tm_hour;
  parts.numbers[4] = tm.tm_min;
  parts.numbers[5] = tm.tm_sec;
  parts.offset_micros = tm.tm_gmtoff * 1'000'000;
  return parts;
}

absl::StatusOr<std::string> FormatTimeAs(const TimeParts& parts, const std::string& format) {
  if (format.size() > kTextBytesMax) return absl::InvalidArgumentError("the format is too long");
  const std::tm tm = ToTm(parts);
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 >= format.size()) {
      out.push_back(format[i]);
      continue;
    }
    const char code = format[++i];
    if (code == 'f') {
      out += absl::StrFormat("%06d", parts.numbers[6]);
    } else if (code == 'z') {
      out += OffsetText(parts.offset_micros);
    } else if (code == 'Z') {
      out += "UTC";
    } else {
      // A space in front, so that an empty result and a failure differ.
      const char one[] = {' ', '%', code, 0};
      std::array<char, 128> buffer;
      const size_t length = strftime(buffer.data(), buffer.size(), one, &tm);
      if (length > 0) out.append(buffer.data() + 1, length - 1);
    }
  }
  return out;
}

}  // namespace gregale::workflow::expr
