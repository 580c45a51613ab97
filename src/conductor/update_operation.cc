#include "base/error.h"
#include "base/text.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "conductor/reshape.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "lifecycle/requests.h"
#include "lifecycle/transitions.h"
#include "store/vnf_table.h"

// update: PENDING_UPDATE -> ACTIVE, or ERROR. The VNF's row has its new values; monitoring follows
// them. Running instances are not touched: what the values change in a VDU holds for those that are
// made from now on.
namespace gregale::conductor {
namespace {

constexpr store::VnfStatus kExpected = store::VnfStatus::kPendingUpdate;

absl::StatusOr<StepOutcome> Renew(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  std::vector<store::VduInstance> instances;
  GREGALE_RETURN_IF_ERROR(context.store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(instances, store::ListVduInstances(txn, vnf.id));
    return absl::OkStatus();
  }));
  GREGALE_ASSIGN_OR_RETURN(const MonitoringPlan plan,
                           PlanMonitoring(vnf, blueprint, instances, context.random));
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    GREGALE_RETURN_IF_ERROR(lifecycle::MoveTo(store::VnfStatus::kActive, row));
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, lifecycle::kUpdateEvent, ""));
    GREGALE_RETURN_IF_ERROR(ResumeMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, FailReshape(txn, operation, kExpected, reason));
  return AddVnfEvent(txn, vnf, lifecycle::kUpdateEvent, "");
}

constexpr OperationStep kSteps[] = {{"", Renew}};

}  // namespace

constinit const OperationKind kUpdateOperation{lifecycle::kUpdateKind, kSteps, Fail};

}  // namespace gregale::conductor
