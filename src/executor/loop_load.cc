#include "executor/loop_load.h"

#include <algorithm>
#include <fstream>

namespace gregale::executor {
namespace {

constexpr double kWeight = 0.25;

// Running and waiting to run; 0 where the kernel does not count it.
int64_t BusyNanoseconds() {
  int64_t ran = 0, waited = 0;
  std::ifstream("/proc/thread-self/schedstat") >> ran >> waited;
  return ran + waited;
}

}  // namespace

uint32_t LoopLoad::Sample() {
  const base::MonoTime now = clock_.Mono();
  const int64_t busy = BusyNanoseconds();
  const double passed = absl::ToDoubleNanoseconds(now - since_);
  if (busy_ > 0 && passed > 0) {
    const double share = std::clamp(static_cast<double>(busy - busy_) / passed, 0.0, 1.0);
    smooth_ += kWeight * (share - smooth_);
  }
  busy_ = busy;
  since_ = now;
  return static_cast<uint32_t>(smooth_ * 1000);
}

}  // namespace gregale::executor
