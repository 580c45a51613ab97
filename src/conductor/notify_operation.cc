#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/webhook.h"
#include "lifecycle/notification.h"
#include "store/vnf_table.h"

// notify: one delivery to one receiver, tried again for a day. State: as lifecycle/notification.h
// says, and attempts.
namespace gregale::conductor {
namespace {

constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Minutes(5);
constexpr absl::Duration kSoon = absl::Milliseconds(500);

absl::Duration RetryDelay(int64_t attempts, base::Random& random) {
  const absl::Duration delay =
      std::min(kRetryMax, kRetryMin * (1 << std::min<int64_t>(attempts, 10)));
  return delay + delay * static_cast<double>(random.Below(1000)) / 4000.0;
}

absl::StatusOr<StepOutcome> Send(StepContext& context) {
  if (context.webhook == nullptr) {
    return absl::FailedPreconditionError("this conductor sends no notifications");
  }
  const absl::Status sent = context.webhook->Post(context.state.Text("url"), context.operation.id,
                                                  context.state.Text("body"));
  if (sent.ok()) return StepOutcome::Finish({});
  if (absl::IsFailedPrecondition(sent)) return sent;
  if (absl::IsResourceExhausted(sent)) return StepOutcome::Wait("", kSoon);
  absl::Time now;
  GREGALE_RETURN_IF_ERROR(context.store.Read([&](store::Txn& txn) {
    now = txn.now();
    return absl::OkStatus();
  }));
  if (now >= context.state.Time("give_up_at")) {
    return absl::FailedPreconditionError(
        base::Cat("given up after a day: ", base::FromAbsl(sent.message())));
  }
  const int64_t attempts = context.state.Number("attempts");
  context.state.SetNumber("attempts", attempts + 1);
  return StepOutcome::Wait("", RetryDelay(attempts, context.random));
}

absl::Status Fail(store::Txn& txn, const store::Operation&, const OperationState& state,
                  std::string_view reason) {
  const absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, state.Text("vnf_id"));
  if (absl::IsNotFound(vnf.status())) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(vnf.status());
  return AddVnfEvent(txn, *vnf, kMonitorEvent, base::Cat("notification not delivered: ", reason));
}

constexpr OperationStep kSteps[] = {{"", Send}};

}  // namespace

constinit const OperationKind kNotifyOperation{lifecycle::kNotifyKind, kSteps, Fail};

}  // namespace gregale::conductor
