#include "conductor/lease_keeper.h"

#include <vector>

#include "base/log.h"
#include "store/operation_table.h"

namespace gregale::conductor {

LeaseKeeper::LeaseKeeper(store::Store& store, const base::Clock& clock, absl::Duration lease)
    : store_(store), clock_(clock), lease_(lease) {}

LeaseKeeper::Held::Held(LeaseKeeper& keeper, store::Operation operation, base::MonoTime until)
    : keeper_(keeper), operation_(std::move(operation)), until_(until) {}

LeaseKeeper::Held::~Held() {
  base::MutexLock lock(keeper_.mutex_);
  keeper_.held_.erase(this);
}

bool LeaseKeeper::Held::Valid() {
  base::MutexLock lock(keeper_.mutex_);
  if (keeper_.clock_.Mono() < until_) return true;
  keeper_.held_.erase(this);
  return false;
}

std::unique_ptr<LeaseKeeper::Held> LeaseKeeper::Hold(const store::Operation& operation,
                                                     base::MonoTime claimed_at) {
  std::unique_ptr<Held> held(new Held(*this, operation, claimed_at + lease_));
  base::MutexLock lock(mutex_);
  held_.insert(held.get());
  return held;
}

base::MonoTime LeaseKeeper::Tick() {
  const base::MonoTime now = clock_.Mono();
  const absl::Duration rest = lease_ * 2 / 3;
  // A holder may be destroyed while the store is written: so copies go out, and what comes back is
  // matched by id.
  std::vector<store::Operation> due;
  {
    base::MutexLock lock(mutex_);
    for (const Held* held : held_) {
      if (held->until_ > now && held->until_ - now <= rest) due.push_back(held->operation_);
    }
  }
  if (due.empty()) return now + lease_ / 3;

  std::vector<absl::Status> results;
  const absl::Status written = store_.Write([&](store::Txn& txn) {
    results.clear();
    for (const store::Operation& operation : due) {
      results.push_back(store::ExtendOperationLease(txn, operation, lease_));
      // A lost lease concerns this operation alone; anything else is the store's trouble.
      if (!results.back().ok() && !absl::IsAborted(results.back())) return results.back();
    }
    return absl::OkStatus();
  });
  if (!written.ok()) {
    base::LogWarning("leases of operations could not be extended",
                     {{"error", std::string(written.message())}});
    return now + lease_ / 10;
  }
  base::MutexLock lock(mutex_);
  for (Held* held : held_) {
    for (size_t i = 0; i < due.size(); ++i) {
      if (held->operation_.id != due[i].id || held->operation_.epoch != due[i].epoch) continue;
      held->until_ = results[i].ok() ? now + lease_ : base::MonoTime();
    }
  }
  return now + lease_ / 3;
}

}  // namespace gregale::conductor
