#include <cstddef>
#include <cstdint>

#include "fuzz/targets.h"

// libFuzzer's entry; GREGALE_FUZZ_TARGET is the function.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  gregale::fuzz::GREGALE_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}
