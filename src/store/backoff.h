#pragma once

#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"

namespace gregale::store {

// Blocks for `duration`. For what gives no sign when it is over: another process's lock.
void Pause(absl::Duration duration);

// The pauses between attempts: they grow, differ between processes, and end at a deadline.
class Backoff {
 public:
  // Waits `limit` in all, `pause_max` at a time.
  Backoff(const base::Clock& clock, absl::Duration limit, absl::Duration pause_max);
  // Time left, by the clock or by what was waited, whichever is less (a simulated clock may stand).
  absl::Duration Left() const;
  // Pauses before the next attempt; false at the deadline.
  bool Wait();

 private:
  const base::Clock& clock_;
  const base::MonoTime begin_;
  const absl::Duration limit_;
  const absl::Duration pause_max_;
  absl::Duration waited_;
  int attempt_ = 0;
};

}  // namespace gregale::store
