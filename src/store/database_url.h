#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "store/database.h"

namespace gregale::store {

// The database that a URL names; nothing is opened yet. kInvalidArgument where it names none.
//   sqlite:///absolute/path             a file on this machine
//   sqlite://:memory:                   private to its one user
//   postgresql://USER@HOST/DATABASE     what libpq takes: several hosts, parameters, no host
//                                       for the local socket
// `clock` is SQLite's clock, and PostgreSQL's for time limits; it outlives the database.
absl::StatusOr<std::unique_ptr<Database>> DatabaseAt(std::string_view url,
                                                     const base::Clock& clock);

}  // namespace gregale::store
