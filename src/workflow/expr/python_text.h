#pragma once

#include <string>
#include <string_view>

#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// Python's repr() of a string: in quotes, unprintable characters escaped.
std::string ReprText(std::string_view text);

// Python's repr() and str() of a value, cut off after kExpressionStringBytesMax.
std::string Repr(const Value& value);
std::string Str(const Value& value);

}  // namespace gregale::workflow::expr
