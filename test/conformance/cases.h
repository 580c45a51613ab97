#pragma once

#include <optional>
#include <string>

#include "base/json.h"

// Recorded cases of the original, one JSON object per line, and what this project makes of them.
namespace gregale::conformance {

// Nothing where the case gives what was recorded; else what was expected and what came instead.
struct Difference {
  base::Json expected;
  base::Json got;
  // Why the case cannot be compared at all: what made its result is not in the record. "": it can.
  std::string not_comparable = {};
};

std::optional<Difference> RunExprCase(const base::Json& record);
std::optional<Difference> RunLangCase(const base::Json& record);
std::optional<Difference> RunExecCase(const base::Json& record);

}  // namespace gregale::conformance
