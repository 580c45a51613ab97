#pragma once

#include <iosfwd>
#include <string>

#include "absl/status/statusor.h"

namespace gregale::cli {

// A password from standard input: its first line; from a terminal asked for on `err`, twice, and
// not shown. kCancelled: the person gave up. kInvalidArgument: the two differ, or there is none.
absl::StatusOr<std::string> AskPassword(std::ostream& err);

}  // namespace gregale::cli
