#pragma once

#include <string>

namespace gregale::bench {

// An address in 127.0.0.0/8, a different one for each number up to 15,000,000.
inline std::string TargetAddress(int number) {
  return "127." + std::to_string(1 + number / 60'000) + "." + std::to_string(number / 240 % 250) +
         "." + std::to_string(number % 240 + 1);
}

}  // namespace gregale::bench
