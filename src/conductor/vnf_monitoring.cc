#include "conductor/vnf_monitoring.h"

#include "base/error.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

constexpr char kPolicyAttribute[] = "monitoring_policy";
constexpr char kWorkflowAttribute[] = "monitoring_workflow";

absl::Status AddMonitoringEvent(store::Txn& txn, const store::Vnf& vnf) {
  const auto policy = vnf.attributes.find(kPolicyAttribute);
  const std::string text = policy != vnf.attributes.end() ? policy->second : "{}";
  // The comma at the end is Tacker's.
  return AddVnfEvent(txn, vnf, kMonitorEvent,
                     base::Cat("VNF added for monitoring. mon_policy_dict = ", text, ","));
}

// The monitor goes on with another input, under its action id.
absl::Status SetInput(store::Txn& txn, const store::Placement& placement,
                      const std::string& input) {
  GREGALE_RETURN_IF_ERROR(store::UpdateExecutionInput(txn, placement.execution_id, input));
  return store::SetPlacementInput(txn, placement.vnf_id, input);
}

absl::Status BeginMonitoring(store::Txn& txn, store::Vnf& vnf, const MonitoringPlan& plan) {
  store::Definition workflow;
  workflow.kind = "workflow";
  workflow.scope = "private";
  workflow.id = plan.workflow_id;
  workflow.tenant_id = vnf.tenant_id;
  workflow.name = MonitorWorkflowName(vnf.id);
  workflow.text = plan.definition;
  workflow.vnf_id = vnf.id;
  workflow.created_at = txn.now();
  GREGALE_RETURN_IF_ERROR(store::InsertDefinition(txn, workflow));

  store::Execution execution;
  execution.id = plan.execution_id;
  execution.tenant_id = vnf.tenant_id;
  execution.workflow_id = workflow.id;
  execution.workflow_name = workflow.name;
  execution.vnf_id = vnf.id;
  execution.state = "RUNNING";
  execution.input = plan.input;
  execution.created_at = txn.now();
  GREGALE_RETURN_IF_ERROR(store::InsertExecution(txn, execution));

  store::Placement placement;
  placement.vnf_id = vnf.id;
  placement.action_id = plan.action_id;
  placement.execution_id = execution.id;
  placement.workflow_name = workflow.name;
  placement.definition = plan.definition;
  placement.input = plan.input;
  placement.affinity = plan.affinity;
  GREGALE_RETURN_IF_ERROR(store::InsertPlacement(txn, placement));

  vnf.mistral_action_id = plan.action_id;
  vnf.attributes[kWorkflowAttribute] = plan.definition;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MonitoringPlan> PlanMonitoring(const store::Vnf& vnf, const Blueprint& blueprint,
                                              std::span<const store::VduInstance> instances,
                                              base::Random& random) {
  MonitoringPlan plan;
  if (blueprint.monitored.empty()) return plan;
  plan.policy =
      base::DumpJson(MonitoringPolicyAttribute(blueprint.monitored, blueprint.descriptor.vnfd));
  GREGALE_ASSIGN_OR_RETURN(plan.definition, GenerateMonitorWorkflow(vnf.id, blueprint.monitored));
  GREGALE_ASSIGN_OR_RETURN(const base::Json input,
                           MonitorInput(vnf.id, blueprint.monitored, instances));
  plan.input = base::DumpJson(input);
  plan.affinity = blueprint.affinity;
  plan.workflow_id = base::NewUuid(random);
  plan.execution_id = base::NewUuid(random);
  plan.action_id = base::NewUuid(random);
  return plan;
}

absl::Status PauseMonitoring(store::Txn& txn, const store::Vnf& vnf, const Blueprint& blueprint,
                             std::span<const store::VduInstance> instances) {
  const absl::StatusOr<store::Placement> placement = store::GetPlacement(txn, vnf.id);
  if (absl::IsNotFound(placement.status())) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(placement.status());
  GREGALE_ASSIGN_OR_RETURN(const base::Json input,
                           MonitorInput(vnf.id, blueprint.monitored, instances));
  return SetInput(txn, *placement, base::DumpJson(input));
}

absl::Status ResumeMonitoring(store::Txn& txn, store::Vnf& vnf, const MonitoringPlan& plan) {
  const absl::StatusOr<store::Placement> placement = store::GetPlacement(txn, vnf.id);
  if (!placement.ok() && !absl::IsNotFound(placement.status())) return placement.status();
  if (!plan.action_id.empty() && placement.ok() && placement->definition == plan.definition &&
      placement->affinity == plan.affinity) {
    GREGALE_RETURN_IF_ERROR(SetInput(txn, *placement, plan.input));
    return AddMonitoringEvent(txn, vnf);
  }
  GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, vnf, KeepWorkflow::kNo));
  if (plan.action_id.empty()) return absl::OkStatus();
  vnf.attributes[kPolicyAttribute] = plan.policy;
  GREGALE_RETURN_IF_ERROR(BeginMonitoring(txn, vnf, plan));
  return AddMonitoringEvent(txn, vnf);
}

absl::Status EndMonitoring(store::Txn& txn, store::Vnf& vnf, KeepWorkflow keep) {
  GREGALE_RETURN_IF_ERROR(store::DeletePlacement(txn, vnf.id));
  GREGALE_RETURN_IF_ERROR(store::DeleteExecutionsOfVnf(txn, vnf.id));
  vnf.mistral_action_id.clear();
  if (keep == KeepWorkflow::kYes) return absl::OkStatus();
  return store::DeleteDefinitionsOfVnf(txn, vnf.id);
}

}  // namespace gregale::conductor
