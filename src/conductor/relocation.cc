#include "conductor/relocation.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/labels.h"
#include "base/log.h"
#include "base/ordered_uuid.h"
#include "base/text.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/relocation_table.h"

namespace gregale::conductor {
namespace {

// A successor that nobody has confirmed for so long will not come.
constexpr absl::Duration kMoveTimeMax = absl::Seconds(30);
constexpr int64_t kSurplusMin = 10;

// Of what an executor may get: no more than it carries without being too busy, or than it takes.
enum class Measure { kComfort, kCapacity };

// What is moved, on its way to be.
class Choice {
 public:
  Choice(std::vector<MoveLoad> loads, std::vector<BoundMonitors> bound)
      : loads_(std::move(loads)), groups_(std::move(bound)) {
    const size_t given = groups_.size();
    for (size_t at = 0; at < loads_.size(); ++at) {
      int64_t unbound = loads_[at].monitors;
      for (size_t i = 0; i < given; ++i) unbound -= groups_[i].at == at ? groups_[i].monitors : 0;
      groups_.push_back({.at = at, .affinity = {}, .monitors = unbound});
    }
  }

  void TakeFromDraining(size_t count) {
    for (BoundMonitors& group : groups_) {
      while (IsDraining(group.at) && group.monitors > 0 && moves_.size() < count) {
        const size_t to = SomePlaceFor(group.affinity);
        if (to == loads_.size()) return;
        MoveOne(group, to);
      }
    }
  }

  void BringBack(size_t count) {
    for (BoundMonitors& group : groups_) {
      const store::Labels& there = loads_[group.at].executor.labels;
      while (!base::HasLabels(there, group.affinity) && group.monitors > 0 &&
             moves_.size() < count) {
        const size_t to = Emptiest(group.affinity, Measure::kComfort);
        if (to == loads_.size()) break;
        MoveOne(group, to);
      }
    }
  }

  void Balance(size_t count) {
    std::set<store::Labels> affinities;
    for (const BoundMonitors& group : groups_) affinities.insert(group.affinity);
    for (const store::Labels& affinity : affinities) {
      while (moves_.size() < count && BalanceOne(affinity)) {
      }
    }
  }

  std::vector<Move> TakeMoves() { return std::move(moves_); }
  bool empty() const { return moves_.empty(); }

 private:
  bool IsDraining(size_t at) const { return loads_[at].executor.draining; }

  // The one with the smallest part of its room in use that may take it; loads_.size(): none.
  size_t Emptiest(const store::Labels& affinity, Measure measure) const {
    size_t best = loads_.size();
    for (size_t i = 0; i < loads_.size(); ++i) {
      const MoveLoad& load = loads_[i];
      const int64_t room =
          measure == Measure::kComfort ? load.executor.room() : load.executor.capacity;
      if (IsDraining(i) || load.monitors >= room) continue;
      if (!base::HasLabels(load.executor.labels, affinity)) continue;
      if (best == loads_.size() || load.monitors * loads_[best].executor.room() <
                                       loads_[best].monitors * load.executor.room()) {
        best = i;
      }
    }
    return best;
  }

  size_t SomePlaceFor(const store::Labels& affinity) const {
    for (const store::Labels& wanted : {affinity, store::Labels()}) {
      for (const Measure measure : {Measure::kComfort, Measure::kCapacity}) {
        const size_t to = Emptiest(wanted, measure);
        if (to != loads_.size()) return to;
      }
    }
    return loads_.size();
  }

  void MoveOne(BoundMonitors& group, size_t to) {
    --group.monitors;
    --loads_[group.at].monitors;
    ++loads_[to].monitors;
    moves_.push_back({group.at, to, group.affinity});
  }

  // Among the executors that have the labels, of the monitors that ask for just these.
  bool BalanceOne(const store::Labels& affinity) {
    int64_t monitors = 0;
    int64_t room = 0;
    for (const MoveLoad& load : loads_) {
      if (load.executor.draining || !base::HasLabels(load.executor.labels, affinity)) continue;
      monitors += load.monitors;
      room += load.executor.room();
    }
    if (room == 0) return false;
    const double per_room = static_cast<double>(monitors) / static_cast<double>(room);
    const size_t to = Emptiest(affinity, Measure::kComfort);
    BoundMonitors* from = nullptr;
    double most = 0;
    for (BoundMonitors& group : groups_) {
      const MoveLoad& load = loads_[group.at];
      if (group.affinity != affinity || group.monitors == 0 || load.executor.draining) continue;
      const double part = per_room * static_cast<double>(load.executor.room());
      const double surplus = static_cast<double>(load.monitors) - part;
      if (surplus <= std::max<double>(kSurplusMin, part / 10) || surplus <= most) continue;
      from = &group;
      most = surplus;
    }
    if (from == nullptr || to == loads_.size() || from->at == to) return false;
    MoveOne(*from, to);
    return true;
  }

  std::vector<MoveLoad> loads_;
  std::vector<BoundMonitors> groups_;  // those that ask for nothing, too
  std::vector<Move> moves_;
};

}  // namespace

std::vector<Move> ChooseMoves(std::vector<MoveLoad> loads, int moving, const MoveLimits& limits,
                              std::vector<BoundMonitors> bound) {
  Choice choice(std::move(loads), std::move(bound));
  const auto left = [&](int limit) { return static_cast<size_t>(std::max(0, limit - moving)); };
  choice.TakeFromDraining(left(limits.draining));
  if (choice.empty()) choice.BringBack(left(limits.balancing));
  if (choice.empty()) choice.Balance(left(limits.balancing));
  return choice.TakeMoves();
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
  GREGALE_ASSIGN_OR_RETURN(const auto affinities, store::CountAffinities(txn));
  std::vector<BoundMonitors> bound;
  for (const store::AffinityCount& count : affinities) {
    for (size_t at = 0; at < plan.loads.size(); ++at) {
      if (plan.loads[at].executor.id != count.executor_id) continue;
      bound.push_back({.at = at, .affinity = count.affinity, .monitors = count.monitors});
    }
  }
  plan.moves = ChooseMoves(plan.loads, plan.moving, MoveLimits(), std::move(bound));
  return plan;
}

absl::StatusOr<int> Mover::Begin(store::Txn& txn, const Plan& plan) {
  // Where they go, by where they come from and what they ask for.
  std::map<std::pair<size_t, store::Labels>, std::vector<size_t>> goals;
  for (const Move& move : plan.moves) goals[{move.from, move.affinity}].push_back(move.to);
  int begun = 0;
  for (const auto& [source, to] : goals) {
    const auto& [from, affinity] = source;
    GREGALE_ASSIGN_OR_RETURN(const auto vnfs,
                             store::ListMovableVnfs(txn, plan.loads[from].executor.id, affinity,
                                                    static_cast<int>(to.size())));
    for (size_t i = 0; i < vnfs.size(); ++i) {
      GREGALE_ASSIGN_OR_RETURN(
          const bool moves,
          store::BeginRelocation(txn, vnfs[i], base::NewOrderedUuid(random_, txn.now()),
                                 plan.loads[to[i]].executor));
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
