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
  std::string action_id;  // "": nothing is to be monitored
};
absl::StatusOr<MonitoringPlan> PlanMonitoring(const store::Vnf& vnf, const Blueprint& blueprint,
                                              std::span<const store::VduInstance> instances,
                                              base::Random& random);

// Inserts the rows and the event; changes `vnf` but not its row. Nothing where nothing is to be
// monitored.
absl::Status BeginMonitoring(store::Txn& txn, store::Vnf& vnf, const MonitoringPlan& plan);

// The monitor shall go on with a new input (plan.input), under its action id.
absl::Status UpdateMonitoring(store::Txn& txn, const store::Vnf& vnf, const MonitoringPlan& plan);

// The monitor is to be killed, and its reports get BAD_ACTION from now on; changes `vnf` but not
// its row. The workflow goes only with the VNF: until then it says how the VNF was watched.
enum class KeepWorkflow { kYes, kNo };
absl::Status EndMonitoring(store::Txn& txn, store::Vnf& vnf, KeepWorkflow keep);

}  // namespace gregale::conductor
