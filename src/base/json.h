#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"

namespace gregale::base {

// A JSON value whose objects keep the order of their keys, as the originals of our interfaces do.
using Json = nlohmann::ordered_json;

// Parses a text from outside: at most kDocumentDepthMax deep and kDocumentNodesMax nodes, valid
// UTF-8, no duplicate keys. Never throws. kInvalidArgument says what is wrong and at which byte.
absl::StatusOr<Json> ParseJson(std::string_view text);

// The text of a value as Python's json.dumps writes it (", " and ": " between items, non-ASCII
// kept).
std::string DumpJson(const Json& value);

}  // namespace gregale::base
