#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/unique_fd.h"
#include "infra/local/management_network.h"
#include "infra/local/netlink.h"
#include "infra/local/payload.h"

// A VDU of the local VIM, as the kernel has it: a network namespace, a veth pair between it and the
// management network, and a process inside. All of it is found by the VDU's key.
namespace gregale::infra {

// The first 12 hex digits of a resource id: what fits into the name of a link.
std::string VduKey(std::string_view resource_id);
std::string NamespaceName(std::string_view key);  // "gregale-<key>"
std::string LinkName(std::string_view key);       // "gv<key>", the end outside of the namespace
// The key in the name of a link; "" where it is not the link of a VDU.
std::string KeyOfLink(std::string_view link);

struct VduPlace {
  std::string key;
  uint32_t ipv4 = 0;  // 0: has none
};

// The addresses at which the VDU answers, IPv4 first.
std::vector<IpAddress> VduAddresses(const ManagementNetwork& network, uint32_t ipv4);

// Makes the VDU, or what is missing of it, and returns when its payload listens. Under the lock of
// the namespaces, as all below. `socket` is the caller's namespace.
absl::Status MakeVdu(NetlinkSocket& socket, const ManagementNetwork& network, const VduPlace& vdu,
                     const Payload& payload, const base::UniqueFd& lock);

// The network part of MakeVdu: also mends links that were set down.
absl::Status ConnectVdu(NetlinkSocket& socket, const ManagementNetwork& network,
                        const VduPlace& vdu);

// Removes the VDUs: processes, links, namespaces. OK where there are none. `network` is where they
// were, if it still exists.
absl::Status RemoveVdus(NetlinkSocket& socket, const std::optional<ManagementNetwork>& network,
                        const std::vector<VduPlace>& vdus);

}  // namespace gregale::infra
