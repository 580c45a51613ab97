#include "base/error.h"
#include "base/text.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "store/vnf_table.h"

// create: PENDING_CREATE -> ACTIVE, or ERROR. What a failed creation leaves at the VIM goes with
// the VNF's deletion, so that it can be looked at until then.
namespace gregale::conductor {
namespace {

constexpr store::VnfStatus kExpected = store::VnfStatus::kPendingCreate;

// Everything that can be known to be wrong is found here, before anything is made.
absl::StatusOr<StepOutcome> Begin(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_RETURN_IF_ERROR(context.vims.Resolve(context.store, vnf.vim_id).status());
  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_RETURN_IF_ERROR(GenerateMonitorWorkflow(vnf.id, blueprint.monitored).status());

  const std::string instance_id = base::NewUuid(context.random);
  context.state.SetText("instance_id", instance_id);
  context.state.SetText("vim_id", vnf.vim_id);
  return StepOutcome::Continue("deploy", [=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    row.instance_id = instance_id;
    return store::UpdateVnf(txn, row);
  });
}

absl::StatusOr<StepOutcome> Deploy(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  return MakeDeployment(context, vnf, base::Cat(vnf.name, "_", vnf.id), "await");
}

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(auto awaited, AwaitDeployment(context, "deploy", "await"));
  if (auto* outcome = std::get_if<StepOutcome>(&awaited)) return *std::move(outcome);
  const auto& deployment = std::get<infra::DeploymentState>(awaited);

  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(
      const MonitoringPlan plan,
      PlanMonitoring(vnf, blueprint, InstancesOf(vnf.id, deployment), context.random));
  const std::string instance_id = context.state.Text("instance_id");
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    GREGALE_RETURN_IF_ERROR(RecordDeployment(txn, row, instance_id, deployment));
    row.status = store::VnfStatus::kActive;
    row.error_reason.clear();
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kCreateEvent, "VNF creation completed"));
    GREGALE_RETURN_IF_ERROR(BeginMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, kExpected));
  vnf.status = store::VnfStatus::kError;
  vnf.error_reason = std::string(reason);
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kCreateEvent, base::Cat("VNF creation failed: ", reason)));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kCreateEvent, "VNF creation completed"));
  return store::UpdateVnf(txn, vnf);
}

constexpr OperationStep kSteps[] = {{"", Begin}, {"deploy", Deploy}, {"await", Await}};

}  // namespace

constinit const OperationKind kCreateOperation{"create", kSteps, Fail};

}  // namespace gregale::conductor
