#include "conductor/placement.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/labels.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/ordered_uuid.h"
#include "base/text.h"
#include "store/member_table.h"

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

int64_t Candidate::capacity() const {
  return std::min<int64_t>(executor.capacity, base::kActionsPerExecutorMax);
}

std::vector<size_t> ChooseExecutors(std::span<const Candidate> candidates,
                                    std::span<const store::Homeless> monitors) {
  std::vector<Candidate> seats(candidates.begin(), candidates.end());
  std::vector<size_t> chosen;
  for (const store::Homeless& monitor : monitors) {
    const auto rather = [&](const Candidate& a, const Candidate& b) {
      if (!monitor.affinity.empty()) {
        const bool fits = base::HasLabels(a.executor.labels, monitor.affinity);
        if (fits != base::HasLabels(b.executor.labels, monitor.affinity)) return fits;
      }
      const bool at_ease = a.placed < a.executor.room();
      if (at_ease != (b.placed < b.executor.room())) return at_ease;
      // The smaller part, without division.
      return a.placed * b.executor.room() < b.placed * a.executor.room();
    };
    size_t best = seats.size();
    for (size_t i = 0; i < seats.size(); ++i) {
      if (seats[i].placed >= seats[i].capacity()) continue;
      if (best == seats.size() || rather(seats[i], seats[best])) best = i;
    }
    if (best == seats.size()) break;
    ++seats[best].placed;
    chosen.push_back(best);
  }
  return chosen;
}

absl::StatusOr<int> Placer::Tick() {
  // Nearly always there is nothing to do, and looking does not hold the right to write.
  bool needed = false;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto homeless, store::ListHomeless(txn, 1));
    if (homeless.empty()) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, ListCandidates(txn));
    needed = !ChooseExecutors(candidates, homeless).empty();
    return absl::OkStatus();
  }));
  if (!needed) return 0;

  int placed = 0;
  std::map<std::string, int> astray;  // by what they ask for
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    astray.clear();
    GREGALE_ASSIGN_OR_RETURN(const auto homeless,
                             store::ListHomeless(txn, base::kPlacementsPerRoundMax));
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, ListCandidates(txn));
    const std::vector<size_t> chosen = ChooseExecutors(candidates, homeless);
    std::vector<store::Rehoming> rehomings;
    for (size_t i = 0; i < chosen.size(); ++i) {
      const store::Executor& executor = candidates[chosen[i]].executor;
      const store::Labels& wanted = homeless[i].affinity;
      if (!base::HasLabels(executor.labels, wanted)) ++astray[base::LabelsText(wanted)];
      rehomings.push_back({.monitor = &homeless[i],
                           .action_id = base::NewOrderedUuid(random_, txn.now()),
                           .executor = &executor});
    }
    placed = static_cast<int>(rehomings.size());
    return store::PlaceHomeless(txn, rehomings);
  });
  GREGALE_RETURN_IF_ERROR(written);
  for (const auto& [wanted, count] : astray) {
    base::LogWarning("no executor with these labels has room; others monitor the VNFs",
                     {{"labels", wanted}, {"count", base::Cat(count)}});
  }
  if (placed > 0) base::LogInfo("monitors placed", {{"count", base::Cat(placed)}});
  return placed;
}

}  // namespace gregale::conductor
