#include "base/error.h"
#include "base/text.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
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
  return StepOutcome::Continue("destroy");
}

absl::StatusOr<StepOutcome> Destroy(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(const VimAccessor::Vim vim,
                           context.vims.Resolve(context.store, vnf.vim_id));
  GREGALE_RETURN_IF_ERROR(DestroyDeployments(vim, vnf, context.state.Text("instance_id")));
  return StepOutcome::Continue("deploy");
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
  const absl::StatusOr<base::Json> was = base::ParseJson(before.mgmt_ip_address);
  const absl::StatusOr<base::Json> is = base::ParseJson(after.mgmt_ip_address);
  std::vector<std::string> changes;
  if (is.ok() && is->is_object()) {
    for (const auto& [vdu, address] : is->items()) {
      const base::Json old =
          was.ok() && was->is_object() ? was->value(vdu, base::Json()) : base::Json();
      const auto text = [](const base::Json& value) {
        return value.is_string() ? value.get<std::string>() : base::DumpJson(value);
      };
      changes.push_back(
          base::Cat(vdu, " ", old.is_null() ? "" : text(old) + " -> ", text(address)));
    }
  }
  const absl::Time dead_since = state.Time("dead_since");
  absl::Time failed_since = state.Time("failed_since");
  if (failed_since == absl::InfinitePast() || failed_since > dead_since) failed_since = dead_since;
  return base::Cat("VNF respawned: ", base::Join(changes, ", "), "; out of service for ",
                   InSeconds(now - failed_since), " (", InSeconds(dead_since - failed_since),
                   " until the failure was reported)");
}

absl::StatusOr<StepOutcome> Await(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  GREGALE_ASSIGN_OR_RETURN(auto awaited, AwaitDeployment(context, "deploy", "await"));
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
    GREGALE_RETURN_IF_ERROR(RecordDeployment(txn, row, state.Text("instance_id"), deployment));
    row.status = store::VnfStatus::kActive;
    row.error_reason.clear();
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kCreateEvent, "VNF creation completed"));
    GREGALE_RETURN_IF_ERROR(
        AddVnfEvent(txn, row, kMonitorEvent, Summary(before, row, state, txn.now())));
    GREGALE_RETURN_IF_ERROR(UpdateMonitoring(txn, row, plan));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, kExpected));
  vnf.status = store::VnfStatus::kError;
  vnf.error_reason = base::Cat("respawn failed: ", reason);
  GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, vnf, KeepWorkflow::kYes));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kMonitorEvent,
                  base::Cat("VNF respawn failed: ", reason, "; it is no longer monitored")));
  return store::UpdateVnf(txn, vnf);
}

constexpr OperationStep kSteps[] = {
    {"", Begin}, {"destroy", Destroy}, {"deploy", Deploy}, {"await", Await}};

}  // namespace

constinit const OperationKind kRespawnOperation{"respawn", kSteps, Fail};

}  // namespace gregale::conductor
