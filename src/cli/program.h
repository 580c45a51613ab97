#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gregale::cli {

// The whole program `gregale`: `arguments` without the program's own name. Returns the exit status:
// 0, or 1 with one line on `err`.
int RunProgram(const std::vector<std::string>& arguments, const base::Clock& clock,
               std::ostream& out, std::ostream& err);

}  // namespace gregale::cli
