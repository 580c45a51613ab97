#include "policies/descriptor_policy.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace gregale::policies {

using base::Json;

std::vector<DescriptorPolicy> PoliciesOfType(const tosca::Vnfd& vnfd, std::string_view type) {
  std::vector<DescriptorPolicy> policies;
  for (size_t i = 0; i < vnfd.policies.size(); ++i) {
    const auto entry = vnfd.policies[i].begin();
    const Json& body = entry.value();
    const auto& own_type = body.at("type").get_ref<const std::string&>();
    if (!own_type.starts_with(type)) continue;
    DescriptorPolicy policy{
        .name = entry.key(),
        .type = own_type,
        .body = body,
        .targets = {},
        .field = base::Cat("topology_template.policies[", i, "].", entry.key())};
    if (const auto targets = body.find("targets"); targets != body.end() && targets->is_array()) {
      for (const Json& target : *targets) policy.targets.push_back(target.get<std::string>());
    }
    policies.push_back(std::move(policy));
  }
  return policies;
}

absl::StatusOr<Json> PropertiesOf(const DescriptorPolicy& policy) {
  const auto properties = policy.body.find("properties");
  if (properties == policy.body.end() || properties->is_null()) return Json::object();
  if (properties->is_object() && !tosca::IsUnresolved(*properties)) return *properties;
  return base::InvalidInput(base::Cat(policy.field, ".properties"), "must be a map");
}

absl::Status CheckKeys(const Json& map, std::initializer_list<std::string_view> known,
                       std::string_view field) {
  for (const auto& [key, value] : map.items()) {
    if (std::ranges::find(known, std::string_view(key)) != known.end()) continue;
    return base::InvalidInput(base::Cat(field, ".", key),
                              base::Cat("is not known here; known are ", base::Join(known, ", ")));
  }
  return absl::OkStatus();
}

bool WaitsForInput(const Json& value) {
  if (tosca::IsUnresolved(value)) return true;
  if (!value.is_structured()) return false;
  return std::ranges::any_of(value, WaitsForInput);
}

}  // namespace gregale::policies
