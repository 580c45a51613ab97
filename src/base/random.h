#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gregale::base {

// Where randomness comes from. Only main.cc makes the real one. Thread-safe.
class Random {
 public:
  virtual ~Random() = default;
  // 64 uniform bits.
  virtual uint64_t Next() = 0;

  // Uniform in [0, bound); bound > 0.
  uint64_t Below(uint64_t bound) { return Next() % bound; }
};

// The kernel's randomness (getrandom), unpredictable; each thread fetches some ahead.
class SystemRandom : public Random {
 public:
  uint64_t Next() override;
};

// A random UUID (RFC 9562 version 4), lower case with hyphens.
std::string NewUuid(Random& random);

// Has the form of a UUID: 8-4-4-4-12 hexadecimal digits, either case.
bool IsUuid(std::string_view text);

}  // namespace gregale::base
