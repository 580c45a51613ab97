#pragma once

#include "absl/time/time.h"

namespace gregale::base {

// A point on a clock that never goes back and has no calendar. Only differences mean anything, and
// only within one process; kept apart from absl::Time (wall time) so that the two cannot be mixed
// up.
class MonoTime {
 public:
  constexpr MonoTime() = default;
  static constexpr MonoTime FromDuration(absl::Duration since_start) {
    return MonoTime(since_start);
  }
  // Later than everything.
  static MonoTime Never() { return MonoTime(absl::InfiniteDuration()); }

  absl::Duration since_start() const { return since_start_; }

  friend MonoTime operator+(MonoTime t, absl::Duration d) { return MonoTime(t.since_start_ + d); }
  friend MonoTime operator-(MonoTime t, absl::Duration d) { return MonoTime(t.since_start_ - d); }
  friend absl::Duration operator-(MonoTime a, MonoTime b) {
    return a.since_start_ - b.since_start_;
  }
  friend bool operator==(MonoTime a, MonoTime b) { return a.since_start_ == b.since_start_; }
  friend bool operator<(MonoTime a, MonoTime b) { return a.since_start_ < b.since_start_; }
  friend bool operator>(MonoTime a, MonoTime b) { return b < a; }
  friend bool operator<=(MonoTime a, MonoTime b) { return !(b < a); }
  friend bool operator>=(MonoTime a, MonoTime b) { return !(a < b); }

 private:
  explicit constexpr MonoTime(absl::Duration since_start) : since_start_(since_start) {}
  absl::Duration since_start_;
};

// Where time comes from. Only main.cc makes the real one; everything else is given a reference.
// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonoTime Mono() const = 0;
  virtual absl::Time Wall() const = 0;
};

// The machine's clocks: CLOCK_MONOTONIC and CLOCK_REALTIME.
class SystemClock : public Clock {
 public:
  MonoTime Mono() const override;
  absl::Time Wall() const override;
};

}  // namespace gregale::base
