#pragma once

#include <cstdint>

#include "base/clock.h"

namespace gregale::executor {

// How busy the loop's thread is: the part of its time in which it works, or waits for a processor
// to work, which is when probes become late. Smoothed over some samples. On the loop's thread.
class LoopLoad {
 public:
  explicit LoopLoad(const base::Clock& clock) : clock_(clock), since_(clock.Mono()) {}
  // Since the last sample, in thousandths.
  uint32_t Sample();

 private:
  const base::Clock& clock_;
  base::MonoTime since_;
  int64_t busy_ = 0;  // nanoseconds of the thread, at `since_`
  double smooth_ = 0;
};

}  // namespace gregale::executor
