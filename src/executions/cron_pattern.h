#pragma once

#include <array>
#include <bitset>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace gregale::executions {

// When a cron trigger fires, in UTC: "minute hour day month weekday [second]", as croniter reads
// it. A field is a list of `*`, numbers, ranges `a-b` and steps `*/n`, `a-b/n`, `a/n`; months and
// weekdays have names; 0 and 7 are Sunday; `L` is the last day of the month, `L5` the last Friday,
// `5#2` the second one; `?` is `*`. Where both the day and the weekday are restricted, either of
// them is enough. "@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"
// are patterns, too. Immutable.
class CronPattern {
 public:
  // kInvalidArgument says which field is wrong.
  static absl::StatusOr<CronPattern> Parse(std::string_view text);

  // The first time after `time`; nullopt where there is none within fifty years.
  std::optional<absl::Time> Next(absl::Time time) const;

 private:
  // Of a weekday only those in some weeks of the month.
  struct WeekdayOfMonth {
    int weekday = 0;  // 0: Sunday
    int week = 0;     // from 1; 0: the last
  };

  CronPattern() = default;
  bool IsDay(absl::CivilDay day) const;
  // The first second of the day from `from` on that fits.
  std::optional<absl::CivilSecond> FirstOnDay(absl::CivilSecond from) const;

  std::bitset<60> seconds_;
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;    // from 1
  std::bitset<13> months_;  // from 1
  std::bitset<7> weekdays_;
  std::vector<WeekdayOfMonth> weekdays_of_month_;
  bool last_day_ = false;
  bool any_day_ = true;
  bool any_weekday_ = true;

  friend class CronReader;
};

}  // namespace gregale::executions
