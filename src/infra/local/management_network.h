#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "infra/local/ip_address.h"
#include "infra/local/links.h"
#include "infra/local/netlink.h"

namespace gregale::infra {

// The management network of one local VIM: a bridge of this machine with the VIM's VDUs as its
// ports. It is named gr<8 hex digits of the VIM's id>, its IPv6 /64 is fd67:7265:<the same
// digits>::, its IPv4 /20 is one of the 32 in 198.18.0.0/15 (set aside for benchmarks by RFC 2544,
// so nobody's real network); which one, its gateway's address on the bridge tells. The kernel's
// state is the only record.
struct ManagementNetwork {
  std::string bridge;
  int bridge_index = 0;
  uint32_t subnet = 0;    // 198.18.16.0 as a number
  bool has_ipv6 = false;  // not where the machine has IPv6 switched off

  MacAddress bridge_mac() const;
  IpAddress gateway4() const;
  IpAddress gateway6() const;
};

inline constexpr uint8_t kSubnetBits = 20;
inline constexpr uint8_t kSubnetBits6 = 64;
// Numbers within a subnet that VDUs get: from behind the gateway up to before the broadcast
// address.
inline constexpr uint32_t kFirstHost = 2;
inline constexpr uint32_t kLastHost = (1u << (32 - kSubnetBits)) - 2;

// What a VDU with this IPv4 address of the network has besides.
IpAddress VduAddress6(const ManagementNetwork& network, uint32_t ipv4);
MacAddress VduMac(uint32_t ipv4);

std::string BridgeName(std::string_view vim_id);

// The first of the subnets, counted round from number `start`, that overlaps none of `taken`; 0:
// all do.
uint32_t ChooseSubnet(uint32_t start, const std::vector<Prefix>& taken);

// Makes the network, or what is missing of it. Also makes sure that no packet to any local VIM's
// address leaves this machine, now and after its bridge has gone: all of them are unreachable
// otherwise. kResourceExhausted: no subnet is left. Under the lock of the namespaces, as all below.
absl::StatusOr<ManagementNetwork> MakeManagementNetwork(NetlinkSocket& socket,
                                                        std::string_view vim_id);

// kNotFound where there is none (or a half-made one).
absl::StatusOr<ManagementNetwork> FindManagementNetwork(NetlinkSocket& socket,
                                                        std::string_view vim_id);

// Removes the bridge. OK where there is none.
absl::Status RemoveManagementNetwork(NetlinkSocket& socket, std::string_view vim_id);

// Removes the unreachable routes, unless the bridge of another local VIM is left on this machine.
absl::Status RemoveUnreachableRoutes(NetlinkSocket& socket);

}  // namespace gregale::infra
