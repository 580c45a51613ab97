#pragma once

#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "base/text.h"

namespace gregale::server {

// Without the white space around it.
inline std::string_view Trimmed(std::string_view text) {
  return base::FromAbsl(absl::StripAsciiWhitespace(base::ToAbsl(text)));
}

// In lower case, as far as it is ASCII.
inline std::string Lowered(std::string_view text) {
  return absl::AsciiStrToLower(base::ToAbsl(text));
}

}  // namespace gregale::server
