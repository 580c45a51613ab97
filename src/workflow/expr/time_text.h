#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace gregale::workflow::expr {

// A time as people write it.
struct TimeParts {
  int64_t numbers[7] = {1900, 1, 1, 0,
                        0,    0, 0};  // year, month, day, hour, minute, second, microsecond
  int64_t offset_micros = 0;          // of its zone from UTC
};

// Reads ISO 8601 and its like: "2015-8-29", "2008-09-03T20:56:35.450686+03:00", "2008-09-03
// 20:56Z".
absl::StatusOr<TimeParts> ParseTimeText(const std::string& text);

// Python's strptime() and strftime().
absl::StatusOr<TimeParts> ParseTimeAs(const std::string& text, const std::string& format);
absl::StatusOr<std::string> FormatTimeAs(const TimeParts& parts, const std::string& format);

}  // namespace gregale::workflow::expr
