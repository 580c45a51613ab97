#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/database.h"
#include "store/page.h"
#include "store/store.h"

namespace gregale::store {

// A column by which a list can be filtered and sorted; in a ListQuery it has the same name.
struct Column {
  enum class Kind { kText, kNumber, kTime, kFlag };
  enum class Nulls { kPossible, kNever };
  std::string_view name;
  Kind kind = Kind::kText;
  Nulls nulls = Nulls::kPossible;
};

// A table that can be listed.
struct Listing {
  std::string_view table;
  std::string_view columns;  // what is selected
  std::string_view order;    // the rising number: "sequence", or "id" where the id is the number
  std::span<const Column> known;
};

// One page of a list: see ListQuery. kInvalidArgument: an unknown column, or more values than
// kFilterValuesMax or sort keys than kSortKeysMax; kNotFound: there is no row with the id `marker`.
absl::StatusOr<std::vector<SqlRow>> SelectPage(Txn& txn, const Listing& listing,
                                               const ListQuery& query);

}  // namespace gregale::store
