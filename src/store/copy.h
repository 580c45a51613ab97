#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/store.h"

namespace gregale::store {

struct CopiedTable {
  std::string name;
  int64_t rows = 0;
};

// Copies every row of every table from one store to another, as one transaction of each, and reads
// each row back before it is committed: the copy is whole and the same, or nothing. The stores'
// schemas are alike: Store::Open has seen to that. kFailedPrecondition where `to` has rows, or
// where a conductor works on `from`: what it does afterwards would be missing. kDataLoss where a
// row came out differently.
absl::StatusOr<std::vector<CopiedTable>> CopyStore(Store& from, Store& to);

}  // namespace gregale::store
