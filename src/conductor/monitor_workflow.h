#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "policies/monitoring.h"
#include "store/records.h"
#include "tosca/vnfd.h"

// The workflow that watches a VNF, and its input. Pure functions.
namespace gregale::conductor {

// A VDU with a monitoring policy.
struct MonitoredVdu {
  std::string vdu;
  policies::MonitoringPolicy policy;
};

// The VDUs of the VNFD that are watched, in the template's order; empty: nothing is to be
// monitored. kInvalidArgument: a policy is wrong, or its VDU has no management address.
absl::StatusOr<std::vector<MonitoredVdu>> MonitoredVdus(const tosca::Vnfd& vnfd);

// The name of a VNF's workflow.
std::string MonitorWorkflowName(std::string_view vnf_id);

// The Mistral DSL v2 text: one task per watched VDU; no VDU waits for another. kInvalidArgument: a
// name or parameter contains what a workflow would take for an expression.
absl::StatusOr<std::string> GenerateMonitorWorkflow(std::string_view vnf_id,
                                                    std::span<const MonitoredVdu> monitored);

// Its input: {"vnf_id": .., "addresses": {"VDU1": ["198.18.0.3"]}}, the addresses in the family
// that each policy asks for. kFailedPrecondition: an instance has no address of that family.
absl::StatusOr<base::Json> MonitorInput(std::string_view vnf_id,
                                        std::span<const MonitoredVdu> monitored,
                                        std::span<const store::VduInstance> instances);

// The VNF's attribute `monitoring_policy` in Tacker's form: {"vdus": {VDU: {DRIVER: policy}}}, each
// policy with its parameters twice (`parameters`, `monitoring_params`).
base::Json MonitoringPolicyAttribute(std::span<const MonitoredVdu> monitored,
                                     const tosca::Vnfd& vnfd);

}  // namespace gregale::conductor
