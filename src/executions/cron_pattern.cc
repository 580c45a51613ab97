#include "executions/cron_pattern.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"

namespace gregale::executions {
namespace {

constexpr size_t kPatternBytesMax = 1024;
constexpr int kStepMax = 60;  // beyond every field
constexpr int kYearsAhead = 50;

constexpr std::string_view kMonthNames[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                            "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::string_view kWeekdayNames[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Alias {
  std::string_view name;
  std::string_view pattern;
};
constexpr Alias kAliases[] = {{"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
                              {"@daily", "0 0 * * *"},    {"@weekly", "0 0 * * 0"},
                              {"@monthly", "0 0 1 * *"},  {"@yearly", "0 0 1 1 *"},
                              {"@annually", "0 0 1 1 *"}};

// What may stand in a field.
struct Field {
  std::string_view what;
  int low;
  int high;
  std::span<const std::string_view> names;  // of the values from `low` on
};
constexpr Field kMinute = {"minute", 0, 59, {}};
constexpr Field kHour = {"hour", 0, 23, {}};
constexpr Field kDay = {"day", 1, 31, {}};
constexpr Field kMonth = {"month", 1, 12, kMonthNames};
constexpr Field kWeekday = {"weekday", 0, 7, kWeekdayNames};
constexpr Field kSecond = {"second", 0, 59, {}};

absl::Status Bad(const Field& field, std::string_view text) {
  return absl::InvalidArgumentError(base::Cat("'", text, "' is no ", field.what));
}

absl::StatusOr<int> ReadValue(const Field& field, std::string_view text) {
  for (size_t i = 0; i < field.names.size(); ++i) {
    if (field.names[i] == text) return field.low + static_cast<int>(i);
  }
  int value = 0;
  const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == text.npos &&
                         absl::SimpleAtoi(base::ToAbsl(text), &value);
  if (!is_number || value < field.low || value > field.high) return Bad(field, text);
  return value;
}

// From, to and every how many.
struct Range {
  int low = 0;
  int high = 0;
  int step = 1;
};

absl::StatusOr<Range> ReadRange(const Field& field, std::string_view text) {
  Range range = {.low = field.low, .high = field.high};
  const size_t slash = text.find('/');
  const std::string_view base = text.substr(0, slash);
  if (slash != text.npos) {
    const std::string_view step = text.substr(slash + 1);
    const bool is_number = step.find_first_not_of("0123456789") == step.npos;
    if (!is_number || !absl::SimpleAtoi(base::ToAbsl(step), &range.step) || range.step < 1) {
      return Bad(field, text);
    }
    range.step = std::min(range.step, kStepMax);
  }
  if (base == "*" || base == "?") return range;
  const size_t dash = base.find('-');
  GREGALE_ASSIGN_OR_RETURN(range.low, ReadValue(field, base.substr(0, dash)));
  if (dash != base.npos) {
    GREGALE_ASSIGN_OR_RETURN(range.high, ReadValue(field, base.substr(dash + 1)));
    // "fri-sun".
    if (field.names.data() == kWeekdayNames && range.high == 0 && range.low > 0) range.high = 7;
  } else if (slash == text.npos) {
    range.high = range.low;
  }
  if (range.low > range.high) return Bad(field, text);
  return range;
}

template <size_t kSize>
absl::Status AddRange(const Field& field, std::string_view text, std::bitset<kSize>& values) {
  GREGALE_ASSIGN_OR_RETURN(const Range range, ReadRange(field, text));
  for (int value = range.low; value <= range.high; value += range.step) {
    values.set(static_cast<size_t>(value) % kSize);
  }
  return absl::OkStatus();
}

template <size_t kSize>
absl::Status ReadList(const Field& field, std::string_view text, std::bitset<kSize>& values) {
  for (const std::string_view piece : base::Split(text, ',')) {
    GREGALE_RETURN_IF_ERROR(AddRange(field, piece, values));
  }
  return absl::OkStatus();
}

// 0: Sunday.
int WeekdayOf(absl::CivilDay day) { return (static_cast<int>(absl::GetWeekday(day)) + 1) % 7; }

int LastDayOf(absl::CivilDay day) { return (absl::CivilDay(absl::CivilMonth(day) + 1) - 1).day(); }

// The first value from `from` on; nullopt where there is none.
template <size_t kSize>
std::optional<int> FirstFrom(const std::bitset<kSize>& values, int from) {
  for (auto i = static_cast<size_t>(from); i < kSize; ++i) {
    if (values.test(i)) return static_cast<int>(i);
  }
  return std::nullopt;
}

}  // namespace

// Reads the fields that know more than lists of ranges.
class CronReader {
 public:
  explicit CronReader(CronPattern& pattern) : pattern_(pattern) {}

  absl::Status ReadDays(std::string_view text) {
    pattern_.any_day_ = text == "*" || text == "?";
    for (const std::string_view piece : base::Split(text, ',')) {
      if (piece == "l") {
        pattern_.last_day_ = true;
        continue;
      }
      GREGALE_RETURN_IF_ERROR(AddRange(kDay, piece, pattern_.days_));
    }
    return absl::OkStatus();
  }

  absl::Status ReadWeekdays(std::string_view text) {
    pattern_.any_weekday_ = text == "*" || text == "?";
    for (std::string_view piece : base::Split(text, ',')) {
      const size_t hash = piece.find('#');
      const bool is_last = hash == piece.npos && piece.size() > 1 && base::TakePrefix(piece, "l");
      if (hash == piece.npos && !is_last) {
        GREGALE_RETURN_IF_ERROR(AddRange(kWeekday, piece, pattern_.weekdays_));
        continue;
      }
      GREGALE_ASSIGN_OR_RETURN(const int weekday, ReadValue(kWeekday, piece.substr(0, hash)));
      int week = 0;
      if (!is_last) {
        GREGALE_ASSIGN_OR_RETURN(week,
                                 ReadValue({"week of a month", 1, 5, {}}, piece.substr(hash + 1)));
      }
      pattern_.weekdays_of_month_.push_back({.weekday = weekday % 7, .week = week});
    }
    return absl::OkStatus();
  }

 private:
  CronPattern& pattern_;
};

absl::StatusOr<CronPattern> CronPattern::Parse(std::string_view text) {
  if (text.size() > kPatternBytesMax) return absl::InvalidArgumentError("it is too long");
  std::string lowered = absl::AsciiStrToLower(base::ToAbsl(text));
  absl::RemoveExtraAsciiWhitespace(&lowered);
  for (const Alias& alias : kAliases) {
    if (alias.name == lowered) lowered = std::string(alias.pattern);
  }
  const std::vector<std::string_view> fields = base::Split(lowered, ' ');
  if (fields.size() != 5 && fields.size() != 6) {
    return absl::InvalidArgumentError("it must have five or six fields");
  }
  CronPattern pattern;
  CronReader reader(pattern);
  GREGALE_RETURN_IF_ERROR(ReadList(kMinute, fields[0], pattern.minutes_));
  GREGALE_RETURN_IF_ERROR(ReadList(kHour, fields[1], pattern.hours_));
  GREGALE_RETURN_IF_ERROR(reader.ReadDays(fields[2]));
  GREGALE_RETURN_IF_ERROR(ReadList(kMonth, fields[3], pattern.months_));
  GREGALE_RETURN_IF_ERROR(reader.ReadWeekdays(fields[4]));
  GREGALE_RETURN_IF_ERROR(
      ReadList(kSecond, fields.size() == 6 ? fields[5] : "0", pattern.seconds_));
  return pattern;
}

bool CronPattern::IsDay(absl::CivilDay day) const {
  if (!months_.test(static_cast<size_t>(day.month()))) return false;
  const int weekday = WeekdayOf(day);
  const int last = LastDayOf(day);
  const bool day_fits =
      days_.test(static_cast<size_t>(day.day())) || (last_day_ && day.day() == last);
  const bool weekday_fits =
      weekdays_.test(static_cast<size_t>(weekday)) ||
      std::ranges::any_of(weekdays_of_month_, [&](const WeekdayOfMonth& wanted) {
        const bool week_fits =
            wanted.week == 0 ? day.day() + 7 > last : (day.day() + 6) / 7 == wanted.week;
        return wanted.weekday == weekday && week_fits;
      });
  if (any_day_ || any_weekday_) return day_fits && weekday_fits;
  return day_fits || weekday_fits;
}

std::optional<absl::CivilSecond> CronPattern::FirstOnDay(absl::CivilSecond from) const {
  const absl::CivilDay day(from);
  for (auto hour = FirstFrom(hours_, from.hour()); hour; hour = FirstFrom(hours_, *hour + 1)) {
    const bool same_hour = *hour == from.hour();
    for (auto minute = FirstFrom(minutes_, same_hour ? from.minute() : 0); minute;
         minute = FirstFrom(minutes_, *minute + 1)) {
      const bool same_minute = same_hour && *minute == from.minute();
      const auto second = FirstFrom(seconds_, same_minute ? from.second() : 0);
      if (!second) continue;
      return absl::CivilSecond(day.year(), day.month(), day.day(), *hour, *minute, *second);
    }
  }
  return std::nullopt;
}

std::optional<absl::Time> CronPattern::Next(absl::Time time) const {
  const absl::TimeZone utc = absl::UTCTimeZone();
  absl::CivilSecond from = absl::ToCivilSecond(time, utc) + 1;
  const absl::CivilDay end(from.year() + kYearsAhead, from.month(), from.day());
  for (absl::CivilDay day(from); day < end; ++day) {
    if (IsDay(day)) {
      if (const auto found = FirstOnDay(from)) return absl::FromCivil(*found, utc);
    }
    from = absl::CivilSecond(day + 1);
  }
  return std::nullopt;
}

}  // namespace gregale::executions
