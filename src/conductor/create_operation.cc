#include "base/error.h"
#include "base/text.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "lifecycle/layout.h"
#include "lifecycle/requests.h"
#include "lifecycle/transitions.h"
#include "store/vnf_table.h"

// create: PENDING_CREATE -> ACTIVE, or ERROR. What a failed creation leaves at the VIM goes when it
// is tried again, or with the VNF's deletion, so that it can be looked at until then.
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

  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Layout layout,
                           lifecycle::LayoutOf(vnf, blueprint.descriptor));

  const bool again = !context.state.Text("instance_id").empty();
  const std::string instance_id = base::NewUuid(context.random);
  context.state.SetText("instance_id", instance_id);
  context.state.SetText("vim_id", vnf.vim_id);
  return StepOutcome::Continue(again ? "clear" : "deploy", [=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    row.instance_id = instance_id;
    row.layout = lifecycle::ToText(layout);
    return store::UpdateVnf(txn, row);
  });
}

// What the attempt before has left.
absl::StatusOr<StepOutcome> Clear(StepContext& context) {
  return ClearDeployments(context, kExpected, "deploy");
}

absl::StatusOr<StepOutcome> Deploy(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  return MakeDeployment(context, vnf, base::Cat(vnf.name, "_", vnf.id), "await");
}

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(auto awaited, AwaitDeployment(context, {"deploy", "await"}));
  if (auto* outcome = std::get_if<StepOutcome>(&awaited)) return *std::move(outcome);
  const auto& deployment = std::get<infra::DeploymentState>(awaited);

  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(
      const MonitoringPlan plan,
      PlanMonitoring(vnf, blueprint, InstancesOf(vnf.id, deployment), context.random));
  const std::string instance_id = context.state.Text("instance_id");
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    row.instance_id = instance_id;
    GREGALE_RETURN_IF_ERROR(RecordDeployment(txn, row, blueprint.descriptor, deployment));
    GREGALE_RETURN_IF_ERROR(AnnounceDeployment(txn, row));
    GREGALE_RETURN_IF_ERROR(lifecycle::MoveTo(store::VnfStatus::kActive, row));
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kCreateEvent, "VNF creation completed"));
    GREGALE_RETURN_IF_ERROR(ResumeMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, kExpected));
  GREGALE_RETURN_IF_ERROR(lifecycle::MoveToError(reason, operation.id, vnf));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kCreateEvent, base::Cat("VNF creation failed: ", reason)));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kCreateEvent, "VNF creation completed"));
  return store::UpdateVnf(txn, vnf);
}

constexpr OperationStep kSteps[] = {
    {"", Begin}, {"clear", Clear}, {"deploy", Deploy}, {"await", Await}};

}  // namespace

constinit const OperationKind kCreateOperation{lifecycle::kCreateKind, kSteps, Fail};

}  // namespace gregale::conductor
