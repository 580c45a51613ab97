#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::tosca {

// A VDU of a VNFD, inputs resolved.
struct Vdu {
  std::string name;
  base::Json properties;           // as in the template, without monitoring_policy
  base::Json monitoring_policy;    // as in the template; null where there is none (or "noop")
  bool has_management_cp = false;
  std::vector<std::string> connection_points;
};

// A VNF descriptor: a TOSCA Simple NFV template, parsed and checked.
struct Vnfd {
  std::string description;
  std::string template_name;
  std::map<std::string, base::Json> inputs;   // name -> its definition {"type": .., "default": ..}
  std::vector<Vdu> vdus;                       // in the template's order
  std::vector<std::string> virtual_links;
  base::Json policies;                         // the list in the template, as it is
};

// Parses a template given as JSON (as the REST API receives it). `param_values` are the values for its inputs;
// where `require_inputs` is kNo (onboarding), inputs without value and default stay unresolved ({"get_input": x}).
// Checks structure, types, references and monitoring policies. The error's field is the path in the template
// ("topology_template.node_templates.VDU1.properties.monitoring_policy.parameters.count").
enum class RequireInputs { kYes, kNo };
absl::StatusOr<Vnfd> ParseVnfd(const base::Json& vnfd_template, const base::Json& param_values, RequireInputs require);

// The same from YAML text; errors carry line and column, too.
absl::StatusOr<Vnfd> ParseVnfdYaml(std::string_view yaml, const base::Json& param_values, RequireInputs require);

}  // namespace gregale::tosca
