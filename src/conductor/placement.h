#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// An executor as placement sees it.
struct Candidate {
  store::Executor executor;
  int64_t placed = 0;  // monitors that it has
};

// For each of `count` monitors the index of the candidate that takes it: always the one with the
// smallest part of its capacity in use, the first of equals. Fewer than `count` where the
// candidates are full. Pure.
std::vector<size_t> ChooseExecutors(std::span<const Candidate> candidates, int count);

// Gives homeless monitors a home, each with a new action id. Reconciliation: it keeps nothing, so
// any number of conductors may do it at the same time. Used by one thread.
class Placer {
 public:
  Placer(store::Store& store, base::Random& random) : store_(store), random_(random) {}

  // Places up to kPlacementsPerRoundMax monitors; returns how many. Those for which nobody has room
  // stay homeless and are found again.
  absl::StatusOr<int> Tick();

 private:
  store::Store& store_;
  base::Random& random_;
};

}  // namespace gregale::conductor
