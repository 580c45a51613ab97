#pragma once

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// Keeps this conductor's row alive and forgets executors that are long gone. Used by one thread.
class Membership {
 public:
  // `self`: id, address and version.
  Membership(store::Store& store, const base::Clock& clock, store::Conductor self,
             absl::Duration lease);

  // Renews the row every third of the lease.
  absl::Status Tick();
  // In good order: the row goes at once.
  absl::Status Leave();

 private:
  store::Store& store_;
  const base::Clock& clock_;
  const store::Conductor self_;
  const absl::Duration lease_;
  base::MonoTime next_;
};

}  // namespace gregale::conductor
