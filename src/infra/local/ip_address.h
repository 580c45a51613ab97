#pragma once

#include <cstdint>
#include <string>

namespace gregale::infra {

// An IPv4 or IPv6 address in network byte order: 4 or 16 bytes.
struct IpAddress {
  std::string bytes;

  // From the number that an IPv4 address is (198.18.0.1 is 0xc6120001).
  static IpAddress V4(uint32_t number);

  bool is_v4() const { return bytes.size() == 4; }
  unsigned char family() const;
  uint32_t number() const;   // of an IPv4 address; 0 otherwise
  std::string Text() const;  // "198.18.0.1"
};

// The IPv4 address that `text` is; 0 where it is none.
uint32_t ParseIpv4(const std::string& text);

}  // namespace gregale::infra
