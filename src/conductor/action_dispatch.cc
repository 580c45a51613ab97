#include "conductor/action_dispatch.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "store/execution_run_table.h"
#include "store/member_table.h"

namespace gregale::conductor {
namespace {

// An executor that may be given actions.
struct Taker {
  ExecutorLink* link;
  store::Executor executor;  // as the store has it now
  int64_t calls = 0;
};

struct Gift {
  ExecutorLink* link;
  store::ActionRun run;
};

// Those of the links whose session is ours by the store, too, and that have room.
absl::StatusOr<std::vector<Taker>> ListTakers(store::Txn& txn, std::span<ExecutorLink* const> links,
                                              std::string_view conductor_id) {
  std::vector<Taker> takers;
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Executor> executors, store::ListExecutors(txn));
  for (store::Executor& executor : executors) {
    const auto link = std::ranges::find_if(links, [&](const ExecutorLink* l) {
      return l->TakesCalls() && l->executor().id == executor.id &&
             l->executor().incarnation == executor.incarnation &&
             l->executor().session_epoch == executor.session_epoch;
    });
    if (link == links.end() || executor.session_owner != conductor_id || executor.draining ||
        executor.lease_until <= txn.now()) {
      continue;
    }
    const auto calls = static_cast<int64_t>((*link)->calls());
    takers.push_back({*link, std::move(executor), calls});
  }
  return takers;
}

// The taker for an action; nullptr: it waits.
Taker* Choose(std::vector<Taker>& takers, const std::string& target) {
  Taker* best = nullptr;
  for (Taker& taker : takers) {
    if (!target.empty() && taker.executor.id != target) continue;
    if (taker.calls >= taker.executor.capacity) continue;
    // Compared without division.
    if (best == nullptr ||
        taker.calls * best->executor.capacity < best->calls * taker.executor.capacity) {
      best = &taker;
    }
  }
  return best;
}

// What is given to whom, written.
absl::StatusOr<std::vector<Gift>> Give(store::Txn& txn, std::vector<Taker> takers) {
  std::vector<std::string> ids;
  for (const Taker& taker : takers) ids.push_back(taker.executor.id);
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::ActionRun> waiting,
                           store::ListWaitingActionRuns(txn, ids, base::kPageRowsMax));
  std::vector<Gift> gifts;
  for (store::ActionRun& run : waiting) {
    Taker* taker = Choose(takers, run.target);
    if (taker == nullptr) continue;
    GREGALE_RETURN_IF_ERROR(store::GiveActionRun(txn, run, taker->executor));
    ++taker->calls;
    gifts.push_back({taker->link, std::move(run)});
  }
  return gifts;
}

}  // namespace

absl::StatusOr<bool> ActionDispatch::Tick(std::span<ExecutorLink* const> links) {
  if (std::ranges::none_of(links, &ExecutorLink::TakesCalls)) return false;
  // Nearly always there is nothing to do, and looking does not hold the right to write.
  bool needed = false;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    std::vector<std::string> ids;
    for (const ExecutorLink* link : links) ids.push_back(link->executor().id);
    GREGALE_ASSIGN_OR_RETURN(const auto waiting, store::ListWaitingActionRuns(txn, ids, 1));
    needed = !waiting.empty();
    return absl::OkStatus();
  }));
  if (!needed) return false;
  std::vector<Gift> gifts;
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    gifts.clear();
    GREGALE_ASSIGN_OR_RETURN(std::vector<Taker> takers, ListTakers(txn, links, conductor_id_));
    if (takers.empty()) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(gifts, Give(txn, std::move(takers)));
    return absl::OkStatus();
  });
  if (absl::IsUnknown(written)) {
    for (const Gift& gift : gifts) gift.link->Reopen();
  }
  GREGALE_RETURN_IF_ERROR(written);
  for (Gift& gift : gifts) gift.link->AddCall(std::move(gift.run));
  return static_cast<int>(gifts.size()) >= base::kPageRowsMax;
}

}  // namespace gregale::conductor
