#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "infra/local/ip_address.h"
#include "infra/local/netlink.h"

// The changes to links, addresses, routes and neighbours that the local VIM needs, as requests for
// a NetlinkSocket. All are repeatable: adding what is there and removing what is gone succeed. So
// does adding an IPv6 address or route where IPv6 is switched off, without effect.
namespace gregale::infra {

// Six bytes.
using MacAddress = std::string;

struct Veth {
  std::string name;       // of the end in the socket's namespace
  std::string peer_name;  // of the end in the other namespace
  int peer_namespace_fd = -1;
  int bridge = 0;  // index of the bridge that takes the first end as a port
  MacAddress peer_mac;
};

// A prefix of addresses.
struct Prefix {
  IpAddress address;
  uint8_t bits = 0;
};

NetlinkRequest AddBridge(const std::string& name, const MacAddress& mac);
NetlinkRequest AddVeth(const Veth& veth);
// Makes the link a port of the bridge, and takes it out of any group.
NetlinkRequest SetBridgePort(const std::string& name, int bridge);
NetlinkRequest SetLinkUp(const std::string& name);
NetlinkRequest SetLinkDown(const std::string& name);
// No link-local IPv6 address on this link; before it goes up.
NetlinkRequest SetNoLinkLocal(const std::string& name);
NetlinkRequest SetLinkGroup(const std::string& name, uint32_t group);
NetlinkRequest DeleteLink(const std::string& name);
// Deletes all links of a group: one wait of the kernel (20 ms) for all of them, not one for each.
NetlinkRequest DeleteLinkGroup(uint32_t group);

NetlinkRequest AddAddress(int link, const Prefix& address);
NetlinkRequest AddDefaultRoute(int link, const IpAddress& gateway);
// Answers "unreachable" for every address of the prefix that no other route takes.
NetlinkRequest AddUnreachableRoute(const Prefix& prefix);
NetlinkRequest DeleteUnreachableRoute(const Prefix& prefix);
// A neighbour that is known for good: no ARP, no neighbour discovery, no place in the collected
// part of the table.
NetlinkRequest AddNeighbour(int link, const IpAddress& address, const MacAddress& mac);
NetlinkRequest DeleteNeighbour(int link, const IpAddress& address);

struct Link {
  int index = 0;
  std::string name;
  bool is_up = false;  // carries packets
  int bridge = 0;      // index of the bridge whose port it is; 0: of none
};
// kNotFound where there is none of that name.
absl::StatusOr<Link> FindLink(NetlinkSocket& socket, const std::string& name);
absl::StatusOr<std::vector<Link>> ListLinks(NetlinkSocket& socket);

// Waits until the link, which was set up, carries packets: the kernel gets there a little later, by
// itself. `news` is a socket opened to the news of links before that. Returns after a second in any
// case.
void AwaitLinkUp(NetlinkSocket& news, const std::string& name);

struct LinkAddress {
  int link = 0;
  Prefix prefix;
};
absl::StatusOr<std::vector<LinkAddress>> ListAddresses(NetlinkSocket& socket);

}  // namespace gregale::infra
