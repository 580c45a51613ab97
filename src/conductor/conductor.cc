#include "conductor/conductor.h"

#include <algorithm>

#include "base/limits.h"
#include "store/operation_table.h"

namespace gregale::conductor {
namespace {

// Leases end without a commit, so nobody waits longer than this.
constexpr absl::Duration kRoundMax = absl::Milliseconds(200);
// Few looks at the store, even where it changes all the time.
constexpr absl::Duration kPlacementPause = absl::Milliseconds(50);
// While nothing moves. To look means to count all monitors, which shall take a hundredth of the
// time only.
constexpr absl::Duration kMovesPause = absl::Seconds(1);
constexpr absl::Duration kMovesPauseMax = absl::Seconds(5);
constexpr int kLooksApart = 100;
constexpr absl::Duration kStormsPause = absl::Seconds(1);

}  // namespace

Conductor::Conductor(const Environment& environment, const Options& options)
    : env_(environment),
      self_(options.self),
      membership_(env_.store, env_.clock, self_, options.lease),
      leases_(env_.store, env_.clock, options.lease),
      executions_(env_.random),
      execution_clock_(env_.store, executions_, env_.clock, options.lease),
      witnesses_(env_.store, env_.witness_line, env_.wake),
      storms_(env_.store, env_.clock, options.guards),
      policies_{.store = env_.store,
                .random = env_.random,
                .storms = storms_,
                .witnesses = witnesses_,
                .guards = options.guards},
      placer_(env_.store, env_.random),
      mover_(env_.store, env_.random),
      sessions_({.store = env_.store,
                 .clock = env_.clock,
                 .dialer = env_.dialer,
                 .executions = executions_,
                 .conductor_id = self_.id,
                 .wake = env_.wake},
                options.lease) {}

std::unique_ptr<OperationWorker> Conductor::NewWorker() {
  return std::make_unique<OperationWorker>(OperationWorker::Environment{.store = env_.store,
                                                                        .clock = env_.clock,
                                                                        .random = env_.random,
                                                                        .vims = env_.vims,
                                                                        .leases = leases_,
                                                                        .conductor_id = self_.id,
                                                                        .webhook = env_.webhook,
                                                                        .policies = &policies_});
}

absl::Status Conductor::Reconcile() {
  absl::Status status = membership_.Tick();
  if (IsDue(next_leases_)) next_leases_ = leases_.Tick();
  if (IsDue(next_placement_)) status.Update(Place());
  if (IsDue(next_moves_)) status.Update(Move());
  status.Update(witnesses_.Tick());
  if (IsDue(next_storms_)) status.Update(EndStorms());
  status.Update(sessions_.Tick());
  return status;
}

absl::Duration Conductor::Pause() const {
  const absl::Duration until_placement = next_placement_ - env_.clock.Mono();
  return until_placement > absl::ZeroDuration() ? std::min(kRoundMax, until_placement) : kRoundMax;
}

absl::Status Conductor::Place() {
  const absl::StatusOr<int> placed = placer_.Tick();
  // A full round: there may be more.
  const bool more = placed.ok() && *placed == base::kPlacementsPerRoundMax;
  next_placement_ = env_.clock.Mono() + (more ? absl::ZeroDuration() : kPlacementPause);
  return placed.status();
}

absl::Status Conductor::Move() {
  const base::MonoTime begin = env_.clock.Mono();
  const absl::StatusOr<int> moving = mover_.Tick();
  const bool more = moving.ok() && *moving > 0;
  const base::MonoTime end = env_.clock.Mono();
  const absl::Duration rest = std::clamp(kLooksApart * (end - begin), kMovesPause, kMovesPauseMax);
  next_moves_ = end + (more ? kPlacementPause : rest);
  return moving.status();
}

absl::Status Conductor::EndStorms() {
  const absl::Status status = storms_.Tick();
  next_storms_ = env_.clock.Mono() + kStormsPause;
  return status;
}

absl::Status Conductor::Leave() {
  absl::Status status = sessions_.Release();
  status.Update(membership_.Leave());
  status.Update(
      env_.store.Write([&](store::Txn& txn) { return store::ReleaseOperations(txn, self_.id); }));
  return status;
}

}  // namespace gregale::conductor
