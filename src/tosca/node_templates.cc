#include "tosca/node_templates.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "tosca/node_types.h"
#include "tosca/schema.h"
#include "tosca/template_error.h"

namespace gregale::tosca {
namespace {

using base::Json;

constexpr std::string_view kPath = "topology_template.node_templates";

using TypesByName = std::map<std::string, const NodeType*, std::less<>>;

// The member of a map; null where the map is null or has none.
const Json& Member(const Json& map, std::string_view key) {
  static const Json kNull;
  if (!map.is_object()) return kNull;
  const auto found = map.find(key);
  return found == map.end() ? kNull : *found;
}

absl::StatusOr<const NodeType*> TypeOf(const Json& node, const std::string& path) {
  GREGALE_RETURN_IF_ERROR(CheckKeys(node,
                                    {"type", "description", "metadata", "properties",
                                     "requirements", "capabilities", "artifacts"},
                                    path));
  const Json& name = Member(node, "type");
  if (!name.is_string()) return TemplateError(Child(path, "type"), "must name a node type");
  const NodeType* type = FindNodeType(name.get_ref<const std::string&>());
  if (type != nullptr) return type;
  std::vector<std::string_view> known;
  for (const NodeType& row : NodeTypes()) known.push_back(row.name);
  return TemplateError(Child(path, "type"),
                       base::Cat(Quoted(name.get_ref<const std::string&>()),
                                 " is no known node type; known are ", base::Join(known, ", ")));
}

absl::StatusOr<TypesByName> ReadTypes(const Json& nodes) {
  if (!nodes.is_object()) return TemplateError(kPath, "must be a map of node templates");
  if (nodes.size() > base::kNodeTemplatesPerVnfdMax) {
    return TemplateError(
        kPath, base::Cat("more than ", base::kNodeTemplatesPerVnfdMax, " node templates"));
  }
  TypesByName types;
  for (const auto& [name, node] : nodes.items()) {
    const std::string path = Child(kPath, name);
    GREGALE_RETURN_IF_ERROR(CheckName(name, path));
    GREGALE_ASSIGN_OR_RETURN(types[name], TypeOf(node, path));
  }
  return types;
}

// The name in {"node": "VDU1"} or "VDU1".
absl::StatusOr<std::string> TargetOf(const Json& requirement, const std::string& path) {
  if (requirement.is_string()) return requirement.get<std::string>();
  GREGALE_RETURN_IF_ERROR(CheckKeys(requirement, {"node", "relationship", "capability"}, path));
  const Json& node = Member(requirement, "node");
  if (!node.is_string()) return TemplateError(Child(path, "node"), "must name a node template");
  return node.get<std::string>();
}

absl::Status CheckRequirement(const NodeType& type, const std::string& name,
                              const std::string& target, const TypesByName& types,
                              const std::string& path) {
  const auto known = std::ranges::find(type.requirements, name, &RequirementType::name);
  if (known == type.requirements.end()) {
    std::vector<std::string_view> names;
    for (const RequirementType& row : type.requirements) names.push_back(row.name);
    return TemplateError(path, base::Cat(type.name, " has no such requirement; known are ",
                                         names.empty() ? "none" : base::Join(names, ", ")));
  }
  const auto found = types.find(target);
  if (found == types.end()) {
    return TemplateError(path, base::Cat("there is no node template ", Quoted(target)));
  }
  if (found->second->kind != known->target) {
    return TemplateError(path, base::Cat(Quoted(target), " is a ", found->second->name, ", not a ",
                                         NodeTypeName(known->target)));
  }
  return absl::OkStatus();
}

// The targets of a node template's requirements, by the requirement's name.
absl::StatusOr<std::map<std::string, std::string>> ReadRequirements(const Json& node,
                                                                    const NodeType& type,
                                                                    const TypesByName& types,
                                                                    const std::string& node_path) {
  const Json& list = Member(node, "requirements");
  const std::string list_path = Child(node_path, "requirements");
  if (!list.is_null() && !list.is_array()) return TemplateError(list_path, "must be a list");
  std::map<std::string, std::string> targets;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string item_path = Item(list_path, i);
    if (!list[i].is_object() || list[i].size() != 1) {
      return TemplateError(item_path, "must be a map of one requirement");
    }
    const std::string& name = list[i].begin().key();
    const std::string path = Child(item_path, name);
    GREGALE_ASSIGN_OR_RETURN(const std::string target, TargetOf(list[i].begin().value(), path));
    GREGALE_RETURN_IF_ERROR(CheckRequirement(type, name, target, types, path));
    if (!targets.emplace(name, target).second) return TemplateError(path, "is given twice");
  }
  for (const RequirementType& row : type.requirements) {
    if (row.presence == Presence::kRequired && !targets.contains(std::string(row.name))) {
      return TemplateError(list_path, base::Cat(row.name, " is required"));
    }
  }
  return targets;
}

// Descriptors that need what no VIM driver here can do are refused, and not deployed as something
// else.
absl::Status RefuseUndeployable(const Json& properties, const std::string& path) {
  static constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
      {"vnfcs", "a containerised VDU needs a Kubernetes VIM, which Gregale does not have"},
      {"mapping_ports", "a containerised VDU needs a Kubernetes VIM, which Gregale does not have"},
      {"reservation_metadata", "a reserved VDU needs OpenStack Blazar, which Gregale does not use"},
  };
  for (const auto& [name, reason] : kRefused) {
    if (!Member(properties, name).is_null()) return TemplateError(Child(path, name), reason);
  }
  return absl::OkStatus();
}

// null for no policy: absent, "noop", or named noop.
absl::StatusOr<Json> ReadMonitoringPolicy(const Json& policy, const std::string& path) {
  if (policy.is_null() || policy == "noop") return Json();
  if (!policy.is_object() || IsUnresolved(policy)) {
    return TemplateError(path, "must be a map with name, parameters and actions, or 'noop'");
  }
  const Json& name = Member(policy, "name");
  if (name == "noop") return Json();
  if (!name.is_string() && !IsUnresolved(name)) {
    return TemplateError(Child(path, "name"), "must name a monitoring driver");
  }
  return policy;
}

absl::StatusOr<Vdu> ReadVdu(const std::string& name, const Json& node, const std::string& path) {
  Vdu vdu;
  vdu.name = name;
  vdu.properties = Json::object();
  vdu.compute = Json::object();
  const std::string properties_path = Child(path, "properties");
  if (const Json& properties = Member(node, "properties"); properties.is_object()) {
    vdu.properties = properties;
  }
  GREGALE_RETURN_IF_ERROR(RefuseUndeployable(vdu.properties, properties_path));
  GREGALE_ASSIGN_OR_RETURN(vdu.monitoring_policy,
                           ReadMonitoringPolicy(Member(vdu.properties, "monitoring_policy"),
                                                Child(properties_path, "monitoring_policy")));
  vdu.properties.erase("monitoring_policy");

  const std::string capabilities_path = Child(path, "capabilities");
  const Json& capabilities = Member(node, "capabilities");
  if (capabilities.is_null()) return vdu;
  GREGALE_RETURN_IF_ERROR(CheckKeys(capabilities, {"nfv_compute"}, capabilities_path));
  const Json& compute = Member(capabilities, "nfv_compute");
  if (compute.is_null()) return vdu;
  const std::string compute_path = Child(capabilities_path, "nfv_compute");
  GREGALE_RETURN_IF_ERROR(CheckKeys(compute, {"properties"}, compute_path));
  const Json& properties = Member(compute, "properties");
  GREGALE_RETURN_IF_ERROR(
      CheckProperties(properties, ComputeProperties(), Child(compute_path, "properties")));
  if (properties.is_object()) vdu.compute = properties;
  return vdu;
}

bool IsManagement(const Json& node) {
  const Json& management = Member(Member(node, "properties"), "management");
  if (management.is_boolean()) return management.get<bool>();
  if (IsUnresolved(management)) return true;
  return management.is_string() &&
         absl::EqualsIgnoreCase(management.get_ref<const std::string&>(), "true");
}

void Bind(const std::string& cp, const Json& node, const std::string& target,
          std::vector<Vdu>& vdus) {
  const auto vdu = std::ranges::find(vdus, target, &Vdu::name);
  vdu->connection_points.push_back(cp);
  if (IsManagement(node)) vdu->has_management_cp = true;
}

absl::Status CheckVdus(const std::vector<Vdu>& vdus) {
  if (vdus.empty()) return TemplateError(kPath, "there is no VDU (tosca.nodes.nfv.VDU.Tacker)");
  if (vdus.size() > static_cast<size_t>(base::kVdusPerVnfMax)) {
    return TemplateError(kPath, base::Cat("more than ", base::kVdusPerVnfMax, " VDUs"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ReadNodeTemplates(const Json& node_templates, Vnfd& vnfd) {
  GREGALE_ASSIGN_OR_RETURN(const TypesByName types, ReadTypes(node_templates));
  // CPs may stand before the VDUs they are bound to.
  std::vector<std::pair<std::string, std::string>> bindings;
  for (const auto& [name, node] : node_templates.items()) {
    const std::string path = Child(kPath, name);
    const NodeType& type = *types.find(name)->second;
    const Json& properties = Member(node, "properties");
    if (type.properties.empty()) {
      if (!properties.is_null()) {
        GREGALE_RETURN_IF_ERROR(CheckShape(properties, Shape::kMap, Child(path, "properties")));
      }
    } else {
      GREGALE_RETURN_IF_ERROR(
          CheckProperties(properties, type.properties, Child(path, "properties")));
    }
    GREGALE_ASSIGN_OR_RETURN(auto targets, ReadRequirements(node, type, types, path));
    if (type.kind == NodeKind::kVdu) {
      GREGALE_ASSIGN_OR_RETURN(Vdu vdu, ReadVdu(name, node, path));
      vnfd.vdus.push_back(std::move(vdu));
    } else if (type.kind == NodeKind::kVirtualLink) {
      vnfd.virtual_links.push_back(name);
    } else if (type.kind == NodeKind::kConnectionPoint) {
      bindings.emplace_back(name, targets.at("virtualBinding"));
    }
  }
  for (const auto& [cp, vdu] : bindings) Bind(cp, node_templates.at(cp), vdu, vnfd.vdus);
  return CheckVdus(vnfd.vdus);
}

}  // namespace gregale::tosca
