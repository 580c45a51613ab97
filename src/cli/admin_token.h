#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "base/random.h"

// The file <directory>/admin.token of a `gregale up` with accounts: whoever may read it is an admin
// of that server. It is a token file as gregale-server takes it.
namespace gregale::cli {

std::string AdminTokenPath(const std::string& directory);

// Makes the file (mode 0600) with a new token where there is none.
absl::Status EnsureAdminToken(const std::string& directory, base::Random& random);

// The first token of a token file. kNotFound, kPermissionDenied, ...: it cannot be read;
// kInvalidArgument: there is none in it, or only a digest.
absl::StatusOr<std::string> ReadToken(const std::string& path);

}  // namespace gregale::cli
