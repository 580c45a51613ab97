#pragma once

#include <string>

#include "base/json.h"
#include "workflow/execution_state.h"

// JSON values as Python and Mistral treat them.
namespace gregale::workflow::engine {

// bool() of a value.
bool IsTruthy(const base::Json& value);
// str() of a value.
std::string PythonText(const base::Json& value);
// Adds what `more` has to `target`: dicts within are merged, else `more` counts.
void MergeDeep(base::Json& target, const base::Json& more);
// Likewise, but what `target` has stays.
void FillDeep(base::Json& target, const base::Json& more);
// Overwrites keys of `target` with those of `source`.
void MergeInto(base::Json& target, const base::Json& source);
// The context after a task: what came in, and what it published.
base::Json OutboundContext(const TaskRun& task);

}  // namespace gregale::workflow::engine
