#pragma once

#include <optional>

#include "workflow/engine.h"

namespace gregale::workflow {

// How an action ends that needs neither time nor anything but its input: nobody has to run it.
// nullopt for every other one.
std::optional<ActionDone> EndInstantly(const StartAction& action);

// Whether there is anything to run at all; an action without only waits for its end from outside.
bool NeedsExecutor(const StartAction& action);

}  // namespace gregale::workflow
