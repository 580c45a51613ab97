#pragma once

#include <mutex>
#include <random>

#include "base/random.h"

namespace gregale::base {

// Randomness that a seed repeats.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : engine_(seed) {}

  uint64_t Next() override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return engine_();
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

}  // namespace gregale::base
