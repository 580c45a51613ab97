#include "tosca/template_policies.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "tosca/schema.h"
#include "tosca/template_error.h"

namespace gregale::tosca {
namespace {

using base::Json;

constexpr std::string_view kPath = "topology_template.policies";

constexpr std::string_view kPolicyTypes[] = {
    "tosca.policies.tacker.Scaling",
    "tosca.policies.tacker.Alarming",
    "tosca.policies.tacker.Placement",
    "tosca.policies.tacker.Monitoring",
    "tosca.policies.tacker.Monitoring.NoOp",
    "tosca.policies.tacker.Monitoring.Ping",
    "tosca.policies.tacker.Monitoring.HttpPing",
    "tosca.policies.tacker.Failure",
    "tosca.policies.tacker.Failure.Respawn",
    "tosca.policies.tacker.Failure.Terminate",
    "tosca.policies.tacker.Failure.Log",
    "tosca.policies.gregale.Supervision",
    "tosca.policies.gregale.Notify",
};

absl::Status CheckType(const Json& policy, const std::string& path) {
  const auto type = policy.find("type");
  if (type == policy.end() || !type->is_string()) {
    return TemplateError(path, "must name a policy type");
  }
  const auto& name = type->get_ref<const std::string&>();
  if (name == "tosca.policies.tacker.Reservation") {
    return TemplateError(path, "reservations need OpenStack Blazar, which Gregale does not use");
  }
  if (std::ranges::find(kPolicyTypes, name) != std::end(kPolicyTypes)) return absl::OkStatus();
  return TemplateError(path, base::Cat(Quoted(name), " is no known policy type; known are ",
                                       base::Join(kPolicyTypes, ", ")));
}

absl::Status CheckTargets(const Json& policy, const Vnfd& vnfd, const std::string& path) {
  const auto targets = policy.find("targets");
  if (targets == policy.end() || targets->is_null()) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(CheckShape(*targets, Shape::kList, path));
  for (size_t i = 0; i < targets->size(); ++i) {
    const Json& target = (*targets)[i];
    if (!target.is_string()) return TemplateError(Item(path, i), "must name a VDU");
    const auto& name = target.get_ref<const std::string&>();
    if (std::ranges::find(vnfd.vdus, name, &Vdu::name) == vnfd.vdus.end()) {
      return TemplateError(Item(path, i), base::Cat("there is no VDU ", Quoted(name)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadPolicies(const Json& policies, Vnfd& vnfd) {
  vnfd.policies = Json::array();
  if (policies.is_null()) return absl::OkStatus();
  if (!policies.is_array()) return TemplateError(kPath, "must be a list");
  if (policies.size() > base::kPoliciesPerVnfdMax) {
    return TemplateError(kPath, base::Cat("more than ", base::kPoliciesPerVnfdMax, " policies"));
  }
  std::set<std::string> names;
  for (size_t i = 0; i < policies.size(); ++i) {
    const std::string item_path = Item(kPath, i);
    if (!policies[i].is_object() || policies[i].size() != 1 ||
        !policies[i].begin().value().is_object()) {
      return TemplateError(item_path, "must be a map of one policy");
    }
    const Json& policy = policies[i].begin().value();
    const std::string path = Child(item_path, policies[i].begin().key());
    GREGALE_RETURN_IF_ERROR(CheckName(policies[i].begin().key(), path));
    GREGALE_RETURN_IF_ERROR(CheckType(policy, Child(path, "type")));
    GREGALE_RETURN_IF_ERROR(CheckKeys(
        policy, {"type", "description", "metadata", "targets", "properties", "triggers"}, path));
    if (policy.contains("triggers") && policy["type"] != "tosca.policies.tacker.Alarming") {
      return TemplateError(Child(path, "triggers"), "only an alarming policy has triggers");
    }
    if (!names.insert(policies[i].begin().key()).second) {
      return TemplateError(path, "there is another policy of this name");
    }
    GREGALE_RETURN_IF_ERROR(CheckTargets(policy, vnfd, Child(path, "targets")));
  }
  vnfd.policies = policies;
  return absl::OkStatus();
}

}  // namespace gregale::tosca
