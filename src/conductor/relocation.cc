#include "conductor/relocation.h"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/relocation_table.h"

namespace gregale::conductor {
namespace {

// A successor that nobody has confirmed for so long will not come.
constexpr absl::Duration kMoveTimeMax = absl::Seconds(30);
constexpr int64_t kSurplusMin = 10;

bool HasRoom(const MoveLoad& load) {
  return !load.executor.draining && load.monitors < load.executor.capacity;
}

// The one with the smallest part of its capacity in use that has room; loads.size(): none.
size_t Emptiest(std::span<const MoveLoad> loads) {
  size_t best = loads.size();
  for (size_t i = 0; i < loads.size(); ++i) {
    if (!HasRoom(loads[i])) continue;
    if (best == loads.size() || loads[i].monitors * loads[best].executor.capacity <
                                    loads[best].monitors * loads[i].executor.capacity) {
      best = i;
    }
  }
  return best;
}

void TakeFromDraining(std::vector<MoveLoad>& loads, int count, std::vector<Move>& moves) {
  for (size_t from = 0; from < loads.size(); ++from) {
    while (loads[from].executor.draining && loads[from].monitors > 0 &&
           static_cast<int>(moves.size()) < count) {
      const size_t to = Emptiest(loads);
      if (to == loads.size()) return;
      --loads[from].monitors;
      ++loads[to].monitors;
      moves.push_back({from, to});
    }
  }
}

void Balance(std::vector<MoveLoad>& loads, int count, std::vector<Move>& moves) {
  int64_t monitors = 0;
  int64_t capacity = 0;
  for (const MoveLoad& load : loads) {
    if (load.executor.draining) continue;
    monitors += load.monitors;
    capacity += load.executor.capacity;
  }
  const auto part = [&](const MoveLoad& load) {
    return static_cast<double>(monitors) * static_cast<double>(load.executor.capacity) /
           static_cast<double>(capacity);
  };
  const auto surplus = [&](const MoveLoad& load) {
    return load.executor.draining ? -part(load) : static_cast<double>(load.monitors) - part(load);
  };
  while (static_cast<int>(moves.size()) < count && capacity > 0) {
    const auto fullest = std::ranges::max_element(loads, {}, surplus);
    const size_t to = Emptiest(loads);
    const double excess = surplus(*fullest);
    if (to == loads.size() || excess <= std::max<double>(kSurplusMin, part(*fullest) / 10)) return;
    const auto from = static_cast<size_t>(fullest - loads.begin());
    if (from == to) return;
    --loads[from].monitors;
    ++loads[to].monitors;
    moves.push_back({from, to});
  }
}

}  // namespace

std::vector<Move> ChooseMoves(std::vector<MoveLoad> loads, int moving, const MoveLimits& limits) {
  std::vector<Move> moves;
  TakeFromDraining(loads, limits.draining - moving, moves);
  if (moves.empty()) Balance(loads, limits.balancing - moving, moves);
  return moves;
}

struct Mover::Plan {
  std::vector<MoveLoad> loads;
  std::vector<Move> moves;
  std::vector<std::string> lost;  // action ids of successors whose executor is gone
  int moving = 0;
};

absl::StatusOr<Mover::Plan> Mover::MakePlan(store::Txn& txn) {
  Plan plan;
  std::map<std::string, int64_t> monitors;
  GREGALE_ASSIGN_OR_RETURN(const auto counts, store::CountPlacements(txn));
  monitors.insert(counts.begin(), counts.end());
  GREGALE_ASSIGN_OR_RETURN(const auto executors, store::ListExecutors(txn));
  const auto takes = [&](const std::string& id) {
    return std::ranges::any_of(executors, [&](const store::Executor& executor) {
      return executor.id == id && executor.lease_until > txn.now() && !executor.draining;
    });
  };
  GREGALE_ASSIGN_OR_RETURN(const auto relocations, store::ListRelocations(txn));
  for (const store::Relocation& relocation : relocations) {
    if (!takes(relocation.executor_id) || txn.now() - relocation.begun_at > kMoveTimeMax) {
      plan.lost.push_back(relocation.action_id);
      continue;
    }
    --monitors[relocation.from_executor_id];
    ++monitors[relocation.executor_id];
    ++plan.moving;
  }
  for (const store::Executor& executor : executors) {
    if (executor.lease_until <= txn.now()) continue;
    plan.loads.push_back({executor, monitors[executor.id]});
  }
  plan.moves = ChooseMoves(plan.loads, plan.moving, MoveLimits());
  return plan;
}

absl::StatusOr<int> Mover::Begin(store::Txn& txn, const Plan& plan) {
  std::map<size_t, std::vector<size_t>> goals;  // by where they come from
  for (const Move& move : plan.moves) goals[move.from].push_back(move.to);
  int begun = 0;
  for (const auto& [from, to] : goals) {
    GREGALE_ASSIGN_OR_RETURN(
        const auto vnfs,
        store::ListMovableVnfs(txn, plan.loads[from].executor.id, static_cast<int>(to.size())));
    for (size_t i = 0; i < vnfs.size(); ++i) {
      GREGALE_ASSIGN_OR_RETURN(
          const bool moves,
          store::BeginRelocation(txn, vnfs[i], base::NewUuid(random_), plan.loads[to[i]].executor));
      begun += moves ? 1 : 0;
    }
  }
  return begun;
}

absl::StatusOr<int> Mover::Tick() {
  Plan plan;
  // Nearly always there is nothing to do, and looking does not hold the right to write.
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(plan, MakePlan(txn));
    return absl::OkStatus();
  }));
  if (plan.moves.empty() && plan.lost.empty()) return plan.moving;
  int begun = 0;
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(plan, MakePlan(txn));
    for (const std::string& action_id : plan.lost) {
      GREGALE_RETURN_IF_ERROR(store::AbandonRelocation(txn, action_id).status());
    }
    GREGALE_ASSIGN_OR_RETURN(begun, Begin(txn, plan));
    return absl::OkStatus();
  });
  GREGALE_RETURN_IF_ERROR(written);
  if (begun > 0) base::LogInfo("monitors move", {{"count", base::Cat(begun)}});
  return plan.moving + begun;
}

}  // namespace gregale::conductor
