#include "infra/local/vdu.h"

#include <set>
#include <utility>

#include "base/error.h"
#include "base/unique_fd.h"
#include "infra/local/links.h"
#include "infra/local/network_namespace.h"

namespace gregale::infra {
namespace {

constexpr char kInside[] = "eth0";
constexpr std::string_view kLinkPrefix = "gv";
constexpr size_t kKeyDigits = 12;
// The group of links that are about to be deleted, all at once.
constexpr uint32_t kDoomedLinks = 0x67726567;

// Addresses, routes and the gateway's place in the neighbour table, inside.
absl::Status SetUpInside(NetlinkSocket& socket, const ManagementNetwork& network, uint32_t ipv4) {
  GREGALE_ASSIGN_OR_RETURN(const Link link, FindLink(socket, kInside));
  std::vector<NetlinkRequest> requests;
  requests.push_back(SetLinkUp("lo"));
  requests.push_back(SetNoLinkLocal(kInside));
  requests.push_back(SetLinkUp(kInside));
  for (const IpAddress& address : VduAddresses(network, ipv4)) {
    const IpAddress gateway = address.is_v4() ? network.gateway4() : network.gateway6();
    const uint8_t bits = address.is_v4() ? kSubnetBits : kSubnetBits6;
    requests.push_back(AddAddress(link.index, {address, bits}));
    requests.push_back(AddDefaultRoute(link.index, gateway));
    requests.push_back(AddNeighbour(link.index, gateway, network.bridge_mac()));
  }
  return socket.Execute(std::move(requests));
}

}  // namespace

std::string VduKey(std::string_view resource_id) {
  std::string key;
  for (const char c : resource_id) {
    if (c != '-' && key.size() < kKeyDigits) key += c;
  }
  return key;
}

std::string NamespaceName(std::string_view key) { return "gregale-" + std::string(key); }
std::string LinkName(std::string_view key) { return std::string(kLinkPrefix) + std::string(key); }

std::string KeyOfLink(std::string_view link) {
  if (link.size() != kLinkPrefix.size() + kKeyDigits || !link.starts_with(kLinkPrefix)) return "";
  return std::string(link.substr(kLinkPrefix.size()));
}

std::vector<IpAddress> VduAddresses(const ManagementNetwork& network, uint32_t ipv4) {
  std::vector<IpAddress> addresses = {IpAddress::V4(ipv4)};
  if (network.has_ipv6) addresses.push_back(VduAddress6(network, ipv4));
  return addresses;
}

absl::Status MakeVdu(NetlinkSocket& socket, const ManagementNetwork& network, const VduPlace& vdu,
                     const Payload& payload, const base::UniqueFd& lock) {
  GREGALE_ASSIGN_OR_RETURN(const base::UniqueFd fd, MakeNamespace(NamespaceName(vdu.key)));
  GREGALE_RETURN_IF_ERROR(ConnectVdu(socket, network, vdu));
  return StartPayload(fd.get(), payload, lock);
}

absl::Status ConnectVdu(NetlinkSocket& socket, const ManagementNetwork& network,
                        const VduPlace& vdu) {
  GREGALE_ASSIGN_OR_RETURN(const base::UniqueFd fd, OpenNamespace(NamespaceName(vdu.key)));
  const std::string link = LinkName(vdu.key);
  GREGALE_RETURN_IF_ERROR(socket.Execute(AddVeth({.name = link,
                                                  .peer_name = kInside,
                                                  .peer_namespace_fd = fd.get(),
                                                  .bridge = network.bridge_index,
                                                  .peer_mac = VduMac(vdu.ipv4)})));
  GREGALE_ASSIGN_OR_RETURN(NetlinkSocket news, NetlinkSocket::OpenToLinkNews());
  GREGALE_ASSIGN_OR_RETURN(NetlinkSocket inside, OpenNetlinkIn(fd.get()));
  GREGALE_RETURN_IF_ERROR(SetUpInside(inside, network, vdu.ipv4));
  std::vector<NetlinkRequest> requests;
  requests.push_back(SetBridgePort(link, network.bridge_index));
  requests.push_back(SetNoLinkLocal(link));
  requests.push_back(SetLinkUp(link));
  for (const IpAddress& address : VduAddresses(network, vdu.ipv4)) {
    requests.push_back(AddNeighbour(network.bridge_index, address, VduMac(vdu.ipv4)));
  }
  GREGALE_RETURN_IF_ERROR(socket.Execute(std::move(requests)));
  AwaitLinkUp(inside, kInside);
  AwaitLinkUp(news, link);
  AwaitLinkUp(news, network.bridge);
  return absl::OkStatus();
}

absl::Status RemoveVdus(NetlinkSocket& socket, const std::optional<ManagementNetwork>& network,
                        const std::vector<VduPlace>& vdus) {
  std::set<ino_t> namespaces;
  std::vector<NetlinkRequest> requests;
  for (const VduPlace& vdu : vdus) {
    const absl::StatusOr<base::UniqueFd> fd = OpenNamespace(NamespaceName(vdu.key));
    if (fd.ok()) namespaces.insert(NamespaceInode(fd->get()));
    requests.push_back(SetLinkGroup(LinkName(vdu.key), kDoomedLinks));
    if (!network.has_value() || vdu.ipv4 == 0) continue;
    for (const IpAddress& address : VduAddresses(*network, vdu.ipv4)) {
      requests.push_back(DeleteNeighbour(network->bridge_index, address));
    }
  }
  requests.push_back(DeleteLinkGroup(kDoomedLinks));
  GREGALE_RETURN_IF_ERROR(KillProcessesIn(namespaces));
  GREGALE_RETURN_IF_ERROR(socket.Execute(std::move(requests)));
  for (const VduPlace& vdu : vdus) {
    GREGALE_RETURN_IF_ERROR(RemoveNamespace(NamespaceName(vdu.key)));
  }
  return absl::OkStatus();
}

}  // namespace gregale::infra
