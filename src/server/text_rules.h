#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

// What texts of requests must be, from whichever side they come. Errors name the attribute.
namespace gregale::server {

// Without NUL, at most `chars_max` characters.
absl::Status CheckText(std::string_view attribute, std::string_view text, size_t chars_max);
// A name: such a text of at most kNameCharsMax, and not blank.
absl::Status CheckName(std::string_view name);
absl::Status CheckDescription(std::string_view description);

// An attribute that is an object, or its text as YAML; null where there is none.
absl::StatusOr<base::Json> ReadYamlObject(const base::Json& value, std::string_view attribute);

// At most 100 bytes of a text, whole characters, for messages.
std::string Shortened(std::string_view text);

}  // namespace gregale::server
