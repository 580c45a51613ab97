#pragma once

#include <memory>

#include "absl/status/status.h"
#include "base/json.h"
#include "executor/action.h"

namespace gregale::executor {

// std.noop: does nothing and succeeds with null. Takes any input, as Mistral's does.
absl::Status CheckNoop(const base::Json& input);
std::unique_ptr<Action> MakeNoop(const base::Json& input, ActionContext context);

// std.echo: succeeds with its input `output`, after `delay` seconds (0 if absent).
absl::Status CheckEcho(const base::Json& input);
std::unique_ptr<Action> MakeEcho(const base::Json& input, ActionContext context);

}  // namespace gregale::executor
