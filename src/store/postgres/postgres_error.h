#pragma once

#include <string_view>

#include "absl/status/status.h"

namespace gregale::store {

// The status that belongs to a SQLSTATE, PostgreSQL's five characters for the kind of an error; ""
// is an error without one: of the network, or of connecting.
absl::Status PostgresError(std::string_view sqlstate, std::string_view message);

// The connection serves no more: PostgreSQL stops, or has closed it.
bool EndsSession(std::string_view sqlstate);

}  // namespace gregale::store
