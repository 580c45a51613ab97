#pragma once

#include <optional>
#include <string_view>

#include "base/json.h"

namespace gregale::base {

// What a scalar without quotes and tag is by YAML 1.1 as PyYAML's SafeLoader resolves it: null, a
// boolean, an integer or a floating-point number (infinity and NaN among them). nullopt: a string
// (or a date, which stays its text). An integer beyond 64 bits becomes a floating-point number.
std::optional<Json> ResolvePlainScalar(std::string_view text);

// The parts of it, for explicit tags. nullopt: the text is none.
bool IsYamlNull(std::string_view text);
std::optional<bool> ReadYamlBool(std::string_view text);
std::optional<Json> ReadYamlInt(std::string_view text);
std::optional<double> ReadYamlFloat(std::string_view text);

}  // namespace gregale::base
