#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gregale::workflow {

// Where something stands in the text of a definition, from 1.
struct Place {
  int line = 0;
  int column = 0;
};

// "<what> (line 3, column 5)".
std::string PlacedText(Place place, std::string_view what);

// kInvalidArgument with that message.
absl::Status ErrorAt(Place place, std::string_view what);

}  // namespace gregale::workflow
