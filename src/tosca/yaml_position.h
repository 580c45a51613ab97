#pragma once

#include <string_view>

#include "base/yaml.h"

namespace gregale::tosca {

// The node that a path ("a.b[0].c") names in a document; where it is missing, the nearest one on
// the way to it. Keys may contain dots: the longest key that fits is taken.
const base::YamlNode& Locate(const base::YamlNode& document, std::string_view path);

}  // namespace gregale::tosca
