#pragma once

#include <atomic>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/random.h"
#include "conductor/lease_keeper.h"
#include "conductor/operation.h"
#include "conductor/vim_access.h"
#include "store/store.h"

namespace gregale::conductor {

// Claims durable operations and carries them on. Used by one thread; any number of workers, in any
// number of processes, share the work. What it is given must outlive it.
class OperationWorker {
 public:
  struct Environment {
    store::Store& store;
    const base::Clock& clock;
    base::Random& random;
    const VimAccessor& vims;
    LeaseKeeper& leases;
    std::string conductor_id;
    Webhook* webhook = nullptr;                         // nullptr: there is none
    const PolicyActionEnvironment* policies = nullptr;  // nullptr: alarms are not answered
  };
  explicit OperationWorker(const Environment& environment) : env_(environment) {}

  // Claims one operation and carries it as far as it goes without waiting. Zero: one was carried
  // on; otherwise how long nothing will be due (InfiniteDuration where nothing is known to come).
  absl::StatusOr<absl::Duration> RunOne();

  // From any thread: no further step is begun; an operation between two steps is given back.
  void Stop() { stopping_ = true; }

  // The pieces of RunOne, for whoever drives an operation step by step.
  // nullopt: nothing may run now.
  absl::StatusOr<std::optional<store::Operation>> Claim();
  enum class Progress { kContinue, kReleased };
  // Runs the operation's next step and commits its outcome (also that it failed). An error: the
  // outcome could not be committed; the operation is whoever's claims it next.
  absl::StatusOr<Progress> RunStep(store::Operation& operation);

 private:
  absl::StatusOr<Progress> Commit(store::Operation& operation, const OperationState& state,
                                  const StepOutcome& outcome);
  absl::StatusOr<Progress> TryLater(store::Operation& operation, const OperationState& state,
                                    const absl::Status& error);
  absl::StatusOr<Progress> Fail(store::Operation& operation, const OperationKind* kind,
                                const OperationState& state, const absl::Status& error);
  absl::StatusOr<Progress> Abandon(store::Operation& operation, std::string_view why);
  absl::Status Release(const store::Operation& operation);
  void CleanUpAfterLoss(const store::Operation& operation, const OperationState& state);

  const Environment env_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace gregale::conductor
