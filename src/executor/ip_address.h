#pragma once

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace gregale::executor {

// An IPv4 or IPv6 unicast address: a value.
class IpAddress {
 public:
  // 0.0.0.0: to be assigned to.
  IpAddress() = default;
  // kInvalidArgument: no address, or one that cannot be probed (unspecified, multicast, broadcast).
  // Never asks a name server.
  static absl::StatusOr<IpAddress> Parse(std::string_view text);
  // From a packet's sender.
  static IpAddress From(const sockaddr_in& address);
  static IpAddress From(const sockaddr_in6& address);

  bool is_v6() const { return v6_; }
  std::string ToText() const;
  // Fills `out` and returns its length.
  socklen_t ToSockaddr(uint16_t port, sockaddr_storage* out) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  bool CanBeProbed() const;

  bool v6_ = false;
  std::array<uint8_t, 16> bytes_{};  // an IPv4 address is in the first four
};

}  // namespace gregale::executor
