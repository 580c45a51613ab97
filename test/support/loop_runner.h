#pragma once

#include <functional>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/epoll_loop.h"

namespace gregale::base {

// Runs a real event loop on this thread until `predicate` holds, which is asked after each round;
// false where it does not within `limit` of real time.
inline bool RunLoopUntil(EventLoop& loop, const std::function<bool()>& predicate,
                         absl::Duration limit) {
  const MonoTime end = loop.Now() + limit;
  while (!predicate()) {
    const absl::Duration left = end - loop.Now();
    if (left <= absl::ZeroDuration()) return false;
    loop.RunOnce(left);
  }
  return true;
}

}  // namespace gregale::base
