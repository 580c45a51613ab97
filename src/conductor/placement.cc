#include "conductor/placement.h"

#include <algorithm>
#include <map>
#include <queue>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

// Who may take monitors: alive and not on its way out.
absl::StatusOr<std::vector<Candidate>> ListCandidates(store::Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const auto counts, store::CountPlacements(txn));
  const std::map<std::string, int64_t> placed(counts.begin(), counts.end());
  GREGALE_ASSIGN_OR_RETURN(const auto executors, store::ListExecutors(txn));
  std::vector<Candidate> candidates;
  for (const store::Executor& executor : executors) {
    if (executor.lease_until <= txn.now() || executor.draining) continue;
    const auto count = placed.find(executor.id);
    candidates.push_back({executor, count != placed.end() ? count->second : 0});
  }
  return candidates;
}

}  // namespace

std::vector<size_t> ChooseExecutors(std::span<const Candidate> candidates, int count) {
  struct Seat {
    size_t index;
    int64_t placed;
    int64_t capacity;
  };
  // The top of the queue has the greatest part of its capacity free; compared without division.
  const auto fuller = [](const Seat& a, const Seat& b) {
    const int64_t load_a = a.placed * b.capacity;
    const int64_t load_b = b.placed * a.capacity;
    return load_a != load_b ? load_a > load_b : a.index > b.index;
  };
  std::priority_queue<Seat, std::vector<Seat>, decltype(fuller)> free(fuller);
  for (size_t i = 0; i < candidates.size(); ++i) {
    const int64_t capacity =
        std::min<int64_t>(candidates[i].executor.capacity, base::kActionsPerExecutorMax);
    if (candidates[i].placed < capacity) free.push({i, candidates[i].placed, capacity});
  }
  std::vector<size_t> chosen;
  while (static_cast<int>(chosen.size()) < count && !free.empty()) {
    Seat seat = free.top();
    free.pop();
    chosen.push_back(seat.index);
    if (++seat.placed < seat.capacity) free.push(seat);
  }
  return chosen;
}

absl::StatusOr<int> Placer::Tick() {
  // Nearly always there is nothing to do, and looking does not hold the right to write.
  bool needed = false;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto homeless, store::ListHomelessPlacements(txn, 1));
    if (homeless.empty()) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, ListCandidates(txn));
    needed = !ChooseExecutors(candidates, 1).empty();
    return absl::OkStatus();
  }));
  if (!needed) return 0;

  int placed = 0;
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    placed = 0;
    GREGALE_ASSIGN_OR_RETURN(const auto homeless,
                             store::ListHomelessPlacements(txn, base::kPlacementsPerRoundMax));
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, ListCandidates(txn));
    const std::vector<size_t> chosen =
        ChooseExecutors(candidates, static_cast<int>(homeless.size()));
    for (size_t i = 0; i < chosen.size(); ++i) {
      GREGALE_RETURN_IF_ERROR(
          store::Place(txn, homeless[i], base::NewUuid(random_), candidates[chosen[i]].executor));
      ++placed;
    }
    return absl::OkStatus();
  });
  GREGALE_RETURN_IF_ERROR(written);
  if (placed > 0) base::LogInfo("monitors placed", {{"count", base::Cat(placed)}});
  return placed;
}

}  // namespace gregale::conductor
