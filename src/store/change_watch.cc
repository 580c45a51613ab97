#include "store/change_watch.h"

#include <algorithm>
#include <utility>

namespace gregale::store {

void ChangeWatch::Committed() {
  base::MutexLock lock(mutex_);
  // Takes note of the version that this commit made, so that it is not found again as another's.
  Look();
  ++changes_;
  changed_.NotifyAll();
}

void ChangeWatch::Wait(int64_t& token, absl::Duration timeout) {
  const absl::Duration slice_max = sign_ == nullptr ? absl::Minutes(1) : kLookInterval;
  base::MutexLock lock(mutex_);
  if (Look()) ++changes_;
  while (changes_ == token && timeout > absl::ZeroDuration()) {
    const absl::Duration slice = std::min(timeout, slice_max);
    if (changed_.WaitFor(mutex_, slice)) continue;
    timeout -= slice;
    if (!Look()) continue;
    ++changes_;
    changed_.NotifyAll();
  }
  token = changes_;
}

bool ChangeWatch::Look() {
  if (sign_ == nullptr) return false;
  const int64_t version = sign_->Version();
  return std::exchange(version_, version) != version;
}

}  // namespace gregale::store
