#include "store/backoff.h"

#include <algorithm>

#include "base/mutex.h"

namespace gregale::store {

namespace {

constexpr absl::Duration kFirstPause = absl::Microseconds(250);
// 250 us doubled so often are longer than any pause.
constexpr int kDoublingsMax = 20;

// A number in [0.5, 1) that two processes hardly ever share: the clock's nanoseconds, mixed. Spread
// is all that is asked of it.
double Spread(const base::Clock& clock) {
  auto bits = static_cast<uint64_t>(absl::ToInt64Nanoseconds(clock.Mono().since_start()));
  bits *= 0x9e3779b97f4a7c15u;
  return 0.5 + static_cast<double>(bits >> 40) / static_cast<double>(1u << 25);
}

}  // namespace

void Pause(absl::Duration duration) {
  base::Mutex mutex;
  base::CondVar never;
  base::MutexLock lock(mutex);
  never.WaitFor(mutex, duration);
}

Backoff::Backoff(const base::Clock& clock, absl::Duration limit, absl::Duration pause_max)
    : clock_(clock), begin_(clock.Mono()), limit_(limit), pause_max_(pause_max) {}

absl::Duration Backoff::Left() const { return limit_ - std::max(waited_, clock_.Mono() - begin_); }

bool Backoff::Wait() {
  const absl::Duration left = Left();
  if (left <= absl::ZeroDuration()) return false;
  const absl::Duration step = kFirstPause * (1 << std::min(attempt_++, kDoublingsMax));
  const absl::Duration pause = std::min({step, pause_max_, left}) * Spread(clock_);
  Pause(pause);
  waited_ += pause;
  return true;
}

}  // namespace gregale::store
