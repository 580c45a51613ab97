#pragma once

#include "base/json.h"

namespace gregale::server {

// The REST API as an OpenAPI 3.0 document. Made from the table of routes, the tables by which
// bodies are checked and the tables of what lists can be filtered by; what these do not know is in
// openapi_operations.cc and openapi_schemas.cc.
base::Json OpenApiDocument();

}  // namespace gregale::server
