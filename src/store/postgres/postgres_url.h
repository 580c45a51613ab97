#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace gregale::store {

// Begins as the URL of a PostgreSQL database does.
bool IsPostgresUrl(std::string_view url);
// kInvalidArgument where libpq cannot read it. The message repeats nothing of it.
absl::Status CheckPostgresUrl(const std::string& url);
// The URL as it may be shown: with *** for a password, wherever in a URL one may stand.
std::string WithoutPassword(std::string_view url);

}  // namespace gregale::store
