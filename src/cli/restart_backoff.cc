#include "cli/restart_backoff.h"

#include <algorithm>

namespace gregale::cli {

absl::Duration RestartBackoff::Next(absl::Duration lived) {
  constexpr absl::Duration kFirst = absl::Milliseconds(100);
  constexpr absl::Duration kLongest = absl::Seconds(1);
  constexpr absl::Duration kHealthyLife = absl::Seconds(10);
  if (next_ == absl::ZeroDuration() || lived >= kHealthyLife) next_ = kFirst;
  const absl::Duration wait = next_;
  next_ = std::min(2 * next_, kLongest);
  return wait;
}

}  // namespace gregale::cli
