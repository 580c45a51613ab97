#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "workflow/engine.h"
#include "workflow/execution_state.h"

// The engine's memory as JSON, to be kept between two steps. Its form is between these two
// functions only.
namespace gregale::workflow {

base::Json SaveState(const ExecutionState& state);

// What SaveState() gave. `root` is the workflow of the root execution; those of sub-executions, and
// that of the root where `root` is nullptr, are looked up in the library by name. kDataLoss:
// something is missing or not of its kind.
absl::StatusOr<ExecutionState> LoadState(const base::Json& saved,
                                         std::shared_ptr<const Workflow> root,
                                         const Library& library);

}  // namespace gregale::workflow
