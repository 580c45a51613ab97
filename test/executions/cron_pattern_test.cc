#include "executions/cron_pattern.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/text.h"

namespace gregale::executions {
namespace {

constexpr char kFormat[] = "%Y-%m-%d %H:%M:%S";

absl::Time At(const std::string& text) {
  absl::Time time;
  REQUIRE(absl::ParseTime(kFormat, text, &time, nullptr));
  return time;
}

// The next times after one, with ", " between them; "never"; or what is wrong with the pattern.
std::string After(const std::string& pattern, const std::string& from, int count = 1) {
  const absl::StatusOr<CronPattern> parsed = CronPattern::Parse(pattern);
  if (!parsed.ok()) return std::string(parsed.status().message());
  std::string times;
  absl::Time time = At(from);
  for (int i = 0; i < count; ++i) {
    const std::optional<absl::Time> next = parsed->Next(time);
    if (!next) return "never";
    time = *next;
    base::Append(times, i == 0 ? "" : ", ", absl::FormatTime(kFormat, time, absl::UTCTimeZone()));
  }
  return times;
}

TEST_CASE("a pattern's next time is after the one given, to the second") {
  CHECK(After("* * * * *", "2026-02-28 23:59:00") == "2026-03-01 00:00:00");
  CHECK(After("* * * * *", "2026-02-28 23:58:59", 2) == "2026-02-28 23:59:00, 2026-03-01 00:00:00");
  CHECK(After("*/15 3,5 * * *", "2026-01-01 03:40:10", 3) ==
        "2026-01-01 03:45:00, 2026-01-01 05:00:00, 2026-01-01 05:15:00");
  CHECK(After("10-30/10 0 1 1 *", "2026-01-01 00:10:00", 3) ==
        "2026-01-01 00:20:00, 2026-01-01 00:30:00, 2027-01-01 00:10:00");
  CHECK(After("50/5 * * * *", "2026-01-01 00:00:00", 3) ==
        "2026-01-01 00:50:00, 2026-01-01 00:55:00, 2026-01-01 01:50:00");
}

TEST_CASE("the sixth field is the second") {
  CHECK(After("* * * * * */20", "2026-01-01 00:00:39", 2) ==
        "2026-01-01 00:00:40, 2026-01-01 00:01:00");
  CHECK(After("0 0 * * * 30", "2026-01-01 00:00:30") == "2026-01-02 00:00:30");
}

TEST_CASE("months and weekdays have names, and Sunday has two numbers") {
  CHECK(After("0 0 1 FEB,Nov *", "2026-01-15 00:00:00", 2) ==
        "2026-02-01 00:00:00, 2026-11-01 00:00:00");
  for (const char* sunday : {"0 0 * * 0", "0 0 * * 7", "0 0 * * sun", "@weekly"}) {
    CHECK(After(sunday, "2026-01-01 00:00:00") == "2026-01-04 00:00:00");
  }
  CHECK(After("0 0 * * fri-sun", "2026-01-01 00:00:00", 4) ==
        "2026-01-02 00:00:00, 2026-01-03 00:00:00, 2026-01-04 00:00:00, 2026-01-09 00:00:00");
}

TEST_CASE("a day and a weekday: either is enough") {
  CHECK(After("0 0 13 * fri", "2026-02-07 00:00:00", 3) ==
        "2026-02-13 00:00:00, 2026-02-20 00:00:00, 2026-02-27 00:00:00");
  CHECK(After("0 0 10 * mon", "2026-02-07 00:00:00", 3) ==
        "2026-02-09 00:00:00, 2026-02-10 00:00:00, 2026-02-16 00:00:00");
}

TEST_CASE("the last day of a month, the last Friday, the second Tuesday") {
  CHECK(After("0 0 L * *", "2028-01-31 00:00:00", 2) == "2028-02-29 00:00:00, 2028-03-31 00:00:00");
  CHECK(After("0 0 * * L5", "2026-01-01 00:00:00", 2) ==
        "2026-01-30 00:00:00, 2026-02-27 00:00:00");
  CHECK(After("0 0 * * tue#2", "2026-01-01 00:00:00", 2) ==
        "2026-01-13 00:00:00, 2026-02-10 00:00:00");
}

TEST_CASE("what never comes, or only in a leap year") {
  CHECK(After("0 0 30 2 *", "2026-01-01 00:00:00") == "never");
  CHECK(After("0 0 29 2 *", "2026-01-01 00:00:00") == "2028-02-29 00:00:00");
}

TEST_CASE("the named patterns") {
  CHECK(After("@hourly", "2026-01-01 00:00:00") == "2026-01-01 01:00:00");
  CHECK(After("@daily", "2026-01-01 00:00:00") == "2026-01-02 00:00:00");
  CHECK(After("@monthly", "2026-01-01 00:00:00") == "2026-02-01 00:00:00");
  CHECK(After("@yearly", "2026-01-01 00:00:00") == "2027-01-01 00:00:00");
}

TEST_CASE("patterns that are none say which field is wrong") {
  CHECK(After("", "2026-01-01 00:00:00") == "it must have five or six fields");
  CHECK(After("* * * *", "2026-01-01 00:00:00") == "it must have five or six fields");
  CHECK(After("60 * * * *", "2026-01-01 00:00:00") == "'60' is no minute");
  CHECK(After("* * 0 * *", "2026-01-01 00:00:00") == "'0' is no day");
  CHECK(After("* * * 13 *", "2026-01-01 00:00:00") == "'13' is no month");
  CHECK(After("* * * * 8", "2026-01-01 00:00:00") == "'8' is no weekday");
  CHECK(After("*/0 * * * *", "2026-01-01 00:00:00") == "'*/0' is no minute");
  CHECK(After("5-1 * * * *", "2026-01-01 00:00:00") == "'5-1' is no minute");
  CHECK(After("1, * * * *", "2026-01-01 00:00:00") == "'' is no minute");
  CHECK(After("* * * * 1#6", "2026-01-01 00:00:00") == "'6' is no week of a month");
  CHECK(After("-1 * * * *", "2026-01-01 00:00:00") == "'' is no minute");
  CHECK(After(std::string(2000, '*'), "2026-01-01 00:00:00") == "it is too long");
}

}  // namespace
}  // namespace gregale::executions
