#include "policies/vnfd_policies.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace gregale::policies {
namespace {

using base::Json;

bool Waits(const Json& value) {
  if (tosca::IsUnresolved(value)) return true;
  if (!value.is_structured()) return false;
  for (const Json& member : value) {
    if (Waits(member)) return true;
  }
  return false;
}

// Without the parameters that wait for an input.
Json Settled(const Json& policy) {
  Json settled = policy;
  const auto parameters = settled.find("parameters");
  if (parameters == settled.end()) return settled;
  if (tosca::IsUnresolved(*parameters)) {
    settled.erase("parameters");
    return settled;
  }
  if (!parameters->is_object()) return settled;
  Json kept = Json::object();
  for (const auto& [key, value] : parameters->items()) {
    if (!Waits(value)) kept[key] = value;
  }
  *parameters = std::move(kept);
  return settled;
}

}  // namespace

absl::StatusOr<std::map<std::string, MonitoringPolicy>> ReadMonitoringPolicies(
    const tosca::Vnfd& vnfd) {
  std::map<std::string, MonitoringPolicy> policies;
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    if (vdu.monitoring_policy.is_null()) continue;
    const Json settled = Settled(vdu.monitoring_policy);
    if (Waits(settled)) continue;
    const std::string field =
        base::Cat("topology_template.node_templates.", vdu.name, ".properties.monitoring_policy");
    GREGALE_ASSIGN_OR_RETURN(policies[vdu.name], ParseMonitoringPolicy(settled, field));
  }
  return policies;
}

}  // namespace gregale::policies
