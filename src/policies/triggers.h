#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "policies/action_names.h"
#include "policies/monitoring.h"
#include "tosca/vnfd.h"

namespace gregale::policies {

// A way for something outside (Aodh, Prometheus Alertmanager, a script) to raise incidents, by a
// URL: a trigger of a policy of type tosca.policies.tacker.Alarming, or a VDU's monitoring policy
// `alarm`.
struct Trigger {
  std::string name;    // in the URL and among the VNF's attributes; the VNFD's only one of the name
  std::string policy;  // the Alarming policy's name; "alarm" for a VDU's own
  std::string vdu;     // whom it is about; "": the VNF as a whole
  std::map<std::string, std::vector<std::string>> actions;  // event -> ReadActionCall's names
};

// The triggers of the descriptor's Alarming policies, in its order; checked. Scaling by a policy
// goes out where the condition's comparison_operator is gt or ge, and in where it is not. A trigger
// whose actions wait for an input is left out.
absl::StatusOr<std::vector<Trigger>> ReadAlarmingPolicies(const tosca::Vnfd& vnfd,
                                                          const ActionContext& context);

// The trigger of a VDU's monitoring policy `alarm`: "alarm_<VDU>".
Trigger AlarmTrigger(const std::string& vdu, const MonitoringPolicy& policy);

}  // namespace gregale::policies
