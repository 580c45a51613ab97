#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "store/records.h"
#include "store/store.h"

// Moves monitors between executors that are all alive: away from those that are to be drained, and
// to those that have joined. See store/relocation_table.h for how one monitor moves.
namespace gregale::conductor {

// An executor that is alive, as moves see it.
struct MoveLoad {
  store::Executor executor;
  int64_t monitors = 0;  // that it will have when all moves are done
};

// Those of its monitors that should rather run on executors with these labels.
struct BoundMonitors {
  size_t at = 0;  // the index of the load
  store::Labels affinity;
  int64_t monitors = 0;
};

// One monitor's way, by the index of the loads.
struct Move {
  size_t from = 0;
  size_t to = 0;
  store::Labels affinity;  // what it asks for
};

// At most this many monitors move at a time.
struct MoveLimits {
  int draining = 500;
  int balancing = 50;
};

// The next moves, where `moving` are on their way: whatever is on executors that drain; else what
// is not where it should rather be and has room there; else, where one has a tenth (and at least
// ten) more than its part by capacity, from the fullest to the emptiest, of those that may take it.
// Pure.
std::vector<Move> ChooseMoves(std::vector<MoveLoad> loads, int moving, const MoveLimits& limits,
                              std::vector<BoundMonitors> bound = {});

// Any number of conductors may do it at the same time. Used by one thread.
class Mover {
 public:
  Mover(store::Store& store, base::Random& random) : store_(store), random_(random) {}

  // Begins moves, and gives up those whose goal is gone. Returns how many are on their way.
  absl::StatusOr<int> Tick();

 private:
  struct Plan;
  static absl::StatusOr<Plan> MakePlan(store::Txn& txn);
  absl::StatusOr<int> Begin(store::Txn& txn, const Plan& plan);

  store::Store& store_;
  base::Random& random_;
};

}  // namespace gregale::conductor
