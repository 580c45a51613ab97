#include "conductor/reshape.h"

#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "lifecycle/transitions.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using lifecycle::Layout;

// Those of the instances that the new layout keeps as they are.
std::vector<store::VduInstance> Kept(const std::vector<store::VduInstance>& instances,
                                     const Layout& before, const Layout& after) {
  std::vector<store::VduInstance> kept;
  for (const store::VduInstance& instance : instances) {
    const auto was = before.find(instance.vdu);
    const auto is = after.find(instance.vdu);
    const auto index = static_cast<size_t>(instance.index);
    if (was == before.end() || is == after.end()) continue;
    if (index >= was->second.size() || index >= is->second.size()) continue;
    if (was->second[index] == is->second[index]) kept.push_back(instance);
  }
  return kept;
}

// {"VDU1": "198.18.0.3"} or {"VDU1": [...]} as people read it.
std::string AddressesOf(const base::Json& addresses, const std::string& vdu) {
  const auto found = addresses.find(vdu);
  if (found == addresses.end()) return "none";
  if (found->is_string()) return found->get<std::string>();
  std::vector<std::string> texts;
  for (const base::Json& address : *found) texts.push_back(address.get<std::string>());
  return texts.empty() ? "none" : base::Join(texts, ", ");
}

base::Json ParseAddresses(const store::Vnf& vnf) {
  const absl::StatusOr<base::Json> json = base::ParseJson(vnf.mgmt_ip_address);
  return json.ok() && json->is_object() ? *json : base::Json::object();
}

}  // namespace

absl::StatusOr<StepOutcome> BeginReshape(StepContext& context, const Reshape& reshape) {
  GREGALE_ASSIGN_OR_RETURN(
      const store::Vnf vnf,
      GetVnfInState(context.store, context.operation.vnf_id, reshape.expected));
  GREGALE_RETURN_IF_ERROR(context.vims.Resolve(context.store, vnf.vim_id).status());
  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(const Layout before, lifecycle::LayoutOf(vnf, blueprint.descriptor));
  Layout after = before;
  if (context.state.Text("layout").empty()) {
    const int64_t making = context.operation.sequence;
    GREGALE_RETURN_IF_ERROR(reshape.change(making, blueprint.descriptor, after));
    context.state.SetNumber("making", making);
    context.state.SetText("layout", lifecycle::ToText(after));
  } else {
    GREGALE_ASSIGN_OR_RETURN(after, lifecycle::ParseLayout(context.state.Text("layout")));
  }
  context.state.SetText("instance_id", vnf.instance_id);
  context.state.SetText("vim_id", vnf.vim_id);
  return StepOutcome::Continue("apply", [=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, reshape.expected));
    GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, vnf.id));
    GREGALE_RETURN_IF_ERROR(PauseMonitoring(txn, row, blueprint, Kept(instances, before, after)));
    row.layout = lifecycle::ToText(after);
    GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, row));
    return reshape.announce ? reshape.announce(txn, row) : absl::OkStatus();
  });
}

absl::StatusOr<StepOutcome> ApplyReshape(StepContext& context, store::VnfStatus expected) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, expected));
  // What an operation that failed may have left, where this one follows an ERROR.
  GREGALE_ASSIGN_OR_RETURN(const VimAccessor::Vim vim,
                           context.vims.Resolve(context.store, vnf.vim_id));
  GREGALE_RETURN_IF_ERROR(DestroyDeployments(vim, vnf, vnf.instance_id));
  return MakeDeployment(context, vnf, base::Cat(vnf.name, "_", vnf.id), "await");
}

absl::StatusOr<StepOutcome> AwaitReshape(StepContext& context, store::VnfStatus expected,
                                         const FinishReshape& finish) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, expected));
  GREGALE_ASSIGN_OR_RETURN(
      auto awaited, AwaitDeployment(context, {"apply", "await", context.state.Number("making")}));
  if (auto* outcome = std::get_if<StepOutcome>(&awaited)) return *std::move(outcome);
  const auto& deployment = std::get<infra::DeploymentState>(awaited);

  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(
      const MonitoringPlan plan,
      PlanMonitoring(vnf, blueprint, InstancesOf(vnf.id, deployment), context.random));
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Vnf before, GetVnfInState(txn, vnf.id, expected));
    store::Vnf row = before;
    GREGALE_RETURN_IF_ERROR(RecordDeployment(txn, row, blueprint.descriptor, deployment));
    GREGALE_RETURN_IF_ERROR(lifecycle::MoveTo(store::VnfStatus::kActive, row));
    GREGALE_RETURN_IF_ERROR(finish(txn, before, row));
    GREGALE_RETURN_IF_ERROR(ResumeMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

std::string AddressChanges(const store::Vnf& before, const store::Vnf& after) {
  const base::Json was = ParseAddresses(before);
  const base::Json is = ParseAddresses(after);
  std::vector<std::string> changes;
  for (const auto& [vdu, addresses] : is.items()) {
    if (was.value(vdu, base::Json()) == addresses) continue;
    changes.push_back(base::Cat(vdu, " ", AddressesOf(was, vdu), " -> ", AddressesOf(is, vdu)));
  }
  return changes.empty() ? "no address has changed" : base::Join(changes, "; ");
}

absl::StatusOr<store::Vnf> FailReshape(store::Txn& txn, const store::Operation& operation,
                                       store::VnfStatus expected, std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, expected));
  const std::string why = base::Cat(operation.kind, " failed: ", reason);
  GREGALE_RETURN_IF_ERROR(lifecycle::MoveToError(why, operation.id, vnf));
  GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, vnf, KeepWorkflow::kYes));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kMonitorEvent, base::Cat("VNF ", why, "; it is no longer monitored")));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  return vnf;
}

}  // namespace gregale::conductor
