#include "base/clock.h"

#include <time.h>

namespace gregale::base {
namespace {

absl::Duration Read(clockid_t id) {
  timespec time;
  clock_gettime(id, &time);
  return absl::DurationFromTimespec(time);
}

}  // namespace

MonoTime SystemClock::Mono() const { return MonoTime::FromDuration(Read(CLOCK_MONOTONIC)); }

absl::Time SystemClock::Wall() const { return absl::UnixEpoch() + Read(CLOCK_REALTIME); }

}  // namespace gregale::base
