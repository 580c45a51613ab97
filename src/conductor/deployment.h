#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "conductor/monitor_workflow.h"
#include "conductor/operation.h"
#include "infra/vim_driver.h"
#include "store/records.h"
#include "store/store.h"
#include "tosca/vnfd.h"

// What create and respawn have in common: a deployment is asked for, awaited and recorded. They
// keep in the operation's state: instance_id, vim_id, made_at.
namespace gregale::conductor {

// Reads the VNF of an operation. kCancelled where it is gone, or in another state than `expected`
// (somebody has begun to delete it): the operation has nothing to do any more.
absl::StatusOr<store::Vnf> GetVnfInState(store::Txn& txn, std::string_view vnf_id,
                                         store::VnfStatus expected);
absl::StatusOr<store::Vnf> GetVnfInState(store::Store& store, std::string_view vnf_id,
                                         store::VnfStatus expected);

// What a VNF is made of, and what of it is watched.
struct Blueprint {
  tosca::Vnfd vnfd;
  std::vector<MonitoredVdu> monitored;
};
// From the VNFD's row and the VNF's own values for its inputs. kInvalidArgument says what is wrong
// with them.
absl::StatusOr<Blueprint> LoadBlueprint(store::Store& store, const store::Vnf& vnf);

// Step: asks the VIM for the deployment `instance_id`, then goes on with `await_step`.
absl::StatusOr<StepOutcome> MakeDeployment(StepContext& context, const store::Vnf& vnf,
                                           std::string_view name, std::string_view await_step);

// Looks at the deployment: its state where it is ready, else how to go on (`make_step` where it has
// vanished, `await_step` later). kFailedPrecondition: it failed, or was not ready in time.
absl::StatusOr<std::variant<infra::DeploymentState, StepOutcome>> AwaitDeployment(
    StepContext& context, std::string_view make_step, std::string_view await_step);

// The rows for what the VIM reported.
std::vector<store::VduInstance> InstancesOf(std::string_view vnf_id,
                                            const infra::DeploymentState& deployment);

// Tacker's mgmt_ip_address: {"VDU1": "198.18.0.3"}, a list where a VDU has several instances.
base::Json ManagementAddresses(std::span<const store::VduInstance> instances);

// Writes instances, resources and addresses, and the event that announces them; changes `vnf` but
// not its row.
absl::Status RecordDeployment(store::Txn& txn, store::Vnf& vnf, std::string_view instance_id,
                              const infra::DeploymentState& deployment);

// Removes every deployment of the VNF from the VIM but `keep` ("" for none).
absl::Status DestroyDeployments(const VimAccessor::Vim& vim, const store::Vnf& vnf,
                                std::string_view keep);

}  // namespace gregale::conductor
