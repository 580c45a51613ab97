#include "policies/vnfd_policies.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/action.h"
#include "policies/affinity.h"
#include "policies/descriptor_policy.h"
#include "policies/guards.h"
#include "policies/parameters.h"
#include "policies/vnfd_monitoring.h"

namespace gregale::policies {
namespace {

using base::Json;

constexpr std::string_view kSupervisionType = "tosca.policies.gregale.Supervision";
constexpr std::string_view kNotifyType = "tosca.policies.gregale.Notify";

// Gives `guards` and, apart, the VNF-wide `monitoring_delay` (null: none).
absl::Status ReadSupervision(const tosca::Vnfd& vnfd, Json& guards, Json& monitoring_delay) {
  const auto policies = PoliciesOfType(vnfd, kSupervisionType);
  if (policies.size() > 1) {
    return base::InvalidInput(policies[1].field,
                              "a VNF has one supervision, and this is the second");
  }
  guards = Json::object();
  for (const DescriptorPolicy& policy : policies) {
    if (!policy.targets.empty()) {
      return base::InvalidInput(base::Cat(policy.field, ".targets"), "it is about the whole VNF");
    }
    const std::string field = base::Cat(policy.field, ".properties");
    GREGALE_ASSIGN_OR_RETURN(const Json properties, PropertiesOf(policy));
    for (const auto& [key, value] : properties.items()) {
      if (WaitsForInput(value) || key == kAffinityProperty) continue;
      (key == "monitoring_delay" ? monitoring_delay : guards[key]) = value;
    }
    GREGALE_RETURN_IF_ERROR(ParseGuards(guards, field, {}).status());
    if (!monitoring_delay.is_null()) {
      GREGALE_RETURN_IF_ERROR(ReadSeconds(monitoring_delay, base::Cat(field, ".monitoring_delay"),
                                          0, base::kMonitoringDelaySecondsMax)
                                  .status());
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadUrl(const Json& url, const std::string& field) {
  if (WaitsForInput(url)) return std::string();
  GREGALE_ASSIGN_OR_RETURN(std::string text, ReadWord(url, field, base::kReceiverUrlBytesMax));
  std::string_view rest = text;
  if ((base::TakePrefix(rest, "http://") || base::TakePrefix(rest, "https://")) && !rest.empty() &&
      rest.front() != '/') {
    return text;
  }
  return base::InvalidInput(field, "must be a URL that begins with http:// or https://");
}

absl::StatusOr<std::vector<Receiver>> ReadReceivers(const tosca::Vnfd& vnfd) {
  std::vector<Receiver> receivers;
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, kNotifyType)) {
    if (receivers.size() >= base::kReceiversPerVnfdMax) {
      return base::InvalidInput(policy.field,
                                base::Cat("more than ", base::kReceiversPerVnfdMax, " receivers"));
    }
    const std::string field = base::Cat(policy.field, ".properties");
    GREGALE_ASSIGN_OR_RETURN(const Json properties, PropertiesOf(policy));
    GREGALE_RETURN_IF_ERROR(CheckKeys(properties, {"url"}, field));
    const auto url = properties.find("url");
    if (url == properties.end()) return base::InvalidInput(field + ".url", "is missing");
    Receiver receiver{.name = policy.name, .url = {}};
    GREGALE_ASSIGN_OR_RETURN(receiver.url, ReadUrl(*url, field + ".url"));
    receivers.push_back(std::move(receiver));
  }
  return receivers;
}

// So that an action's name says one thing only.
absl::Status CheckScalingNames(const tosca::Vnfd& vnfd) {
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, "tosca.policies.tacker.Scaling")) {
    if (FindPolicyAction(policy.name) == nullptr && policy.name != "scale") continue;
    return base::InvalidInput(policy.field, "a policy action is called so");
  }
  return absl::OkStatus();
}

absl::Status AddAlarmTriggers(VnfdPolicies& out) {
  for (const auto& [vdu, policies] : out.monitoring) {
    for (const MonitoringPolicy& policy : policies) {
      if (!policy.driver->action.empty()) continue;
      Trigger trigger = AlarmTrigger(vdu, policy);
      if (std::ranges::find(out.triggers, trigger.name, &Trigger::name) != out.triggers.end()) {
        return base::InvalidInput(
            base::Cat("topology_template.node_templates.", vdu, ".properties.monitoring_policy"),
            base::Cat("there is another trigger ", trigger.name));
      }
      out.triggers.push_back(std::move(trigger));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<base::Labels> ReadAffinity(const tosca::Vnfd& vnfd) {
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, kSupervisionType)) {
    GREGALE_ASSIGN_OR_RETURN(const Json properties, PropertiesOf(policy));
    const auto affinity = properties.find(kAffinityProperty);
    if (affinity == properties.end() || WaitsForInput(*affinity)) continue;
    return base::ReadLabels(*affinity, base::Cat(policy.field, ".properties.", kAffinityProperty));
  }
  return base::Labels();
}

absl::StatusOr<VnfdPolicies> ReadVnfdPolicies(const tosca::Vnfd& vnfd) {
  VnfdPolicies out;
  Json monitoring_delay;
  GREGALE_RETURN_IF_ERROR(CheckScalingNames(vnfd));
  GREGALE_ASSIGN_OR_RETURN(out.scaling, ReadScalingPolicies(vnfd));
  GREGALE_ASSIGN_OR_RETURN(out.receivers, ReadReceivers(vnfd));
  GREGALE_RETURN_IF_ERROR(ReadSupervision(vnfd, out.guards, monitoring_delay));
  GREGALE_RETURN_IF_ERROR(ReadAffinity(vnfd).status());
  GREGALE_RETURN_IF_ERROR(ReadMonitoring(vnfd, monitoring_delay, out));
  GREGALE_ASSIGN_OR_RETURN(out.triggers, ReadAlarmingPolicies(vnfd, ContextOf(out, "")));
  GREGALE_RETURN_IF_ERROR(AddAlarmTriggers(out));
  return out;
}

absl::StatusOr<VnfdPolicies> ReadVnfdPolicies(const tosca::Vnfd& vnfd, std::string_view yaml) {
  absl::StatusOr<VnfdPolicies> policies = ReadVnfdPolicies(vnfd);
  if (policies.ok()) return policies;
  return tosca::WithPosition(policies.status(), yaml);
}

}  // namespace gregale::policies
