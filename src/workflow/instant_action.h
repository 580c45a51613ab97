#pragma once

#include <optional>

#include "workflow/engine.h"

namespace gregale::workflow {

// How an action ends that needs neither time nor anything but its input: nobody has to run it.
// nullopt for every other one.
std::optional<ActionDone> EndInstantly(const StartAction& action);

}  // namespace gregale::workflow
