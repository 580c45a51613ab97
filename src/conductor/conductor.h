#pragma once

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "conductor/execution_clock.h"
#include "conductor/lease_keeper.h"
#include "conductor/membership.h"
#include "conductor/operation_worker.h"
#include "conductor/placement.h"
#include "conductor/policy_action_handler.h"
#include "conductor/relocation.h"
#include "conductor/session_pool.h"
#include "conductor/storm_guard.h"
#include "conductor/vim_access.h"
#include "conductor/witness_desk.h"
#include "executions/executions.h"
#include "policies/guards.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// The parts of a conductor, and the order of their rounds: everything but its threads, its network
// and its VIM drivers. Reconcile(), KeepTime() and each worker may each have a thread of its own.
class Conductor {
 public:
  // Everything outlives the conductor but the line, which it first uses in a call.
  struct Environment {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    const VimAccessor& vims;
    SessionDialer& dialer;
    WitnessLine& witness_line;
    Webhook* webhook;            // nullptr: there is none
    std::function<void()> wake;  // there may be something to do; called on any thread
  };
  struct Options {
    store::Conductor self;  // id, address and version
    absl::Duration lease;
    policies::GuardSettings guards;
  };
  Conductor(const Environment& environment, const Options& options);

  // Membership, leases, placement, moves, witnesses, storms and sessions: each does what is due.
  // The first error of the store; the other parts have done theirs nevertheless.
  absl::Status Reconcile();
  // How long to wait for a sign before the next Reconcile(). What comes while placement pauses is
  // looked at when the pause is over.
  absl::Duration Pause() const;

  // Timers and triggers of executions: see ExecutionClock::Tick().
  absl::StatusOr<absl::Duration> KeepTime() { return execution_clock_.Tick(); }

  // Carries operations on; the conductor outlives it.
  std::unique_ptr<OperationWorker> NewWorker();
  // For answering reports.
  const PolicyActionEnvironment& policies() const { return policies_; }

  // In good order, when nothing else runs: gives back sessions and operations, leaves the pool.
  absl::Status Leave();

 private:
  absl::Status Place();
  absl::Status Move();
  absl::Status EndStorms();
  bool IsDue(base::MonoTime when) const { return env_.clock.Mono() >= when; }

  const Environment env_;
  const store::Conductor self_;
  Membership membership_;
  LeaseKeeper leases_;
  executions::Executions executions_;
  ExecutionClock execution_clock_;
  WitnessDesk witnesses_;
  StormGuard storms_;
  const PolicyActionEnvironment policies_;
  Placer placer_;
  Mover mover_;
  SessionPool sessions_;
  base::MonoTime next_leases_;
  base::MonoTime next_placement_;
  base::MonoTime next_moves_;
  base::MonoTime next_storms_;
};

}  // namespace gregale::conductor
