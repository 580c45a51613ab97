#include "conductor/lease_keeper.h"

#include <algorithm>
#include <vector>

#include "base/log.h"
#include "store/operation_table.h"

namespace gregale::conductor {

LeaseKeeper::LeaseKeeper(store::Store& store, const base::Clock& clock, absl::Duration lease)
    : store_(store), clock_(clock), lease_(lease) {}

LeaseKeeper::Held::~Held() {
  base::MutexLock lock(keeper_.mutex_);
  keeper_.until_.erase(this);
}

bool LeaseKeeper::Held::Valid() {
  base::MutexLock lock(keeper_.mutex_);
  const auto until = keeper_.until_.find(this);
  if (until == keeper_.until_.end()) return false;
  if (keeper_.clock_.Mono() < until->second) return true;
  keeper_.until_.erase(until);
  return false;
}

std::unique_ptr<LeaseKeeper::Held> LeaseKeeper::Hold(const store::Operation& operation,
                                                     base::MonoTime claimed_at) {
  std::unique_ptr<Held> held(new Held(*this, operation));
  base::MutexLock lock(mutex_);
  until_[held.get()] = claimed_at + lease_;
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
    for (const auto& [held, until] : until_) {
      if (until > now && until - now <= rest) due.push_back(held->operation_);
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
  for (size_t i = 0; i < due.size(); ++i) {
    const auto held = std::find_if(until_.begin(), until_.end(), [&](const auto& entry) {
      const store::Operation& operation = entry.first->operation_;
      return operation.id == due[i].id && operation.epoch == due[i].epoch;
    });
    if (held == until_.end()) continue;
    if (results[i].ok()) {
      held->second = now + lease_;
    } else {
      until_.erase(held);
    }
  }
  return now + lease_ / 3;
}

}  // namespace gregale::conductor
