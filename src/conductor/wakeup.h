#pragma once

#include <cstdint>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/mutex.h"

namespace gregale::conductor {

// How threads that wait are told that there may be something to do. Thread-safe. A notification is
// never lost: who names the last one it has seen does not wait where a newer one has come.
class Wakeup {
 public:
  void Notify() {
    base::MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  // Blocks until a notification after the `seen`-th, or for `timeout`; returns the number of the
  // newest.
  uint64_t Wait(uint64_t seen, absl::Duration timeout) {
    base::MutexLock lock(mutex_);
    if (count_ == seen) changed_.WaitFor(mutex_, timeout);
    return count_;
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  uint64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace gregale::conductor
