#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "conductor/deployment.h"
#include "store/records.h"
#include "store/store.h"

// The rows by which a VNF is monitored: workflow, execution, placement, and the VNF's action id and
// attributes.
namespace gregale::conductor {

// What will be written; made outside of a transaction, so that a repeated transaction writes the
// same ids.
struct MonitoringPlan {
  std::string policy;      // the attribute monitoring_policy, JSON text
  std::string definition;  // the workflow, YAML text
  std::string input;       // its input, JSON text
  std::string workflow_id;
  std::string execution_id;
  store::Labels affinity;  // see store::Placement
  std::string action_id;   // "": nothing is to be monitored
};
absl::StatusOr<MonitoringPlan> PlanMonitoring(const store::Vnf& vnf, const Blueprint& blueprint,
                                              std::span<const store::VduInstance> instances,
                                              base::Random& random);

// The VNF is to be monitored as planned; changes `vnf` but not its row. A monitor that there is
// goes on with the new input under its action id, unless the workflow has changed, too: then, and
// where there is none, one begins. Adds the event that says what is monitored.
absl::Status ResumeMonitoring(store::Txn& txn, store::Vnf& vnf, const MonitoringPlan& plan);

// Until ResumeMonitoring, only `instances` are probed: the others are being worked on. Nothing
// where the VNF has no monitor.
absl::Status PauseMonitoring(store::Txn& txn, const store::Vnf& vnf, const Blueprint& blueprint,
                             std::span<const store::VduInstance> instances);

// The monitor is to be killed, and its reports get BAD_ACTION from now on; changes `vnf` but not
// its row. The workflow goes only with the VNF: until then it says how the VNF was watched.
enum class KeepWorkflow { kYes, kNo };
absl::Status EndMonitoring(store::Txn& txn, store::Vnf& vnf, KeepWorkflow keep);

}  // namespace gregale::conductor
