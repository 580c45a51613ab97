#include "conductor/membership.h"

#include "base/error.h"
#include "store/member_table.h"

namespace gregale::conductor {
namespace {

constexpr absl::Duration kForgetExecutorsAfter = absl::Minutes(10);

}  // namespace

Membership::Membership(store::Store& store, const base::Clock& clock, store::Conductor self,
                       absl::Duration lease)
    : store_(store), clock_(clock), self_(std::move(self)), lease_(lease), next_(clock.Mono()) {}

absl::Status Membership::Tick() {
  const base::MonoTime now = clock_.Mono();
  if (now < next_) return absl::OkStatus();
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(store::HeartbeatConductor(txn, self_, lease_));
    return store::ForgetExecutors(txn, kForgetExecutorsAfter);
  });
  GREGALE_RETURN_IF_ERROR(written);
  next_ = now + lease_ / 3;
  return absl::OkStatus();
}

absl::Status Membership::Leave() {
  return store_.Write([&](store::Txn& txn) { return store::RemoveConductor(txn, self_.id); });
}

}  // namespace gregale::conductor
