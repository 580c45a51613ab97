#pragma once

#include <map>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// Keeps the leases of the operations that this process works on, however long a call to a VIM
// takes. Thread-safe: workers hold, one thread calls Tick().
class LeaseKeeper {
 public:
  // `lease`: the length of one.
  LeaseKeeper(store::Store& store, const base::Clock& clock, absl::Duration lease);

  // While this object lives, the operation's lease is extended. It must not outlive the keeper.
  class Held {
   public:
    ~Held();
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;
    // false: the lease is lost, or can have run out: touch nothing more. Once false, always false.
    bool Valid();

   private:
    friend class LeaseKeeper;
    Held(LeaseKeeper& keeper, store::Operation operation)
        : keeper_(keeper), operation_(std::move(operation)) {}
    LeaseKeeper& keeper_;
    const store::Operation operation_;
  };
  // `claimed_at`: a time not after the claim.
  std::unique_ptr<Held> Hold(const store::Operation& operation, base::MonoTime claimed_at);

  // Extends what is a third used up. Returns when it should be called next.
  base::MonoTime Tick();

  absl::Duration lease() const { return lease_; }

 private:
  store::Store& store_;
  const base::Clock& clock_;
  const absl::Duration lease_;
  base::Mutex mutex_;
  // Until when each lease surely stands, by our clock; one that is lost is taken out.
  std::map<const Held*, base::MonoTime> until_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::conductor
