#include "infra/local/links.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace gregale::infra {
namespace {

constexpr uint16_t kChange = NLM_F_ACK;
constexpr uint16_t kAdd = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
constexpr uint16_t kPut = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;

// Marks our routes in `ip route` ("proto 103"), and last among equals.
constexpr unsigned char kRouteProtocol = 103;
constexpr uint32_t kUnreachableMetric = 0x7fffffff;

// The kernel puts off the news of links for up to a second; other links make news, too.
constexpr int kLinkUpMillisMax = 1000;
constexpr int kNewsRoundsMax = 1000;

// Answers that leave the wish fulfilled: it is there already; or it is about IPv6, which this
// machine has not (built without it, or switched off).
std::vector<int> FineToAdd(const IpAddress& address) {
  if (address.is_v4()) return {EEXIST};
  return {EEXIST, EAFNOSUPPORT, EOPNOTSUPP, EACCES};
}

// A change of the link of this name.
NetlinkRequest ChangeLink(const std::string& name, std::string what, std::vector<int> fine = {}) {
  NetlinkRequest request(RTM_NEWLINK, kChange, std::move(what), std::move(fine));
  request.Header(ifinfomsg{}).PutText(IFLA_IFNAME, name);
  return request;
}

NetlinkRequest SetFlags(const std::string& name, unsigned flags, std::string_view what) {
  NetlinkRequest request(RTM_NEWLINK, kChange, std::string(what) + name);
  ifinfomsg header = {};
  header.ifi_flags = flags;
  header.ifi_change = IFF_UP;
  request.Header(header).PutText(IFLA_IFNAME, name);
  return request;
}

NetlinkRequest UnreachableRoute(uint16_t type, uint16_t flags, const Prefix& prefix,
                                std::vector<int> fine) {
  NetlinkRequest request(type, flags,
                         absl::StrCat("change the unreachable route to ", prefix.address.Text()),
                         std::move(fine));
  rtmsg header = {};
  header.rtm_family = prefix.address.family();
  header.rtm_dst_len = prefix.bits;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kRouteProtocol;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNREACHABLE;
  request.Header(header).Put(RTA_DST, prefix.address.bytes);
  request.PutU32(RTA_PRIORITY, kUnreachableMetric);
  return request;
}

ndmsg NeighbourHeader(int link, const IpAddress& address) {
  ndmsg header = {};
  header.ndm_family = address.family();
  header.ndm_ifindex = link;
  header.ndm_state = NUD_PERMANENT;
  return header;
}

Link ToLink(const NetlinkReply& reply) {
  const std::string_view state = reply.Attribute<ifinfomsg>(IFLA_OPERSTATE);
  return {.index = reply.Header<ifinfomsg>().ifi_index,
          .name = reply.Text<ifinfomsg>(IFLA_IFNAME),
          .is_up = !state.empty() && state[0] == IF_OPER_UP,
          .bridge = static_cast<int>(reply.U32<ifinfomsg>(IFLA_MASTER))};
}

}  // namespace

NetlinkRequest AddBridge(const std::string& name, const MacAddress& mac) {
  NetlinkRequest request(RTM_NEWLINK, kAdd, "add the bridge " + name, {EEXIST});
  request.Header(ifinfomsg{}).PutText(IFLA_IFNAME, name).Put(IFLA_ADDRESS, mac);
  // Without snooping, neighbour discovery reaches every port without group reports first.
  request.Begin(IFLA_LINKINFO).PutText(IFLA_INFO_KIND, "bridge").Begin(IFLA_INFO_DATA);
  request.PutU8(IFLA_BR_MCAST_SNOOPING, 0).End().End();
  return request;
}

NetlinkRequest AddVeth(const Veth& veth) {
  NetlinkRequest request(RTM_NEWLINK, kAdd, "add the link " + veth.name, {EEXIST});
  request.Header(ifinfomsg{}).PutText(IFLA_IFNAME, veth.name);
  request.PutU32(IFLA_MASTER, static_cast<uint32_t>(veth.bridge));
  const ifinfomsg peer = {};
  request.Begin(IFLA_LINKINFO).PutText(IFLA_INFO_KIND, "veth").Begin(IFLA_INFO_DATA);
  request.Begin(VETH_INFO_PEER).Header(peer).PutText(IFLA_IFNAME, veth.peer_name);
  request.Put(IFLA_ADDRESS, veth.peer_mac);
  request.PutU32(IFLA_NET_NS_FD, static_cast<uint32_t>(veth.peer_namespace_fd));
  request.End().End().End();
  return request;
}

NetlinkRequest SetBridgePort(const std::string& name, int bridge) {
  return ChangeLink(name, absl::StrCat("make ", name, " a port of its bridge"))
      .PutU32(IFLA_MASTER, static_cast<uint32_t>(bridge))
      .PutU32(IFLA_GROUP, 0);
}

NetlinkRequest SetLinkUp(const std::string& name) { return SetFlags(name, IFF_UP, "set up "); }
NetlinkRequest SetLinkDown(const std::string& name) { return SetFlags(name, 0, "set down "); }

NetlinkRequest SetNoLinkLocal(const std::string& name) {
  // EAFNOSUPPORT: the kernel has no IPv6, and so no such addresses.
  NetlinkRequest request =
      ChangeLink(name, "keep link-local addresses off " + name, {EAFNOSUPPORT});
  request.Begin(IFLA_AF_SPEC).Begin(AF_INET6);
  request.PutU8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE).End().End();
  return request;
}

NetlinkRequest SetLinkGroup(const std::string& name, uint32_t group) {
  return ChangeLink(name, "set the group of " + name, {ENODEV}).PutU32(IFLA_GROUP, group);
}

NetlinkRequest DeleteLink(const std::string& name) {
  NetlinkRequest request(RTM_DELLINK, kChange, "delete the link " + name, {ENODEV});
  request.Header(ifinfomsg{}).PutText(IFLA_IFNAME, name);
  return request;
}

NetlinkRequest DeleteLinkGroup(uint32_t group) {
  NetlinkRequest request(RTM_DELLINK, kChange, absl::StrCat("delete the links of group ", group),
                         {ENODEV});
  request.Header(ifinfomsg{}).PutU32(IFLA_GROUP, group);
  return request;
}

NetlinkRequest AddAddress(int link, const Prefix& prefix) {
  const IpAddress& address = prefix.address;
  NetlinkRequest request(RTM_NEWADDR, kAdd, "add the address " + address.Text(),
                         FineToAdd(address));
  ifaddrmsg header = {};
  header.ifa_family = address.family();
  header.ifa_prefixlen = prefix.bits;
  header.ifa_index = static_cast<uint32_t>(link);
  // The address is ours alone: no second of waiting for duplicate detection.
  header.ifa_flags = address.is_v4() ? 0 : IFA_F_NODAD;
  request.Header(header).Put(IFA_LOCAL, address.bytes).Put(IFA_ADDRESS, address.bytes);
  return request;
}

NetlinkRequest AddDefaultRoute(int link, const IpAddress& gateway) {
  NetlinkRequest request(RTM_NEWROUTE, kAdd, "add the default route to " + gateway.Text(),
                         FineToAdd(gateway));
  rtmsg header = {};
  header.rtm_family = gateway.family();
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kRouteProtocol;
  header.rtm_scope = RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  request.Header(header).Put(RTA_GATEWAY, gateway.bytes);
  request.PutU32(RTA_OIF, static_cast<uint32_t>(link));
  return request;
}

NetlinkRequest AddUnreachableRoute(const Prefix& prefix) {
  return UnreachableRoute(RTM_NEWROUTE, kAdd, prefix, FineToAdd(prefix.address));
}

NetlinkRequest DeleteUnreachableRoute(const Prefix& prefix) {
  return UnreachableRoute(RTM_DELROUTE, kChange, prefix, {ESRCH, EAFNOSUPPORT, EOPNOTSUPP});
}

NetlinkRequest AddNeighbour(int link, const IpAddress& address, const MacAddress& mac) {
  NetlinkRequest request(RTM_NEWNEIGH, kPut, "add the neighbour " + address.Text());
  request.Header(NeighbourHeader(link, address));
  request.Put(NDA_DST, address.bytes).Put(NDA_LLADDR, mac);
  return request;
}

NetlinkRequest DeleteNeighbour(int link, const IpAddress& address) {
  NetlinkRequest request(RTM_DELNEIGH, kChange, "delete the neighbour " + address.Text(),
                         {ENOENT, ENODEV});
  request.Header(NeighbourHeader(link, address)).Put(NDA_DST, address.bytes);
  return request;
}

absl::StatusOr<Link> FindLink(NetlinkSocket& socket, const std::string& name) {
  NetlinkRequest request(RTM_GETLINK, NLM_F_ACK, "find the link " + name);
  request.Header(ifinfomsg{}).PutText(IFLA_IFNAME, name);
  GREGALE_ASSIGN_OR_RETURN(const std::vector<NetlinkReply> replies,
                           socket.Dump(std::move(request)));
  if (replies.empty()) return absl::NotFoundError("cannot find the link " + name);
  return ToLink(replies.front());
}

void AwaitLinkUp(NetlinkSocket& news, const std::string& name) {
  for (int round = 0; round < kNewsRoundsMax; ++round) {
    const absl::StatusOr<Link> link = FindLink(news, name);
    if (!link.ok() || link->is_up || !news.AwaitNews(kLinkUpMillisMax)) return;
  }
}

absl::StatusOr<std::vector<Link>> ListLinks(NetlinkSocket& socket) {
  NetlinkRequest request(RTM_GETLINK, NLM_F_DUMP, "list the links");
  request.Header(ifinfomsg{});
  GREGALE_ASSIGN_OR_RETURN(const std::vector<NetlinkReply> replies,
                           socket.Dump(std::move(request)));
  std::vector<Link> links;
  for (const NetlinkReply& reply : replies) links.push_back(ToLink(reply));
  return links;
}

absl::StatusOr<std::vector<LinkAddress>> ListAddresses(NetlinkSocket& socket) {
  NetlinkRequest request(RTM_GETADDR, NLM_F_DUMP, "list the addresses");
  request.Header(ifaddrmsg{});
  GREGALE_ASSIGN_OR_RETURN(const std::vector<NetlinkReply> replies,
                           socket.Dump(std::move(request)));
  std::vector<LinkAddress> addresses;
  for (const NetlinkReply& reply : replies) {
    const auto header = reply.Header<ifaddrmsg>();
    std::string_view bytes = reply.Attribute<ifaddrmsg>(IFA_LOCAL);
    if (bytes.empty()) bytes = reply.Attribute<ifaddrmsg>(IFA_ADDRESS);
    addresses.push_back({.link = static_cast<int>(header.ifa_index),
                         .prefix = {{std::string(bytes)}, header.ifa_prefixlen}});
  }
  return addresses;
}

}  // namespace gregale::infra
