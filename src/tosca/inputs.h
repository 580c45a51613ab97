#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {

// The inputs of a template and the values they have.
struct Inputs {
  std::map<std::string, base::Json> definitions;
  std::map<std::string, base::Json> values;  // without those that have neither value nor default
};

// Reads topology_template.inputs (null: none) and checks `param_values` (null: none) against it:
// declared, of the type, within the constraints.
absl::StatusOr<Inputs> ReadInputs(const base::Json& definitions, const base::Json& param_values,
                                  RequireInputs require);

// `value` with every {"get_input": name} in it replaced; those without value stay. `path` is where
// it stands in the template. An input that is not declared is an error.
absl::StatusOr<base::Json> ResolveInputs(const base::Json& value, const Inputs& inputs,
                                         const std::string& path);

}  // namespace gregale::tosca
