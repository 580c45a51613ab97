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
#include "lifecycle/descriptor.h"
#include "store/records.h"
#include "store/store.h"

// What all operations that change a deployment have in common: it is asked for, awaited and
// recorded. They keep in the operation's state: instance_id, vim_id, made_at.
namespace gregale::conductor {

// Reads the VNF of an operation. kCancelled where it is gone, or in another state than `expected`
// (somebody has begun to delete it): the operation has nothing to do any more.
absl::StatusOr<store::Vnf> GetVnfInState(store::Txn& txn, std::string_view vnf_id,
                                         store::VnfStatus expected);
absl::StatusOr<store::Vnf> GetVnfInState(store::Store& store, std::string_view vnf_id,
                                         store::VnfStatus expected);

// What a VNF is made of, and what of it is watched.
struct Blueprint {
  lifecycle::Descriptor descriptor;
  std::vector<MonitoredVdu> monitored;
  store::Labels affinity;  // of the monitors: what the descriptor says, else what the VIM says
};
// kInvalidArgument says what is wrong with the VNFD, or the VNF's values for its inputs.
absl::StatusOr<Blueprint> LoadBlueprint(store::Store& store, const store::Vnf& vnf);

// Step: asks the VIM to make of the deployment `instance_id` what the VNF's layout says, then goes
// on with `await_step`. `name` is for people.
absl::StatusOr<StepOutcome> MakeDeployment(StepContext& context, const store::Vnf& vnf,
                                           std::string_view name, std::string_view await_step);

// What is waited for.
struct Awaited {
  std::string_view make_step;   // goes on here where the deployment has vanished,
  std::string_view await_step;  // and here where it is not ready
  // 0: every instance must be ready. Otherwise those of this making; the others may be broken.
  int64_t making = 0;
};
// Looks at the deployment: its state where it is ready, else how to go on. kFailedPrecondition: it
// failed, or was not ready in time.
absl::StatusOr<std::variant<infra::DeploymentState, StepOutcome>> AwaitDeployment(
    StepContext& context, const Awaited& awaited);

// The rows for what the VIM reported.
std::vector<store::VduInstance> InstancesOf(std::string_view vnf_id,
                                            const infra::DeploymentState& deployment);

// Tacker's mgmt_ip_address: {"VDU1": "198.18.0.3"}; a list where a scaling policy scales the VDU,
// however many instances there are.
base::Json ManagementAddresses(std::span<const store::VduInstance> instances,
                               const lifecycle::Descriptor& descriptor);

// Writes instances, resources and addresses; changes `vnf` but not its row.
absl::Status RecordDeployment(store::Txn& txn, store::Vnf& vnf,
                              const lifecycle::Descriptor& descriptor,
                              const infra::DeploymentState& deployment);
// The event that announces a deployment made anew, of that id.
absl::Status AnnounceDeployment(store::Txn& txn, const store::Vnf& vnf);

// Step: removes what earlier attempts have left of the VNF at the VIM, then goes on with
// `next_step`.
absl::StatusOr<StepOutcome> ClearDeployments(StepContext& context, store::VnfStatus expected,
                                             std::string_view next_step);
// Removes every deployment of the VNF from the VIM but `keep` ("" for none).
absl::Status DestroyDeployments(const VimAccessor::Vim& vim, const store::Vnf& vnf,
                                std::string_view keep);

}  // namespace gregale::conductor
