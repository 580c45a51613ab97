#pragma once

#include "base/json.h"

namespace gregale::server {

// Adds the routes of Mistral's API to the `paths` of an OpenAPI document; its schemas are
// MistralError and Document.
void DescribeMistralPaths(base::Json& paths);

}  // namespace gregale::server
