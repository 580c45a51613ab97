#pragma once

#include "absl/status/status.h"
#include "store/backoff.h"
#include "store/database.h"

namespace gregale::store {

// What became of a commit that returned `unknown`, by asking the database until the deadline: OK,
// kUnavailable where it was not done, or `unknown` where that cannot be found out.
absl::Status FindOut(SqlConnection& connection, const absl::Status& unknown, Backoff& backoff);

}  // namespace gregale::store
