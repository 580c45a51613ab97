#pragma once

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <string>

// What fill_store writes and api_bench asks for.
namespace gregale::bench {

// The id of VNF `number` of a filled store: ordered, as servers make them, and random behind that.
inline std::string FilledVnfId(uint64_t number) {
  uint64_t mixed = (number + 1) * 0x9e3779b97f4a7c15u;
  mixed ^= mixed >> 29;
  char text[40];
  std::snprintf(text, sizeof text, "01900000-%04x-7%03x-8%03x-%012" PRIx64,
                static_cast<unsigned>(number >> 12 & 0xffff), static_cast<unsigned>(number & 0xfff),
                static_cast<unsigned>(mixed >> 52), mixed & 0xffffffffffffu);
  return text;
}

}  // namespace gregale::bench
