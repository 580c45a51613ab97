#pragma once

#include "base/json.h"

namespace gregale::server {

// The schemas of what is answered, and of the bodies that no table describes, by name.
base::Json OpenApiSchemas();

}  // namespace gregale::server
