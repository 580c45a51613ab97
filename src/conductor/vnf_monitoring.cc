#include "conductor/vnf_monitoring.h"

#include "base/error.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "store/placement_table.h"
#include "store/workflow_table.h"

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

}  // namespace

absl::StatusOr<MonitoringPlan> PlanMonitoring(const store::Vnf& vnf, const Blueprint& blueprint,
                                              std::span<const store::VduInstance> instances,
                                              base::Random& random) {
  MonitoringPlan plan;
  if (blueprint.monitored.empty()) return plan;
  plan.policy = base::DumpJson(MonitoringPolicyAttribute(blueprint.monitored, blueprint.vnfd));
  GREGALE_ASSIGN_OR_RETURN(plan.definition, GenerateMonitorWorkflow(vnf.id, blueprint.monitored));
  GREGALE_ASSIGN_OR_RETURN(const base::Json input,
                           MonitorInput(vnf.id, blueprint.monitored, instances));
  plan.input = base::DumpJson(input);
  plan.workflow_id = base::NewUuid(random);
  plan.execution_id = base::NewUuid(random);
  plan.action_id = base::NewUuid(random);
  return plan;
}

absl::Status BeginMonitoring(store::Txn& txn, store::Vnf& vnf, const MonitoringPlan& plan) {
  if (plan.action_id.empty()) return absl::OkStatus();
  store::Workflow workflow;
  workflow.id = plan.workflow_id;
  workflow.tenant_id = vnf.tenant_id;
  workflow.name = MonitorWorkflowName(vnf.id);
  workflow.definition = plan.definition;
  workflow.vnf_id = vnf.id;
  workflow.created_at = txn.now();
  GREGALE_RETURN_IF_ERROR(store::InsertWorkflow(txn, workflow));

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
  GREGALE_RETURN_IF_ERROR(store::InsertPlacement(txn, placement));

  vnf.mistral_action_id = plan.action_id;
  vnf.attributes[kWorkflowAttribute] = plan.definition;
  // The server wrote it when it accepted the VNF; an older row may lack it.
  vnf.attributes.emplace(kPolicyAttribute, plan.policy);
  return AddMonitoringEvent(txn, vnf);
}

absl::Status UpdateMonitoring(store::Txn& txn, const store::Vnf& vnf, const MonitoringPlan& plan) {
  if (plan.action_id.empty()) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(const store::Placement placement, store::GetPlacement(txn, vnf.id));
  GREGALE_RETURN_IF_ERROR(store::UpdateExecutionInput(txn, placement.execution_id, plan.input));
  GREGALE_RETURN_IF_ERROR(store::SetPlacementInput(txn, vnf.id, plan.input));
  return AddMonitoringEvent(txn, vnf);
}

absl::Status EndMonitoring(store::Txn& txn, store::Vnf& vnf, KeepWorkflow keep) {
  GREGALE_RETURN_IF_ERROR(store::DeletePlacement(txn, vnf.id));
  GREGALE_RETURN_IF_ERROR(store::DeleteExecutionsOfVnf(txn, vnf.id));
  vnf.mistral_action_id.clear();
  if (keep == KeepWorkflow::kYes) return absl::OkStatus();
  return store::DeleteWorkflowsOfVnf(txn, vnf.id);
}

}  // namespace gregale::conductor
