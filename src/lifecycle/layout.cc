#include "lifecycle/layout.h"

#include "base/error.h"
#include "base/json.h"

namespace gregale::lifecycle {

absl::StatusOr<Layout> ParseLayout(std::string_view text) {
  Layout layout;
  if (text.empty()) return layout;
  const absl::Status damaged = absl::DataLossError("the VNF's layout is damaged");
  const absl::StatusOr<base::Json> json = base::ParseJson(text);
  if (!json.ok() || !json->is_object()) return damaged;
  for (const auto& [vdu, makings] : json->items()) {
    if (!makings.is_array()) return damaged;
    std::vector<int64_t>& of_vdu = layout[vdu];
    for (const base::Json& making : makings) {
      if (!making.is_number_integer()) return damaged;
      of_vdu.push_back(making.get<int64_t>());
    }
  }
  return layout;
}

std::string ToText(const Layout& layout) {
  base::Json json = base::Json::object();
  for (const auto& [vdu, makings] : layout) json[vdu] = makings;
  return base::DumpJson(json);
}

absl::StatusOr<Layout> LayoutOf(const store::Vnf& vnf, const Descriptor& descriptor) {
  GREGALE_ASSIGN_OR_RETURN(Layout known, ParseLayout(vnf.layout));
  Layout layout;
  for (const tosca::Vdu& vdu : descriptor.vnfd.vdus) {
    const auto found = known.find(vdu.name);
    if (found != known.end()) {
      layout[vdu.name] = std::move(found->second);
      continue;
    }
    const policies::ScalingPolicy* policy = ScalingPolicyOf(descriptor, vdu.name);
    const int count = policy != nullptr ? policy->default_instances : 1;
    layout[vdu.name].assign(static_cast<size_t>(count), 0);
  }
  return layout;
}

}  // namespace gregale::lifecycle
