#pragma once

#include <string>

#include "executor/transfers.h"
#include "executor/workers.h"

namespace gregale::executor {

// What standard actions need of the world. Outlives them.
struct ActionServices {
  Transfers& transfers;
  Workers& workers;
  std::string script_program = {};  // the path of gregale-js; "": no script is run
  std::string ssh_keys = {};        // the directory of the private keys that may be named; "": none
};

// Where gregale-js is: beside this program.
std::string ScriptProgram();

}  // namespace gregale::executor
