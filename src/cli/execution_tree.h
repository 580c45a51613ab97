#pragma once

#include <string>

#include "base/json.h"

namespace gregale::cli {

// An execution with its tasks, their actions and sub-executions, a line each: what it is, its
// state, when it began and how long it took. `report` is what /v2/executions/ID/report answers.
std::string DrawExecutionTree(const base::Json& report);

}  // namespace gregale::cli
