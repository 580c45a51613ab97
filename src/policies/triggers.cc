#include "policies/triggers.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "policies/action.h"
#include "policies/descriptor_policy.h"

namespace gregale::policies {
namespace {

using base::Json;

// What else the server and the conductors keep among a VNF's attributes.
constexpr std::string_view kTakenAttributes[] = {
    "alarming_policy", "app_monitoring_policy", "config",          "failure_count",
    "heat_template",   "monitoring_policy",     "param_values",    "reservation_policy",
    "maintenance",     "maintenance_group",     "maintenance_url", "scaling_group_names"};

// Those of Aodh; the ones that ask whether a value is too high.
constexpr std::string_view kComparisons[] = {"gt", "ge", "lt", "le", "eq", "ne"};
constexpr std::string_view kTooHigh[] = {"gt", "ge"};

absl::Status CheckName(const std::string& name, const std::string& field) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (name.empty() || name.size() > 255 || name.find_first_not_of(kAllowed) != name.npos) {
    return base::InvalidInput(field, "a trigger's name has letters, digits, '_', '.' and '-'");
  }
  if (std::ranges::find(kTakenAttributes, name) != std::end(kTakenAttributes) ||
      name.starts_with("dead_instance_id_")) {
    return base::InvalidInput(field, "a VNF has another attribute of this name");
  }
  return absl::OkStatus();
}

// The VDU whose metadata has the group that the alarm measures.
absl::StatusOr<std::string> VduOfGroup(const tosca::Vnfd& vnfd, const Json& trigger,
                                       const std::string& field) {
  const auto group = trigger.find("metadata");
  if (group == trigger.end() || group->is_null() || tosca::IsUnresolved(*group)) {
    return std::string();
  }
  std::vector<std::string> vdus;
  for (const tosca::Vdu& vdu : vnfd.vdus) {
    const auto metadata = vdu.properties.find("metadata");
    if (metadata == vdu.properties.end() || !metadata->is_object()) continue;
    const auto own = metadata->find("metering.server_group");
    if (own != metadata->end() && *own == *group) vdus.push_back(vdu.name);
  }
  if (vdus.empty()) {
    return base::InvalidInput(base::Cat(field, ".metadata"),
                              "Metadata for alarm policy is not matched: no VDU has this "
                              "metering.server_group in its metadata");
  }
  // A group of several is about none of them in particular.
  return vdus.size() == 1 ? vdus.front() : std::string();
}

// nullopt-like "": the condition waits for an input or says nothing.
absl::StatusOr<std::string> ReadComparison(const Json& trigger, const std::string& field) {
  const auto condition = trigger.find("condition");
  if (condition == trigger.end() || condition->is_null() || tosca::IsUnresolved(*condition)) {
    return std::string();
  }
  const std::string path = base::Cat(field, ".condition");
  if (!condition->is_object()) return base::InvalidInput(path, "must be a map");
  GREGALE_RETURN_IF_ERROR(
      CheckKeys(*condition,
                {"constraint", "granularity", "evaluations", "aggregation_method", "threshold",
                 "comparison_operator", "resource_type", "state", "period", "method"},
                path));
  const auto comparison = condition->find("comparison_operator");
  if (comparison == condition->end() || tosca::IsUnresolved(*comparison)) return std::string();
  if (!comparison->is_string() ||
      std::ranges::find(kComparisons, comparison->get_ref<const std::string&>()) ==
          std::end(kComparisons)) {
    return base::InvalidInput(base::Cat(path, ".comparison_operator"),
                              base::Cat("must be one of ", base::Join(kComparisons, ", ")));
  }
  return comparison->get<std::string>();
}

// A scaling policy's name alone says nothing of the direction: the comparison does.
Json WithDirections(const Json& actions, const std::string& comparison,
                    const ActionContext& context) {
  Json list = actions.is_array() ? actions : Json::array({actions});
  const bool out =
      comparison.empty() || std::ranges::find(kTooHigh, comparison) != std::end(kTooHigh);
  for (Json& action : list) {
    if (!action.is_string()) continue;
    const auto& name = action.get_ref<const std::string&>();
    if (std::ranges::find(context.scaling_policies, name) == context.scaling_policies.end()) {
      continue;
    }
    action = base::Cat(name, out ? "-out" : "-in");
  }
  return list;
}

absl::StatusOr<Trigger> ReadTrigger(const tosca::Vnfd& vnfd, const std::string& name,
                                    const Json& body, const std::string& field,
                                    const ActionContext& context) {
  GREGALE_RETURN_IF_ERROR(CheckName(name, field));
  if (!body.is_object()) return base::InvalidInput(field, "must be a map");
  GREGALE_RETURN_IF_ERROR(CheckKeys(body,
                                    {"description", "event_type", "event", "schedule", "metric",
                                     "metadata", "target_filter", "condition", "action"},
                                    field));
  Trigger trigger{.name = name, .policy = {}, .vdu = {}, .actions = {}};
  GREGALE_ASSIGN_OR_RETURN(trigger.vdu, VduOfGroup(vnfd, body, field));
  GREGALE_ASSIGN_OR_RETURN(const std::string comparison, ReadComparison(body, field));
  const auto action = body.find("action");
  const std::string action_field = base::Cat(field, ".action");
  if (action == body.end() || action->is_null() || (action->is_array() && action->empty())) {
    return base::InvalidInput(action_field, "must name the actions that answer the alarm");
  }
  if (WaitsForInput(*action)) return trigger;
  GREGALE_ASSIGN_OR_RETURN(trigger.actions["failure"],
                           ReadActionNames(WithDirections(*action, comparison, context), "failure",
                                           context, action_field));
  return trigger;
}

}  // namespace

absl::StatusOr<std::vector<Trigger>> ReadAlarmingPolicies(const tosca::Vnfd& vnfd,
                                                          const ActionContext& context) {
  std::vector<Trigger> triggers;
  for (const DescriptorPolicy& policy : PoliciesOfType(vnfd, "tosca.policies.tacker.Alarming")) {
    const std::string field = base::Cat(policy.field, ".triggers");
    const auto bodies = policy.body.find("triggers");
    if (bodies == policy.body.end() || !bodies->is_object() || bodies->empty()) {
      return base::InvalidInput(field, "must be a map of triggers");
    }
    for (const auto& [name, body] : bodies->items()) {
      const std::string path = base::Cat(field, ".", name);
      GREGALE_ASSIGN_OR_RETURN(Trigger trigger, ReadTrigger(vnfd, name, body, path, context));
      if (std::ranges::find(triggers, name, &Trigger::name) != triggers.end()) {
        return base::InvalidInput(path, "there is another trigger of this name");
      }
      trigger.policy = policy.name;
      if (!trigger.actions.empty()) triggers.push_back(std::move(trigger));
    }
  }
  return triggers;
}

Trigger AlarmTrigger(const std::string& vdu, const MonitoringPolicy& policy) {
  return {
      .name = base::Cat("alarm_", vdu), .policy = "alarm", .vdu = vdu, .actions = policy.actions};
}

}  // namespace gregale::policies
