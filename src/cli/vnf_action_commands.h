#pragma once

#include "CLI/App.hpp"
#include "cli/command.h"

namespace gregale::cli {

// Adds to `gregale vnf`: scale, heal, update, pause, resume, retry.
void AddVnfActionCommands(CLI::App& vnf, Command& chosen);

}  // namespace gregale::cli
