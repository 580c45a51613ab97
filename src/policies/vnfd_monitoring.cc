#include "policies/vnfd_monitoring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "policies/descriptor_policy.h"
#include "policies/plain_text.h"

namespace gregale::policies {
namespace {

using base::Json;

constexpr std::string_view kMonitoringType = "tosca.policies.tacker.Monitoring";
constexpr std::string_view kFailureType = "tosca.policies.tacker.Failure";

// What a type that ends so stands for: a driver or an action.
constexpr std::pair<std::string_view, std::string_view> kNamedTypes[] = {
    {".NoOp", "noop"},
    {".Ping", "ping"},
    {".HttpPing", "http_ping"},
    {".Respawn", "respawn"},
    {".Terminate", "log_and_kill"},
    {".Log", "log"},
};

std::string_view NameInType(const std::string& type) {
  const auto named =
      std::ranges::find_if(kNamedTypes, [&](const auto& row) { return type.ends_with(row.first); });
  return named == std::end(kNamedTypes) ? std::string_view() : named->second;
}

// Without the parameters that wait for an input; nullopt: the rest waits, too.
std::optional<Json> Settled(Json policy) {
  const auto parameters = policy.find("parameters");
  if (parameters != policy.end() && parameters->is_object()) {
    Json kept = Json::object();
    if (!tosca::IsUnresolved(*parameters)) {
      for (const auto& [key, value] : parameters->items()) {
        if (!WaitsForInput(value)) kept[key] = value;
      }
    }
    *parameters = std::move(kept);
  }
  if (WaitsForInput(policy)) return std::nullopt;
  return policy;
}

// A policy as it is written for a VDU, and where.
struct Written {
  const tosca::Vdu& vdu;
  const Json& policy;
  std::string field;
};

absl::Status CheckBesideOthers(const MonitoringPolicy& policy,
                               const std::vector<MonitoringPolicy>& others,
                               const Written& written) {
  for (const MonitoringPolicy& other : others) {
    if (other.driver == policy.driver) {
      return base::InvalidInput(written.field, base::Cat(written.vdu.name, " is watched by ",
                                                         policy.driver->name, " already"));
    }
    if (!other.driver->action.empty() && !policy.driver->action.empty() &&
        other.parameters.ip_version != policy.parameters.ip_version) {
      return base::InvalidInput(
          base::Cat(written.field, ".parameters.ip_version"),
          base::Cat("another policy of ", written.vdu.name, " watches its IPv",
                    other.parameters.ip_version, " address"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckReachable(const tosca::Vdu& vdu, const std::string& field) {
  if (vdu.has_management_cp) return absl::OkStatus();
  return base::InvalidInput(
      field, base::Cat(vdu.name, " cannot be monitored: none of its connection points (",
                       vdu.connection_points.empty() ? "it has none"
                                                     : base::Join(vdu.connection_points, ", "),
                       ") has management: true"));
}

absl::Status Add(const Written& written, const Json& monitoring_delay, VnfdPolicies& out) {
  std::optional<Json> settled = Settled(written.policy);
  if (!settled) return absl::OkStatus();
  const bool complete = *settled == written.policy;
  if (const auto name = settled->find("name"); name != settled->end() && *name == "noop") {
    return absl::OkStatus();
  }
  GREGALE_ASSIGN_OR_RETURN(
      MonitoringPolicy policy,
      ParseMonitoringPolicy(*settled, ContextOf(out, written.vdu.name), written.field,
                            complete ? Given::kAll : Given::kSome));
  if (!policy.driver->action.empty()) {
    GREGALE_RETURN_IF_ERROR(CheckReachable(written.vdu, written.field));
    GREGALE_RETURN_IF_ERROR(
        CheckPlain(policy.raw_parameters, base::Cat(written.field, ".parameters")));
    if (!monitoring_delay.is_null() && !policy.raw_parameters.contains("monitoring_delay")) {
      policy.raw_parameters["monitoring_delay"] = monitoring_delay;
      GREGALE_ASSIGN_OR_RETURN(policy.parameters,
                               ParseMonitorParameters(*policy.driver, policy.raw_parameters,
                                                      written.field, Given::kSome));
    }
  }
  std::vector<MonitoringPolicy>& of_vdu = out.monitoring[written.vdu.name];
  GREGALE_RETURN_IF_ERROR(CheckBesideOthers(policy, of_vdu, written));
  of_vdu.push_back(std::move(policy));
  return absl::OkStatus();
}

absl::Status CheckTargets(const DescriptorPolicy& policy, std::string_view for_what) {
  if (!policy.targets.empty()) return absl::OkStatus();
  return base::InvalidInput(base::Cat(policy.field, ".targets"),
                            base::Cat("must name the VDUs ", for_what));
}

// The properties as those of a VDU's monitoring_policy, with the name that the type implies.
absl::StatusOr<Json> PropertiesWithName(const DescriptorPolicy& policy) {
  GREGALE_ASSIGN_OR_RETURN(Json properties, PropertiesOf(policy));
  const std::string_view implied = NameInType(policy.type);
  if (implied.empty()) return properties;
  const auto name = properties.find("name");
  // Tacker writes http-ping there.
  if (name != properties.end() && *name != implied && *name != "http-ping") {
    return base::InvalidInput(base::Cat(policy.field, ".properties.name"),
                              base::Cat("the type says ", implied));
  }
  properties["name"] = std::string(implied);
  return properties;
}

absl::Status ReadMonitoringType(const tosca::Vnfd& vnfd, const Json& monitoring_delay,
                                VnfdPolicies& out) {
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, kMonitoringType)) {
    GREGALE_RETURN_IF_ERROR(CheckTargets(policy, "to watch"));
    GREGALE_ASSIGN_OR_RETURN(const Json properties, PropertiesWithName(policy));
    for (const tosca::Vdu& vdu : vnfd.vdus) {
      if (std::ranges::find(policy.targets, vdu.name) == policy.targets.end()) continue;
      GREGALE_RETURN_IF_ERROR(
          Add({vdu, properties, base::Cat(policy.field, ".properties")}, monitoring_delay, out));
    }
  }
  return absl::OkStatus();
}

// The action of a Failure policy: what the type or its property says; null: it waits for an input.
absl::StatusOr<Json> ActionOf(const DescriptorPolicy& policy) {
  GREGALE_ASSIGN_OR_RETURN(const Json properties, PropertiesOf(policy));
  const std::string field = base::Cat(policy.field, ".properties");
  GREGALE_RETURN_IF_ERROR(CheckKeys(properties, {"action"}, field));
  const std::string_view implied = NameInType(policy.type);
  if (!implied.empty() && properties.empty()) return Json(std::string(implied));
  if (!implied.empty()) {
    return base::InvalidInput(base::Cat(field, ".action"), base::Cat("the type says ", implied));
  }
  const auto action = properties.find("action");
  if (action == properties.end())
    return base::InvalidInput(base::Cat(field, ".action"), "is missing");
  return WaitsForInput(*action) ? Json() : *action;
}

// Gives the policies of its targets that do nothing on a failure its action.
absl::Status ReadFailureType(const DescriptorPolicy& policy, VnfdPolicies& out) {
  GREGALE_RETURN_IF_ERROR(CheckTargets(policy, "whose failure it answers"));
  GREGALE_ASSIGN_OR_RETURN(const Json action, ActionOf(policy));
  if (action.is_null()) return absl::OkStatus();
  for (const std::string& vdu : policy.targets) {
    GREGALE_ASSIGN_OR_RETURN(const auto names,
                             ReadActionNames(action, "failure", ContextOf(out, vdu),
                                             base::Cat(policy.field, ".properties.action")));
    const auto watched = out.monitoring.find(vdu);
    if (watched == out.monitoring.end()) {
      return base::InvalidInput(base::Cat(policy.field, ".targets"),
                                base::Cat(vdu, " has no monitoring policy"));
    }
    for (MonitoringPolicy& one : watched->second) one.actions.try_emplace("failure", names);
  }
  return absl::OkStatus();
}

}  // namespace

ActionContext ContextOf(const VnfdPolicies& policies, const std::string& vdu) {
  ActionContext context;
  for (const ScalingPolicy& policy : policies.scaling) {
    context.scaling_policies.push_back(policy.name);
    if (std::ranges::find(policy.targets, vdu) != policy.targets.end()) {
      context.scaling_policy = policy.name;
    }
  }
  context.has_receivers = !policies.receivers.empty();
  return context;
}

absl::Status ReadMonitoring(const tosca::Vnfd& vnfd, const Json& monitoring_delay,
                            VnfdPolicies& out) {
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    if (vdu.monitoring_policy.is_null()) continue;
    const std::string field =
        base::Cat("topology_template.node_templates.", vdu.name, ".properties.monitoring_policy");
    GREGALE_RETURN_IF_ERROR(Add({vdu, vdu.monitoring_policy, field}, monitoring_delay, out));
  }
  GREGALE_RETURN_IF_ERROR(ReadMonitoringType(vnfd, monitoring_delay, out));
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, kFailureType)) {
    GREGALE_RETURN_IF_ERROR(ReadFailureType(policy, out));
  }
  return absl::OkStatus();
}

}  // namespace gregale::policies
