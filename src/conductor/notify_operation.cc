#include "conductor/notify_operation.h"

#include <algorithm>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/webhook.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

// notify: one delivery to one receiver, tried again for a day. State: vnf_id, url, body, attempts,
// give_up_at.
namespace gregale::conductor {
namespace {

constexpr absl::Duration kGiveUpAfter = absl::Hours(24);
constexpr absl::Duration kRetryMin = absl::Seconds(1);
constexpr absl::Duration kRetryMax = absl::Minutes(5);
constexpr absl::Duration kSoon = absl::Milliseconds(500);

base::Json Payload(const store::Vnf& vnf, const PolicyReport& report, const std::string& id,
                   absl::Time now) {
  const auto& request = report.request;
  const auto text = [](absl::Time time) {
    return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
  };
  base::Json payload = base::Json::object();
  payload["id"] = id;
  payload["time"] = text(now);
  payload["event"] = request.monitor_return_value();
  payload["vnf_id"] = vnf.id;
  payload["vnf_name"] = vnf.name;
  payload["tenant_id"] = vnf.tenant_id;
  payload["vnf_status"] = std::string(store::ToText(vnf.status));
  payload["vdu"] = request.vdu();
  payload["policy"] = request.policy();
  payload["address"] = request.address();
  payload["reason"] = OneLine(request.reason(), base::kReportReasonBytesMax);
  payload["failed_probes"] = request.failed_probes();
  if (report.since != absl::InfinitePast()) payload["since"] = text(report.since);
  payload["actions"] = report.actions;
  return payload;
}

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

constinit const OperationKind kNotifyOperation{kNotifyKind, kSteps, Fail};

absl::Status BeginNotify(store::Txn& txn, const store::Vnf& vnf, const PolicyReport& report,
                         std::string_view url, const lifecycle::Start& start) {
  OperationState state;
  state.SetText("vnf_id", vnf.id);
  state.SetText("url", url);
  state.SetText("body", base::DumpJson(Payload(vnf, report, start.operation_id, txn.now())));
  state.SetTime("give_up_at", txn.now() + kGiveUpAfter);
  store::Operation operation;
  operation.id = start.operation_id;
  operation.kind = kNotifyKind;
  operation.vnf_id = start.operation_id;
  operation.key = start.key;
  operation.state = state.ToText();
  operation.run_at = txn.now();
  operation.status = "open";
  operation.created_at = txn.now();
  return store::InsertOperation(txn, operation);
}

}  // namespace gregale::conductor
