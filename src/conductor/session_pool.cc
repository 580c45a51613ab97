#include "conductor/session_pool.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "store/member_table.h"

namespace gregale::conductor {
namespace {

// The link of a claim serves exactly what was claimed.
bool Serves(const ExecutorLink& link, const store::Executor& executor) {
  const store::Executor& served = link.executor();
  return served.incarnation == executor.incarnation && served.address == executor.address &&
         served.session_epoch == executor.session_epoch;
}

}  // namespace

absl::Status SessionPool::Tick() {
  absl::Status status = Claim();
  DropExpired();
  status.Update(Dispatch());
  for (auto& [id, held] : held_) {
    const absl::Status ticked = held.link->Tick();
    if (!ticked.ok()) status = ticked;
  }
  status.Update(Judge());
  return status;
}

absl::Status SessionPool::Judge() {
  absl::Status status;
  for (auto& [id, held] : held_) status.Update(Judge(id, held));
  const base::MonoTime now = env_.clock.Mono();
  std::erase_if(held_, [](const auto& entry) { return entry.second.link == nullptr; });
  std::erase_if(rests_, [&](const auto& entry) { return entry.second.until <= now; });
  return status;
}

absl::Status SessionPool::Judge(const std::string& id, Held& held) {
  if (held.missed && held.link->synchronised()) {
    GREGALE_RETURN_IF_ERROR(env_.store.Write(
        [&](store::Txn& txn) { return store::MeetSession(txn, id, env_.conductor_id); }));
    held.missed = false;
  }
  const absl::Duration alive = env_.clock.Mono() - held.alive_since;
  if (std::min(held.link->silence(), alive) <= lease_) return absl::OkStatus();
  base::LogWarning("cannot reach an executor whose heartbeats come; others may try",
                   {{"executor", id}, {"address", held.link->executor().address}});
  rests_[id] = {held.link->executor().incarnation, env_.clock.Mono() + lease_};
  held.link.reset();
  return env_.store.Write(
      [&](store::Txn& txn) { return store::MissSession(txn, id, env_.conductor_id); });
}

absl::Status SessionPool::Dispatch() {
  std::vector<ExecutorLink*> links;
  for (auto& [id, held] : held_) links.push_back(held.link.get());
  GREGALE_ASSIGN_OR_RETURN(const bool more, dispatch_.Tick(links));
  if (more) env_.wake();
  return absl::OkStatus();
}

bool SessionPool::Wants(const store::Executor& executor, absl::Time now) const {
  const auto rest = rests_.find(executor.id);
  if (rest != rests_.end() && rest->second.incarnation == executor.incarnation) return false;
  const auto held = held_.find(executor.id);
  if (executor.session_owner == env_.conductor_id && held != held_.end() &&
      Serves(*held->second.link, executor)) {
    return held->second.until - env_.clock.Mono() < lease_ * 2 / 3;
  }
  return executor.session_owner.empty() || executor.session_owner == env_.conductor_id ||
         executor.session_until <= now;
}

absl::Status SessionPool::Claim() {
  const base::MonoTime asked_at = env_.clock.Mono();
  std::vector<store::Executor> wanted;
  GREGALE_RETURN_IF_ERROR(env_.store.Read([&](store::Txn& txn) -> absl::Status {
    wanted.clear();
    GREGALE_ASSIGN_OR_RETURN(const auto executors, store::ListExecutors(txn));
    for (const store::Executor& executor : executors) {
      const auto held = held_.find(executor.id);
      if (executor.lease_until <= txn.now()) {
        if (held != held_.end()) held->second.alive_since = asked_at;
      } else if (Wants(executor, txn.now())) {
        wanted.push_back(executor);
      }
    }
    return absl::OkStatus();
  }));
  if (wanted.empty()) return absl::OkStatus();

  std::vector<store::Executor> claimed;
  GREGALE_RETURN_IF_ERROR(env_.store.Write([&](store::Txn& txn) -> absl::Status {
    claimed.clear();
    for (const store::Executor& executor : wanted) {
      store::Executor row;
      GREGALE_ASSIGN_OR_RETURN(
          const bool ours, store::ClaimSession(txn, executor.id, env_.conductor_id, lease_, row));
      if (ours) claimed.push_back(std::move(row));
    }
    return absl::OkStatus();
  }));
  for (store::Executor& executor : claimed) {
    Held& held = held_.try_emplace(executor.id, Held{.alive_since = asked_at}).first->second;
    held.until = asked_at + lease_;
    held.missed = executor.sessions_missed > 0;
    if (held.link != nullptr && Serves(*held.link, executor)) continue;
    // The old link goes first: two of them to one executor would fight for its session.
    held.link.reset();
    held.link = std::make_unique<ExecutorLink>(env_, std::move(executor));
  }
  return absl::OkStatus();
}

void SessionPool::DropExpired() {
  const base::MonoTime now = env_.clock.Mono();
  std::erase_if(held_, [&](const auto& entry) {
    if (entry.second.until > now) return false;
    base::LogInfo("session given up", {{"executor", entry.first}});
    return true;
  });
}

absl::Status SessionPool::Release() {
  held_.clear();
  return env_.store.Write(
      [&](store::Txn& txn) { return store::ReleaseSessions(txn, env_.conductor_id); });
}

const ExecutorLink* SessionPool::Find(std::string_view executor_id) const {
  const auto held = held_.find(executor_id);
  return held != held_.end() ? held->second.link.get() : nullptr;
}

}  // namespace gregale::conductor
