#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "store/placement_table.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// An executor as placement sees it.
struct Candidate {
  store::Executor executor;
  int64_t placed = 0;  // monitors that it has

  int64_t capacity() const;
};

// For each of the monitors the index of the candidate that takes it: one with the labels that it
// asks for rather than another, one that is not too busy rather than one that is, and then the one
// with the smallest part of its capacity in use, the first of equals. Fewer than there are monitors
// where the candidates are full. Pure.
std::vector<size_t> ChooseExecutors(std::span<const Candidate> candidates,
                                    std::span<const store::Homeless> monitors);

// Gives homeless monitors a home, each with a new action id. Reconciliation: it keeps nothing, so
// any number of conductors may do it at the same time. Used by one thread.
class Placer {
 public:
  Placer(store::Store& store, base::Random& random) : store_(store), random_(random) {}

  // Places up to kPlacementsPerRoundMax monitors; returns how many. Those for which nobody has room
  // stay homeless and are found again; those that had to go where they should rather not run are
  // in the log, and the Mover brings them back.
  absl::StatusOr<int> Tick();

 private:
  store::Store& store_;
  base::Random& random_;
};

}  // namespace gregale::conductor
