#pragma once

#include <cstdint>
#include <limits>

#include "absl/time/time.h"
#include "base/clock.h"

namespace gregale::executor {

// A base::MonoTime in half the space, for what there are a million of: whole nanoseconds.
class ShortTime {
 public:
  constexpr ShortTime() = default;
  explicit ShortTime(base::MonoTime time)
      : nanoseconds_(absl::ToInt64Nanoseconds(time.since_start())) {}
  static constexpr ShortTime FromNanoseconds(int64_t nanoseconds) {
    ShortTime time;
    time.nanoseconds_ = nanoseconds;
    return time;
  }
  static constexpr ShortTime Never() {
    return FromNanoseconds(std::numeric_limits<int64_t>::max());
  }

  base::MonoTime get() const {
    if (*this == Never()) return base::MonoTime::Never();
    return base::MonoTime::FromDuration(absl::Nanoseconds(nanoseconds_));
  }
  int64_t nanoseconds() const { return nanoseconds_; }

  friend constexpr auto operator<=>(const ShortTime&, const ShortTime&) = default;

 private:
  int64_t nanoseconds_ = 0;
};

}  // namespace gregale::executor
