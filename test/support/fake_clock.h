#pragma once

#include "absl/base/thread_annotations.h"
#include "base/clock.h"
#include "base/mutex.h"

namespace gregale::base {

// A clock that stands still until the test moves it. Thread-safe.
class FakeClock : public Clock {
 public:
  MonoTime Mono() const override {
    MutexLock lock(mutex_);
    return MonoTime::FromDuration(elapsed_);
  }
  absl::Time Wall() const override {
    MutexLock lock(mutex_);
    return Start() + elapsed_ + wall_step_;
  }

  // Both clocks go on.
  void Advance(absl::Duration by) {
    MutexLock lock(mutex_);
    elapsed_ += by;
  }
  // Somebody sets the wall clock; the monotonic one does not notice.
  void StepWall(absl::Duration by) {
    MutexLock lock(mutex_);
    wall_step_ += by;
  }

 private:
  static absl::Time Start() { return absl::FromUnixSeconds(1'700'000'000); }

  mutable Mutex mutex_;
  absl::Duration elapsed_ ABSL_GUARDED_BY(mutex_) = absl::Hours(1);
  absl::Duration wall_step_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::base
