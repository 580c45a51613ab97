#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/unique_fd.h"
#include "infra/local/deployment_files.h"
#include "infra/local/management_network.h"
#include "infra/local/netlink.h"
#include "infra/local/payload.h"
#include "infra/resource_id.h"
#include "infra/vim_driver.h"

namespace gregale::infra {

struct LocalOptions {
  // Made where there is none; shared by all conductors of a control plane on this machine.
  std::string state_dir;
  // The program gregale-vdu.
  std::string payload_path;
  // Where a VDU must accept TCP to be ready. It serves HTTP there and on port 80.
  uint16_t http_port = 8080;
};

// The VIM "local": this machine. A VDU is a network namespace with an IPv4 and an IPv6 address of
// its own and a real process inside that serves HTTP; it can be broken on purpose in every way of
// Fault. Needs root (or the capabilities to make network namespaces). Thread-safe, also against
// other processes: a change waits for the one before it.
class LocalDriver : public VimDriver {
 public:
  explicit LocalDriver(LocalOptions options) : options_(std::move(options)) {}

  std::string_view type() const override { return "local"; }
  absl::Status Check(const VimAccess& vim) override;
  // Returns when every VDU is made, within a few milliseconds for each.
  absl::Status Apply(const VimAccess& vim, const Deployment& deployment) override;
  absl::StatusOr<DeploymentState> Observe(const VimAccess& vim,
                                          std::string_view instance_id) override;
  absl::Status Destroy(const VimAccess& vim, std::string_view instance_id) override;
  absl::StatusOr<std::vector<std::string>> List(const VimAccess& vim,
                                                std::string_view vnf_id) override;
  absl::Status Break(const VimAccess& vim, std::string_view resource_id, Fault fault) override;
  absl::Status Mend(const VimAccess& vim, std::string_view resource_id, Fault fault) override;

  // Removes all that exists of a VIM on this machine: every VDU, the network, the files. OK where
  // there is nothing.
  absl::Status Purge(std::string_view vim_id);

 private:
  // One instance of a VDU that a deployment asks for.
  struct Instance {
    const VduRequest* request = nullptr;
    InstanceKey key;  // of the deployment's texts
    std::string resource_id;
  };
  // What a change of this machine works with; nobody else changes anything while it exists.
  struct Change {
    DeploymentFiles files;
    base::UniqueFd lock;
    NetlinkSocket socket;
    std::optional<ManagementNetwork> network;  // nothing where there is none (yet)
  };

  static std::vector<Instance> InstancesOf(const Deployment& deployment);
  DeploymentFiles FilesOf(std::string_view vim_id) const;
  Payload PayloadOf(const Deployment& deployment, const Instance& instance,
                    const std::vector<IpAddress>& addresses) const;
  absl::StatusOr<Change> BeginChange(std::string_view vim_id) const;
  static void DescribeInstance(const Instance& instance, const std::vector<std::string>& addresses,
                               const std::set<std::string>& silent, DeploymentState& state);
  absl::Status RemoveSurplus(Change& change, const Deployment& deployment) const;
  absl::Status MakeInstance(Change& change, const Deployment& deployment,
                            const Instance& instance) const;
  absl::Status StartAgain(const Change& change, const DeploymentFiles::Vdu& vdu,
                          const base::UniqueFd& inside) const;

  const LocalOptions options_;
};

}  // namespace gregale::infra
