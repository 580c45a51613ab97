#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "infra/vim_driver.h"

namespace gregale::infra {

// What the local VIM remembers of one VIM's deployments, in files that every conductor of this
// machine shares, below <state_dir>/<vim id>/:
//
//   deployments/<instance id>/deployment.json  what was asked for
//   deployments/<instance id>/<resource id>    a link to the VDU's IPv4 address ("198.18.16.2")
//   addresses/<IPv4 address>                   a link to the resource id that has it
//   last_address                               the address given out last
//
// The links point nowhere; they are texts that appear and change in one step, so that kill -9
// leaves no half-written one. All that changes something is called under the lock of the
// namespaces.
class DeploymentFiles {
 public:
  struct Vdu {
    std::string instance_id;
    std::string resource_id;
    uint32_t ipv4 = 0;  // 0: a cut-off claim left it without
  };

  // `vim_id` is a UUID, and so are all instance ids below.
  DeploymentFiles(const std::string& state_dir, std::string_view vim_id);

  // Records the deployment, instead of what was recorded of it before, without its VDUs'
  // properties: they may hold secrets, and are not needed again.
  absl::Status Record(const Deployment& deployment) const;
  // kNotFound where there is none.
  absl::StatusOr<Deployment> Read(std::string_view instance_id) const;
  // The instance ids of all deployments.
  std::vector<std::string> List() const;
  // Forgets one VDU of a deployment, with its address. OK where there is none.
  absl::Status RemoveVdu(const Vdu& vdu) const;
  // Forgets the deployment with all its VDUs' addresses. OK where there is none.
  absl::Status Remove(std::string_view instance_id) const;
  // Forgets everything about this VIM.
  absl::Status RemoveAll() const;

  // The address that belongs to the VDU in this subnet: the one it has, or the next free one after
  // the one given out last, so that a VDU made anew gets another address than its predecessor.
  // kResourceExhausted: none is left.
  absl::StatusOr<uint32_t> ClaimAddress(std::string_view instance_id, std::string_view resource_id,
                                        uint32_t subnet) const;
  // The VDUs of a deployment for which an address was claimed.
  std::vector<Vdu> Vdus(std::string_view instance_id) const;
  // How many addresses are given out.
  int AddressCount() const;
  // The VDU of any deployment that has this id. kNotFound where there is none.
  absl::StatusOr<Vdu> Find(std::string_view resource_id) const;

 private:
  std::string DeploymentDirectory(std::string_view instance_id) const;
  std::string AddressPath(uint32_t ipv4) const;
  bool Take(uint32_t ipv4, std::string_view resource_id) const;
  void GiveBack(uint32_t ipv4, std::string_view resource_id) const;

  const std::string directory_;
};

}  // namespace gregale::infra
