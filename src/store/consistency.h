#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/store.h"

namespace gregale::store {

// A rule that rows of different tables break together.
struct Inconsistency {
  std::string what;                // "placements of no VNF"
  std::vector<std::string> where;  // ids; the first kInconsistenciesShownMax
};
inline constexpr int kInconsistenciesShownMax = 20;

// What is wrong with the store, in one snapshot of it, while it is in use or not; nothing where all
// is well. Reads everything.
absl::StatusOr<std::vector<Inconsistency>> FindInconsistencies(Store& store);

}  // namespace gregale::store
