#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "executions/executions.h"
#include "store/store.h"

namespace gregale::conductor {

// What happens to executions by the clock: their timers, cron triggers, and the loss of executors
// that ran their actions. Reconciliation: it keeps nothing, so any number of conductors may do it
// at the same time. Used by one thread.
class ExecutionClock {
 public:
  // Everything outlives it. `lease`: of executors.
  ExecutionClock(store::Store& store, executions::Executions& executions, const base::Clock& clock,
                 absl::Duration lease);

  // Does what is due. The time by the store's clock until which nothing becomes due, as far as the
  // store knows now; a change of the store may bring it forward.
  absl::StatusOr<absl::Duration> Tick();

 private:
  absl::Status FireTimers();
  absl::Status FireTriggers();
  absl::Status FireTrigger(const store::CronTrigger& trigger);
  absl::Status EndLost();
  // At most so many, in one transaction; how many.
  absl::StatusOr<int> EndSomeLost(int limit);

  store::Store& store_;
  executions::Executions& executions_;
  const base::Clock& clock_;
  const absl::Duration lease_;
  base::MonoTime next_look_;  // for lost actions
};

}  // namespace gregale::conductor
