#include "lifecycle/descriptor.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/yaml.h"
#include "store/vnfd_table.h"

namespace gregale::lifecycle {

absl::StatusOr<Descriptor> ReadDescriptor(store::Txn& txn, const store::Vnf& vnf) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnfd row, store::GetVnfd(txn, vnf.vnfd_id));
  base::Json param_values = base::Json::object();
  const auto values = vnf.attributes.find("param_values");
  if (values != vnf.attributes.end() && !values->second.empty()) {
    GREGALE_ASSIGN_OR_RETURN(param_values, base::ParseYamlAsJson(values->second));
  }
  Descriptor descriptor;
  GREGALE_ASSIGN_OR_RETURN(descriptor.vnfd, tosca::ParseVnfdYaml(row.template_yaml, param_values,
                                                                 tosca::RequireInputs::kYes));
  GREGALE_ASSIGN_OR_RETURN(descriptor.scaling, policies::ReadScalingPolicies(descriptor.vnfd));
  return descriptor;
}

const policies::ScalingPolicy* FindScalingPolicy(const Descriptor& descriptor,
                                                 std::string_view name) {
  const auto found = std::ranges::find(descriptor.scaling, name, &policies::ScalingPolicy::name);
  return found == descriptor.scaling.end() ? nullptr : &*found;
}

const policies::ScalingPolicy* ScalingPolicyOf(const Descriptor& descriptor, std::string_view vdu) {
  for (const policies::ScalingPolicy& policy : descriptor.scaling) {
    if (std::ranges::find(policy.targets, vdu) != policy.targets.end()) return &policy;
  }
  return nullptr;
}

}  // namespace gregale::lifecycle
