#pragma once

#include <string>
#include <string_view>

namespace gregale::workflow::expr {

// Replaces Python's escape sequences (\n, \x41, \u0041, \U00000041, \101); any other backslash
// stays as it is.
std::string DecodeEscapes(std::string_view text);

}  // namespace gregale::workflow::expr
