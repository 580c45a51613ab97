#pragma once

#include <algorithm>

#include "absl/time/time.h"
#include "base/random.h"

namespace gregale::executor {

// How long to wait before the next attempt: twice as long each time, from `first` to `longest`, and
// of that a random part between a half and the whole, so that many who fail together do not come
// back together.
class Backoff {
 public:
  Backoff(base::Random& random, absl::Duration first, absl::Duration longest)
      : random_(random), first_(first), longest_(longest), next_(first) {}

  absl::Duration Next() {
    const absl::Duration whole = next_;
    next_ = std::min(next_ * 2, longest_);
    return whole / 2 + whole / 2 * (static_cast<double>(random_.Below(1001)) / 1000);
  }
  void Reset() { next_ = first_; }

 private:
  base::Random& random_;
  absl::Duration first_;
  absl::Duration longest_;
  absl::Duration next_;
};

}  // namespace gregale::executor
