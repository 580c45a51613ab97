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

// respawn: DEAD -> ACTIVE, or ERROR. The whole deployment is replaced, as in Tacker; the monitor
// keeps its action id and is updated. The handler of the incident has written DEAD and gives in the
// state: dead_since, failed_since (the first failed probe), failure_count.
namespace gregale::conductor {
namespace {

constexpr store::VnfStatus kExpected = store::VnfStatus::kDead;

// Tacker's users look for DEAD once a second.
constexpr absl::Duration kDeadMin = absl::Milliseconds(1050);

absl::StatusOr<StepOutcome> Begin(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  context.state.SetText("instance_id", base::NewUuid(context.random));
  context.state.SetText("vim_id", vnf.vim_id);
  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  // Nothing is probed until there is something again.
  return StepOutcome::Continue(
      "destroy", [=](store::Txn& txn) { return PauseMonitoring(txn, vnf, blueprint, {}); });
}

absl::StatusOr<StepOutcome> Destroy(StepContext& context) {
  return ClearDeployments(context, kExpected, "deploy");
}

absl::StatusOr<StepOutcome> Deploy(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  const std::string name =
      base::Cat(vnf.name, "_", vnf.id, "-RESPAWN-", context.state.Number("failure_count"));
  return MakeDeployment(context, vnf, name, "await");
}

// "VNF respawned: VDU1 198.18.0.3 -> 198.18.0.4; out of service for 5.2 s (2.1 s until the failure
// was reported)".
std::string Summary(const store::Vnf& before, const store::Vnf& after, const OperationState& state,
                    absl::Time now) {
  const absl::Time dead_since = state.Time("dead_since");
  absl::Time failed_since = state.Time("failed_since");
  if (failed_since == absl::InfinitePast() || failed_since > dead_since) failed_since = dead_since;
  return base::Cat("VNF respawned: ", AddressChanges(before, after), "; out of service for ",
                   InSeconds(now - failed_since), " (", InSeconds(dead_since - failed_since),
                   " until the failure was reported)");
}

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(auto awaited, AwaitDeployment(context, {"deploy", "await"}));
  if (auto* outcome = std::get_if<StepOutcome>(&awaited)) return *std::move(outcome);
  const auto& deployment = std::get<infra::DeploymentState>(awaited);

  absl::Duration dead_for;
  GREGALE_RETURN_IF_ERROR(context.store.Read([&](store::Txn& txn) {
    dead_for = txn.now() - context.state.Time("dead_since");
    return absl::OkStatus();
  }));
  if (dead_for < kDeadMin) return StepOutcome::Wait("await", kDeadMin - dead_for);

  GREGALE_ASSIGN_OR_RETURN(const Blueprint blueprint, LoadBlueprint(context.store, vnf));
  GREGALE_ASSIGN_OR_RETURN(
      const MonitoringPlan plan,
      PlanMonitoring(vnf, blueprint, InstancesOf(vnf.id, deployment), context.random));
  const OperationState state = context.state;
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Vnf before, GetVnfInState(txn, vnf.id, kExpected));
    store::Vnf row = before;
    row.instance_id = state.Text("instance_id");
    GREGALE_RETURN_IF_ERROR(RecordDeployment(txn, row, blueprint.descriptor, deployment));
    GREGALE_RETURN_IF_ERROR(AnnounceDeployment(txn, row));
    GREGALE_RETURN_IF_ERROR(lifecycle::MoveTo(store::VnfStatus::kActive, row));
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kCreateEvent, "VNF creation completed"));
    GREGALE_RETURN_IF_ERROR(
        AddVnfEvent(txn, row, kMonitorEvent, Summary(before, row, state, txn.now())));
    GREGALE_RETURN_IF_ERROR(ResumeMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, kExpected));
  GREGALE_RETURN_IF_ERROR(
      lifecycle::MoveToError(base::Cat("respawn failed: ", reason), operation.id, vnf));
  GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, vnf, KeepWorkflow::kYes));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kMonitorEvent,
                  base::Cat("VNF respawn failed: ", reason, "; it is no longer monitored")));
  return store::UpdateVnf(txn, vnf);
}

constexpr OperationStep kSteps[] = {
    {"", Begin}, {"destroy", Destroy}, {"deploy", Deploy}, {"await", Await}};

}  // namespace

constinit const OperationKind kRespawnOperation{lifecycle::kRespawnKind, kSteps, Fail};

}  // namespace gregale::conductor
