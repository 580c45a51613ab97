#include "conductor/deployment.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/labels.h"
#include "base/limits.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "lifecycle/layout.h"
#include "policies/affinity.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

constexpr absl::Duration kAwaitDelayMin = absl::Milliseconds(50);
constexpr absl::Duration kAwaitDelayMax = absl::Seconds(1);
constexpr absl::Duration kDeploymentWaitMax = absl::Seconds(base::kDeploymentWaitSecondsMax);

absl::StatusOr<absl::Time> StoreNow(store::Store& store) {
  absl::Time now;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) {
    now = txn.now();
    return absl::OkStatus();
  }));
  return now;
}

// What was made by that operation is ready, and every other instance has its addresses.
bool IsReady(const infra::DeploymentState& deployment, int64_t making) {
  return deployment.has_every_instance &&
         std::ranges::all_of(deployment.vdus, [making](const infra::VduState& vdu) {
           return vdu.ready || vdu.making != making;
         });
}

// Waiting longer each time: a quick VIM is seen at once, a slow one is not pestered.
absl::Duration NextDelay(OperationState& state) {
  const int64_t waits = state.Number("waits");
  state.SetNumber("waits", waits + 1);
  return std::min(kAwaitDelayMax, kAwaitDelayMin * (int64_t{1} << std::min<int64_t>(waits, 10)));
}

absl::StatusOr<store::Labels> AffinityOf(store::Txn& txn, const store::Vnf& vnf,
                                         const tosca::Vnfd& vnfd) {
  GREGALE_ASSIGN_OR_RETURN(store::Labels affinity, policies::ReadAffinity(vnfd));
  if (!affinity.empty()) return affinity;
  const absl::StatusOr<store::Vim> vim = store::GetVim(txn, vnf.vim_id);
  if (absl::IsNotFound(vim.status())) return affinity;
  GREGALE_RETURN_IF_ERROR(vim.status());
  if (vim->placement_attr.empty()) return affinity;
  GREGALE_ASSIGN_OR_RETURN(const base::Json placement, base::ParseJson(vim->placement_attr));
  return base::ReadLabels(placement.value("affinity", base::Json()), "placement_attr.affinity");
}

}  // namespace

absl::StatusOr<store::Vnf> GetVnfInState(store::Txn& txn, std::string_view vnf_id,
                                         store::VnfStatus expected) {
  absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, vnf_id);
  if (absl::IsNotFound(vnf.status())) return absl::CancelledError("the VNF is gone");
  if (vnf.ok() && vnf->status != expected) {
    return absl::CancelledError(base::Cat("the VNF is ", store::ToText(vnf->status)));
  }
  return vnf;
}

absl::StatusOr<store::Vnf> GetVnfInState(store::Store& store, std::string_view vnf_id,
                                         store::VnfStatus expected) {
  store::Vnf vnf;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(vnf, GetVnfInState(txn, vnf_id, expected));
    return absl::OkStatus();
  }));
  return vnf;
}

absl::StatusOr<Blueprint> LoadBlueprint(store::Store& store, const store::Vnf& vnf) {
  Blueprint blueprint;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(blueprint.descriptor, lifecycle::ReadDescriptor(txn, vnf));
    GREGALE_ASSIGN_OR_RETURN(blueprint.affinity, AffinityOf(txn, vnf, blueprint.descriptor.vnfd));
    return absl::OkStatus();
  }));
  GREGALE_ASSIGN_OR_RETURN(blueprint.monitored, MonitoredVdus(blueprint.descriptor.vnfd));
  return blueprint;
}

absl::StatusOr<StepOutcome> MakeDeployment(StepContext& context, const store::Vnf& vnf,
                                           std::string_view name, std::string_view await_step) {
  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(const VimAccessor::Vim vim,
                           context.vims.Resolve(context.store, vnf.vim_id));
  infra::Deployment deployment;
  deployment.instance_id = context.state.Text("instance_id");
  deployment.vnf_id = vnf.id;
  deployment.name = std::string(name);
  GREGALE_ASSIGN_OR_RETURN(lifecycle::Layout layout,
                           lifecycle::LayoutOf(vnf, blueprint.descriptor));
  for (const tosca::Vdu& vdu : blueprint.descriptor.vnfd.vdus) {
    infra::VduRequest request;
    request.vdu = vdu.name;
    request.instances = std::move(layout[vdu.name]);
    request.has_management_address = vdu.has_management_cp;
    request.connection_points = vdu.connection_points;
    request.properties = vdu.properties;
    deployment.vdus.push_back(std::move(request));
  }
  for (const policies::ScalingPolicy& policy : blueprint.descriptor.scaling) {
    deployment.scaling_policies.push_back(policy.name);
  }
  GREGALE_RETURN_IF_ERROR(vim.driver->Apply(vim.access, deployment));
  GREGALE_ASSIGN_OR_RETURN(const absl::Time now, StoreNow(context.store));
  context.state.SetTime("made_at", now);
  return StepOutcome::Continue(await_step);
}

absl::StatusOr<std::variant<infra::DeploymentState, StepOutcome>> AwaitDeployment(
    StepContext& context, const Awaited& awaited) {
  GREGALE_ASSIGN_OR_RETURN(const VimAccessor::Vim vim,
                           context.vims.Resolve(context.store, context.state.Text("vim_id")));
  GREGALE_ASSIGN_OR_RETURN(infra::DeploymentState deployment,
                           vim.driver->Observe(vim.access, context.state.Text("instance_id")));
  switch (deployment.phase) {
    case infra::DeploymentState::Phase::kReady:
      return deployment;
    case infra::DeploymentState::Phase::kFailed:
      return absl::FailedPreconditionError(
          base::Cat("the VIM could not make the deployment: ", deployment.reason));
    case infra::DeploymentState::Phase::kCreating:
      if (awaited.making != 0 && IsReady(deployment, awaited.making)) return deployment;
      break;
    case infra::DeploymentState::Phase::kAbsent:
      break;
  }
  GREGALE_ASSIGN_OR_RETURN(const absl::Time now, StoreNow(context.store));
  if (now - context.state.Time("made_at") > kDeploymentWaitMax) {
    return absl::FailedPreconditionError(
        base::Cat("the deployment was not ready after ", InSeconds(kDeploymentWaitMax)));
  }
  const bool absent = deployment.phase == infra::DeploymentState::Phase::kAbsent;
  return StepOutcome::Wait(absent ? awaited.make_step : awaited.await_step,
                           NextDelay(context.state));
}

std::vector<store::VduInstance> InstancesOf(std::string_view vnf_id,
                                            const infra::DeploymentState& deployment) {
  std::vector<store::VduInstance> instances;
  for (const infra::VduState& vdu : deployment.vdus) {
    instances.push_back({std::string(vnf_id), vdu.vdu, vdu.index, vdu.resource_id, vdu.addresses});
  }
  return instances;
}

base::Json ManagementAddresses(std::span<const store::VduInstance> instances,
                               const lifecycle::Descriptor& descriptor) {
  base::Json addresses = base::Json::object();
  for (const tosca::Vdu& vdu : descriptor.vnfd.vdus) {
    if (!vdu.has_management_cp) continue;
    base::Json of_vdu = base::Json::array();
    for (const store::VduInstance& instance : instances) {
      if (instance.vdu != vdu.name || instance.addresses.empty()) continue;
      of_vdu.push_back(instance.addresses.front());
    }
    const bool is_scaled = lifecycle::ScalingPolicyOf(descriptor, vdu.name) != nullptr;
    if (is_scaled) {
      addresses[vdu.name] = std::move(of_vdu);
    } else if (!of_vdu.empty()) {
      addresses[vdu.name] = of_vdu.front();
    }
  }
  return addresses;
}

absl::Status RecordDeployment(store::Txn& txn, store::Vnf& vnf,
                              const lifecycle::Descriptor& descriptor,
                              const infra::DeploymentState& deployment) {
  const std::vector<store::VduInstance> instances = InstancesOf(vnf.id, deployment);
  std::vector<store::VnfResource> resources;
  for (const infra::Resource& resource : deployment.resources) {
    resources.push_back({vnf.id, resource.name, resource.type, resource.id});
  }
  GREGALE_RETURN_IF_ERROR(store::ReplaceVduInstances(txn, vnf.id, instances));
  GREGALE_RETURN_IF_ERROR(store::ReplaceVnfResources(txn, vnf.id, resources));
  vnf.mgmt_ip_address = base::DumpJson(ManagementAddresses(instances, descriptor));
  return absl::OkStatus();
}

absl::Status AnnounceDeployment(store::Txn& txn, const store::Vnf& vnf) {
  return AddVnfEvent(txn, vnf, kCreateEvent,
                     base::Cat("Infra Instance ID created: ", vnf.instance_id,
                               " and Mgmt IP address set: ", vnf.mgmt_ip_address));
}

absl::Status DestroyDeployments(const VimAccessor::Vim& vim, const store::Vnf& vnf,
                                std::string_view keep) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<std::string> listed,
                           vim.driver->List(vim.access, vnf.id));
  std::set<std::string> doomed(listed.begin(), listed.end());
  // Also what the VIM does not list: it may have been cut off before it knew whose it was.
  if (!vnf.instance_id.empty()) doomed.insert(vnf.instance_id);
  doomed.erase(std::string(keep));
  for (const std::string& instance_id : doomed) {
    GREGALE_RETURN_IF_ERROR(vim.driver->Destroy(vim.access, instance_id));
  }
  return absl::OkStatus();
}

absl::StatusOr<StepOutcome> ClearDeployments(StepContext& context, store::VnfStatus expected,
                                             std::string_view next_step) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, expected));
  GREGALE_ASSIGN_OR_RETURN(const VimAccessor::Vim vim,
                           context.vims.Resolve(context.store, vnf.vim_id));
  GREGALE_RETURN_IF_ERROR(DestroyDeployments(vim, vnf, context.state.Text("instance_id")));
  return StepOutcome::Continue(next_step);
}

}  // namespace gregale::conductor
