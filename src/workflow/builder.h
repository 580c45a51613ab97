#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/yaml.h"
#include "workflow/model.h"

namespace gregale::workflow {

// Builds the model of one workflow from its YAML. kInvalidArgument for what is wrong in it, with
// line and column.
absl::StatusOr<Workflow> BuildWorkflow(const std::string& name, const base::YamlNode& body);

}  // namespace gregale::workflow
