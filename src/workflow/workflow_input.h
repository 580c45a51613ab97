#pragma once

#include "absl/status/status.h"
#include "base/json.h"
#include "workflow/definition.h"

namespace gregale::workflow {

// Whether a workflow can be started with an input, an object: by the names, not by the values.
// kInvalidArgument, in Mistral's words: an input is missing or unknown.
absl::Status CheckWorkflowInput(const Workflow& workflow, const base::Json& input);

}  // namespace gregale::workflow
