#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "conductor/action_dispatch.h"
#include "conductor/executor_link.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// The sessions of this conductor: one ExecutorLink for each live executor whose session nobody else
// holds. A claim is a lease in the store; where it cannot be renewed in time, the link is dropped
// before another conductor can have it. An executor that cannot be reached for a lease's time is
// left to the other conductors, for whom the way may be open. Used by one thread.
class SessionPool {
 public:
  SessionPool(const ExecutorLink::Environment& environment, absl::Duration lease)
      : env_(environment), lease_(lease), dispatch_(environment.store, environment.conductor_id) {}

  // Claims and renews, makes and drops links, gives actions to their executors, and lets each link
  // do its work.
  absl::Status Tick();
  // Closes all links and gives the sessions back, in good order.
  absl::Status Release();

  // nullptr where this conductor does not hold the executor's session.
  const ExecutorLink* Find(std::string_view executor_id) const;

 private:
  struct Held {
    std::unique_ptr<ExecutorLink> link;
    base::MonoTime until;        // of the claim, by our clock: never later than by the store's
    base::MonoTime alive_since;  // no sooner; of the executor's heartbeats
    bool missed = false;         // the store still says that nobody has reached it
  };
  // An executor that we could not reach is not claimed again before this time, in that life of it.
  struct Rest {
    std::string incarnation;
    base::MonoTime until;
  };

  absl::Status Claim();
  void DropExpired();
  // Gives up those that cannot be reached, and says of the others that they can.
  absl::Status Judge();
  absl::Status Judge(const std::string& id, Held& held);
  absl::Status Dispatch();
  bool Wants(const store::Executor& executor, absl::Time now) const;

  const ExecutorLink::Environment env_;
  const absl::Duration lease_;
  ActionDispatch dispatch_;
  std::map<std::string, Held, std::less<>> held_;  // by executor id
  std::map<std::string, Rest> rests_;              // by executor id
};

}  // namespace gregale::conductor
