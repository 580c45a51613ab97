#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "workflow/expr/ast.h"
#include "workflow/expr/value.h"

// Python's datetime with a time zone, and timedelta, to the microsecond.
namespace gregale::workflow::expr {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// Microseconds since 1970 by the local clock, and the zone's offset.
struct DatetimeObject : Object {
  DatetimeObject(int64_t local, int64_t offset) : local_micros(local), offset_micros(offset) {}
  int64_t local_micros;
  int64_t offset_micros;
};

inline const DatetimeObject& DatetimeOf(const Value& datetime) {
  return *static_cast<const DatetimeObject*>(datetime.object());
}

inline int64_t UtcMicros(const Value& datetime) {
  return DatetimeOf(datetime).local_micros - DatetimeOf(datetime).offset_micros;
}

// kOutOfRange outside of the years 1 to 9999.
absl::StatusOr<Value> DatetimeValue(int64_t local_micros, int64_t offset_micros, Heap& heap);

// + - * / of datetimes, timespans and numbers; kInvalidArgument for any other operands.
absl::StatusOr<Value> TimeArithmetic(Op op, const Value& a, const Value& b, Heap& heap);

}  // namespace gregale::workflow::expr
