#include <set>

#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/reshape.h"
#include "conductor/vnf_event.h"
#include "lifecycle/requests.h"

// heal: PENDING_HEAL -> ACTIVE, or ERROR. The named instances are replaced by new ones. State:
// instances, the text [["VDU1", 0], ...].
namespace gregale::conductor {
namespace {

constexpr store::VnfStatus kExpected = store::VnfStatus::kPendingHeal;

absl::Status Damaged() {
  return absl::DataLossError("the operation's state is damaged: no list of instances");
}

absl::StatusOr<base::Json> InstancesIn(const OperationState& state) {
  const absl::StatusOr<base::Json> instances = base::ParseJson(state.Text("instances"));
  if (!instances.ok() || !instances->is_array()) return Damaged();
  for (const base::Json& instance : *instances) {
    if (!instance.is_array() || instance.size() != 2 || !instance[0].is_string() ||
        !instance[1].is_number_unsigned()) {
      return Damaged();
    }
  }
  return instances;
}

absl::Status Announce(store::Txn& txn, const store::Vnf& vnf, const base::Json& instances) {
  std::set<std::string> vdus;
  for (const base::Json& instance : instances) vdus.insert(instance[0].get<std::string>());
  for (const std::string& vdu : vdus) {
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(
        txn, vnf, lifecycle::kHealEvent,
        base::Cat("HealVnfRequest invoked to mark resource '", vdu, "' to unhealthy.")));
  }
  return AddVnfEvent(
      txn, vnf, lifecycle::kHealEvent,
      base::Cat("HealVnfRequest invoked to update the stack '", vnf.instance_id, "'"));
}

absl::StatusOr<StepOutcome> Begin(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const base::Json instances, InstancesIn(context.state));
  const auto change = [=](int64_t making, const lifecycle::Descriptor&,
                          lifecycle::Layout& layout) -> absl::Status {
    for (const base::Json& instance : instances) {
      std::vector<int64_t>& of_vdu = layout[instance[0].get<std::string>()];
      const auto index = instance[1].get<size_t>();
      if (index < of_vdu.size()) of_vdu[index] = making;
    }
    return absl::OkStatus();
  };
  const auto announce = [=](store::Txn& txn, const store::Vnf& vnf) {
    return Announce(txn, vnf, instances);
  };
  return BeginReshape(context, {kExpected, change, announce});
}

absl::StatusOr<StepOutcome> Apply(StepContext& context) { return ApplyReshape(context, kExpected); }

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  const auto finish = [](store::Txn& txn, const store::Vnf& before,
                         store::Vnf& after) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(
        AddVnfEvent(txn, after, lifecycle::kHealEvent,
                    base::Cat("Ends the heal vnf request for VNF '", after.id, "'")));
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, after, lifecycle::kHealEvent, ""));
    return AddVnfEvent(txn, after, kMonitorEvent,
                       base::Cat("VNF healed: ", AddressChanges(before, after)));
  };
  return AwaitReshape(context, kExpected, finish);
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, FailReshape(txn, operation, kExpected, reason));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, lifecycle::kHealEvent,
                  base::Cat("Ends the heal vnf request for VNF '", vnf.id, "'")));
  return AddVnfEvent(txn, vnf, lifecycle::kHealEvent, "");
}

constexpr OperationStep kSteps[] = {{"", Begin}, {"apply", Apply}, {"await", Await}};

}  // namespace

constinit const OperationKind kHealOperation{lifecycle::kHealKind, kSteps, Fail};

}  // namespace gregale::conductor
