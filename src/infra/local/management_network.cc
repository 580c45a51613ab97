#include "infra/local/management_network.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/error.h"
#include "base/log.h"

namespace gregale::infra {
namespace {

constexpr uint32_t kRange = 0xc6120000;  // 198.18.0.0
constexpr uint8_t kRangeBits = 15;
constexpr uint32_t kSubnets = 1u << (kSubnetBits - kRangeBits);
constexpr char kRange6[] = "\xfd\x67\x72\x65";  // fd67:7265::/32
constexpr uint8_t kRangeBits6 = 32;
constexpr size_t kBridgeDigits = 8;

uint32_t Mask(uint8_t bits) { return bits == 0 ? 0 : ~0u << (32 - bits); }

Prefix Range4() { return {IpAddress::V4(kRange), kRangeBits}; }
Prefix Range6() { return {{std::string(kRange6, 4) + std::string(12, '\0')}, kRangeBits6}; }

// The four bytes that the digits in the bridge's name stand for.
std::string BridgeBytes(const std::string& bridge) {
  return absl::HexStringToBytes(bridge.substr(2));
}

// The first 64 bits of the network's IPv6 addresses, with this number behind them.
IpAddress Address6(const std::string& bridge, uint32_t host) {
  return {std::string(kRange6, 4) + BridgeBytes(bridge) + std::string(4, '\0') +
          IpAddress::V4(host).bytes};
}

// What the addresses on the bridge tell about the network. subnet is 0 where it has none yet.
ManagementNetwork Describe(const Link& bridge, const std::vector<LinkAddress>& addresses) {
  ManagementNetwork network{.bridge = bridge.name, .bridge_index = bridge.index};
  for (const LinkAddress& on : addresses) {
    if (on.link != bridge.index) continue;
    const uint32_t number = on.prefix.address.number();
    if (on.prefix.bits == kSubnetBits && (number & Mask(kRangeBits)) == kRange) {
      network.subnet = number & Mask(kSubnetBits);
    }
    if (on.prefix.address.bytes == network.gateway6().bytes) network.has_ipv6 = true;
  }
  return network;
}

bool IsBridgeOfOurs(const std::string& name) {
  return name.size() == 2 + kBridgeDigits && name.substr(0, 2) == "gr" &&
         std::all_of(name.begin() + 2, name.end(),
                     [](char c) { return std::isxdigit(static_cast<unsigned char>(c)) != 0; });
}

}  // namespace

MacAddress ManagementNetwork::bridge_mac() const { return "\x02\x67" + BridgeBytes(bridge); }
IpAddress ManagementNetwork::gateway4() const { return IpAddress::V4(subnet + 1); }
IpAddress ManagementNetwork::gateway6() const { return Address6(bridge, 1); }

IpAddress VduAddress6(const ManagementNetwork& network, uint32_t ipv4) {
  return Address6(network.bridge, ipv4 - network.subnet);
}

MacAddress VduMac(uint32_t ipv4) { return "\x06\x67" + IpAddress::V4(ipv4).bytes; }

std::string BridgeName(std::string_view vim_id) {
  std::string name = "gr";
  for (const char c : vim_id.substr(0, kBridgeDigits)) {
    name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

uint32_t ChooseSubnet(uint32_t start, const std::vector<Prefix>& taken) {
  for (uint32_t i = 0; i < kSubnets; ++i) {
    const uint32_t subnet = kRange + (((start + i) % kSubnets) << (32 - kSubnetBits));
    const bool free = std::none_of(taken.begin(), taken.end(), [&](const Prefix& other) {
      const uint32_t common = Mask(std::min(kSubnetBits, other.bits));
      return other.address.is_v4() && (other.address.number() & common) == (subnet & common);
    });
    if (free) return subnet;
  }
  return 0;
}

absl::StatusOr<ManagementNetwork> MakeManagementNetwork(NetlinkSocket& socket,
                                                        std::string_view vim_id) {
  const std::string name = BridgeName(vim_id);
  ManagementNetwork network{.bridge = name};
  GREGALE_RETURN_IF_ERROR(socket.Execute(AddUnreachableRoute(Range4())));
  GREGALE_RETURN_IF_ERROR(socket.Execute(AddUnreachableRoute(Range6())));
  GREGALE_RETURN_IF_ERROR(socket.Execute(AddBridge(name, network.bridge_mac())));
  GREGALE_ASSIGN_OR_RETURN(const Link bridge, FindLink(socket, name));
  GREGALE_ASSIGN_OR_RETURN(std::vector<LinkAddress> addresses, ListAddresses(socket));
  network = Describe(bridge, addresses);
  if (network.subnet == 0) {
    std::vector<Prefix> taken;
    for (const LinkAddress& on : addresses) taken.push_back(on.prefix);
    const std::string bytes = BridgeBytes(name);
    network.subnet = ChooseSubnet(static_cast<unsigned char>(bytes.back()), taken);
  }
  if (network.subnet == 0) {
    return absl::ResourceExhaustedError("all of 198.18.0.0/15 is in use on this machine");
  }
  std::vector<NetlinkRequest> requests;
  requests.push_back(SetNoLinkLocal(name));
  requests.push_back(SetLinkUp(name));
  requests.push_back(AddAddress(bridge.index, {network.gateway4(), kSubnetBits}));
  requests.push_back(AddAddress(bridge.index, {network.gateway6(), kSubnetBits6}));
  GREGALE_RETURN_IF_ERROR(socket.Execute(std::move(requests)));
  GREGALE_ASSIGN_OR_RETURN(addresses, ListAddresses(socket));
  network = Describe(bridge, addresses);
  if (!network.has_ipv6) {
    base::LogWarning("IPv6 is switched off on this machine: VDUs get IPv4 addresses only",
                     {{"bridge", name}});
  }
  return network;
}

absl::StatusOr<ManagementNetwork> FindManagementNetwork(NetlinkSocket& socket,
                                                        std::string_view vim_id) {
  GREGALE_ASSIGN_OR_RETURN(const Link bridge, FindLink(socket, BridgeName(vim_id)));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<LinkAddress> addresses, ListAddresses(socket));
  ManagementNetwork network = Describe(bridge, addresses);
  if (network.subnet == 0) return absl::NotFoundError(bridge.name + " has no address");
  return network;
}

absl::Status RemoveManagementNetwork(NetlinkSocket& socket, std::string_view vim_id) {
  return socket.Execute(DeleteLink(BridgeName(vim_id)));
}

absl::Status RemoveUnreachableRoutes(NetlinkSocket& socket) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Link> links, ListLinks(socket));
  if (std::any_of(links.begin(), links.end(),
                  [](const Link& link) { return IsBridgeOfOurs(link.name); })) {
    return absl::OkStatus();
  }
  std::vector<NetlinkRequest> requests;
  requests.push_back(DeleteUnreachableRoute(Range4()));
  requests.push_back(DeleteUnreachableRoute(Range6()));
  return socket.Execute(std::move(requests));
}

}  // namespace gregale::infra
