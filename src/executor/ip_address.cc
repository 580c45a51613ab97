#include "executor/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

constexpr size_t kTextCharsMax = INET6_ADDRSTRLEN;

}  // namespace

absl::StatusOr<IpAddress> IpAddress::Parse(std::string_view text) {
  IpAddress address;
  const std::string copy(text.substr(0, kTextCharsMax));
  if (inet_pton(AF_INET, copy.c_str(), address.bytes_.data()) == 1) {
    address.v6_ = false;
  } else if (inet_pton(AF_INET6, copy.c_str(), address.bytes_.data()) == 1) {
    address.v6_ = true;
  } else {
    return absl::InvalidArgumentError(base::Cat("'", copy, "' is no IPv4 or IPv6 address"));
  }
  if (!address.CanBeProbed()) {
    return absl::InvalidArgumentError(base::Cat("'", copy, "' is not the address of one host"));
  }
  return address;
}

bool IpAddress::CanBeProbed() const {
  if (v6_) {
    const bool unspecified =
        std::all_of(bytes_.begin(), bytes_.end(), [](uint8_t b) { return b == 0; });
    return !unspecified && bytes_[0] != 0xff;
  }
  return bytes_[0] != 0 && bytes_[0] < 224;  // 0/8, multicast, reserved and broadcast
}

IpAddress IpAddress::From(const sockaddr_in& address) {
  IpAddress result;
  std::memcpy(result.bytes_.data(), &address.sin_addr, 4);
  return result;
}

IpAddress IpAddress::From(const sockaddr_in6& address) {
  IpAddress result;
  result.v6_ = true;
  std::memcpy(result.bytes_.data(), &address.sin6_addr, 16);
  return result;
}

std::string IpAddress::ToText() const {
  char text[INET6_ADDRSTRLEN];
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text, sizeof text);
  return text;
}

socklen_t IpAddress::ToSockaddr(uint16_t port, sockaddr_storage* out) const {
  if (v6_) {
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port);
    std::memcpy(&address.sin6_addr, bytes_.data(), 16);
    std::memcpy(out, &address, sizeof address);
    return sizeof address;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  std::memcpy(&address.sin_addr, bytes_.data(), 4);
  std::memcpy(out, &address, sizeof address);
  return sizeof address;
}

}  // namespace gregale::executor
