#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "store/page.h"

namespace gregale::server {

// What store::SelectPage() does to a table, done to rows as they are shown: for lists of which only
// a part is in the store. Columns are the rows' keys; rows without a sort key come as they stand.
// kNotFound: there is no row with the id `marker`.
absl::StatusOr<std::vector<base::Json>> SelectListed(std::vector<base::Json> rows,
                                                     const store::ListQuery& query);

}  // namespace gregale::server
