#include "infra/local/ip_address.h"

#include <arpa/inet.h>

#include <array>
#include <cstring>

namespace gregale::infra {

IpAddress IpAddress::V4(uint32_t number) {
  const uint32_t network_order = htonl(number);
  return {std::string(reinterpret_cast<const char*>(&network_order), sizeof(network_order))};
}

unsigned char IpAddress::family() const { return is_v4() ? AF_INET : AF_INET6; }

uint32_t IpAddress::number() const {
  uint32_t network_order = 0;
  if (is_v4()) std::memcpy(&network_order, bytes.data(), sizeof(network_order));
  return ntohl(network_order);
}

std::string IpAddress::Text() const {
  std::array<char, INET6_ADDRSTRLEN> text = {};
  inet_ntop(family(), bytes.data(), text.data(), text.size());
  return text.data();
}

uint32_t ParseIpv4(const std::string& text) {
  in_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ? ntohl(address.s_addr) : 0;
}

}  // namespace gregale::infra
