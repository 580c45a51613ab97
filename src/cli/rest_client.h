#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "cli/command.h"

namespace gregale::cli {

// GET of a path ("/v2/...") of the server's REST API: at `url` ("http://host:port"), or where it is
// "" at that of the `gregale up` in --dir. kNotFound; other errors carry the server's words.
absl::StatusOr<base::Json> GetRest(const Settings& settings, const std::string& url,
                                   const std::string& path);

}  // namespace gregale::cli
