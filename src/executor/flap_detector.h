#pragma once

#include <deque>

#include "base/clock.h"
#include "policies/monitoring.h"

namespace gregale::executor {

// Whether a target flaps: it has recovered by itself so often within a time. Pure: time is an
// argument.
class FlapDetector {
 public:
  // true: from this recovery on, it does.
  bool Recovered(base::MonoTime now, const policies::FlapDamping& damping) {
    const bool before = IsFlapping(now, damping);
    recoveries_.push_back(now);
    while (recoveries_.size() > static_cast<size_t>(damping.count)) recoveries_.pop_front();
    return !before && IsFlapping(now, damping);
  }
  bool IsFlapping(base::MonoTime now, const policies::FlapDamping& damping) const {
    return damping.count > 0 && recoveries_.size() >= static_cast<size_t>(damping.count) &&
           now - recoveries_.front() <= damping.window;
  }
  void Reset() { recoveries_.clear(); }

 private:
  std::deque<base::MonoTime> recoveries_;  // the newest, FlapDamping::count of them
};

}  // namespace gregale::executor
