#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"

// What may stand in a map of a template. Scalars are read as generously as Tacker's users write
// them: a number may come as text, a boolean as 'true'. A value that waits for an input fits
// everywhere.
namespace gregale::tosca {

enum class Shape {
  kText,     // a string or a number
  kBoolean,  // true, false, "true", "False", ...
  kInteger,  // 2 or "2"
  kNumber,   // 0.5 or "0.5"
  kSize,     // "512 MB"; a number alone is bytes
  kMap,
  kList,
  kAny,
};

enum class Presence { kOptional, kRequired };

struct Property {
  std::string_view name;
  Shape shape;
  Presence presence = Presence::kOptional;
};

// The value has the shape. null fits no shape.
absl::Status CheckShape(const base::Json& value, Shape shape, std::string_view path);

// `map` is a map, or null for an empty one, with no keys but those of `properties`, in their
// shapes. An optional property may be null.
absl::Status CheckProperties(const base::Json& map, std::span<const Property> properties,
                             std::string_view path);

// `map` is a map with no keys but `known`.
absl::Status CheckKeys(const base::Json& map, std::initializer_list<std::string_view> known,
                       std::string_view path);

// A name that can be part of file names, host names and paths: letters, digits, '.', '-', '_', not
// beginning with '.' or '-'; within kNameCharsMax.
absl::Status CheckName(std::string_view name, std::string_view path);

}  // namespace gregale::tosca
