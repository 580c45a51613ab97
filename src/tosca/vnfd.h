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
  base::Json properties;         // as in the template, without monitoring_policy; an object
  base::Json compute;            // the properties of its capability nfv_compute; an object
  base::Json monitoring_policy;  // as in the template, with a name; null where there is none (noop)
  // One of its CPs has `management: true` (or waits for an input to say so).
  bool has_management_cp = false;
  std::vector<std::string> connection_points;  // in the template's order
};

// A VNF descriptor: a TOSCA Simple NFV template, parsed and checked.
struct Vnfd {
  std::string description;
  std::string template_name;                 // metadata.template_name
  std::map<std::string, base::Json> inputs;  // name -> its definition {"type": .., "default": ..}
  std::vector<Vdu> vdus;                     // in the template's order
  std::vector<std::string> virtual_links;    // in the template's order
  base::Json policies;                       // the list in the template, inputs resolved; an array
};

// kYes: every input must have a value or a default, as when a VNF is made. kNo: at onboarding;
// inputs without either stay as they are written, {"get_input": x}.
enum class RequireInputs { kYes, kNo };

// Parses a template given as JSON (as the REST API receives it). `param_values` is an object of
// values for its inputs, or null. Checks structure, types and references; of a monitoring policy
// only that it is a map with a name (the rest is policies/).
//
// Errors are kInvalidArgument. Kind "ToscaParserFailed": the template is wrong; the field is the
// path in it
// ("topology_template.node_templates.VDU1.properties.flavor",
// "...CP1.requirements[0].virtualLink"). Kind "InvalidInput": param_values is wrong. Kind
// "InputValuesMissing": inputs without value, with kYes.
absl::StatusOr<Vnfd> ParseVnfd(const base::Json& vnfd_template, const base::Json& param_values,
                               RequireInputs require);

// The same from YAML text; messages end in the line and column of the field. Of two equal keys the
// last counts, as in Tacker.
absl::StatusOr<Vnfd> ParseVnfdYaml(std::string_view yaml, const base::Json& param_values,
                                   RequireInputs require);

// `error` with the line and column of its field in the template at the end of the message.
absl::Status WithPosition(const absl::Status& error, std::string_view yaml);

// The value waits for an input: {"get_input": name}. Only in a Vnfd parsed with RequireInputs::kNo.
bool IsUnresolved(const base::Json& value);

}  // namespace gregale::tosca
