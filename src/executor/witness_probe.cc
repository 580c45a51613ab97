#include "executor/witness_probe.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "executor/error_text.h"
#include "policies/monitoring.h"
#include "rpc/struct_json.h"

namespace gregale::executor {
namespace {

using v1::MonitorEvent;

constexpr absl::Duration kVerdictTimeMax = absl::Seconds(60);

}  // namespace

absl::StatusOr<std::unique_ptr<WitnessProbe>> WitnessProbe::Start(
    const ActionEnvironment& environment, const v1::ProbeRequest& request, Done done) {
  const ActionKind* kind = FindActionKind(request.action());
  if (kind == nullptr || policies::FindMonitorAction(request.action()) == nullptr) {
    return base::InvalidInput("action", "no such monitor action");
  }
  GREGALE_ASSIGN_OR_RETURN(const base::Json input, rpc::ToJson(request.input()));
  const auto addresses = input.find("addresses");
  if (addresses == input.end() || addresses->empty()) {
    return base::InvalidInput("input.addresses", "must name what is to be probed");
  }
  GREGALE_RETURN_IF_ERROR(kind->check(input));
  std::unique_ptr<WitnessProbe> probe(new WitnessProbe(environment, std::move(done)));
  WitnessProbe* const self = probe.get();
  probe->action_ = kind->make(
      input,
      {.environment = environment, .host = *self, .done = [self](const ActionOutcome& outcome) {
         self->End(absl::InternalError(base::Cat("the action ended: ", outcome.reason)));
       }});
  return probe;
}

WitnessProbe::WitnessProbe(const ActionEnvironment& environment, Done done)
    : done_(std::move(done)),
      look_(environment.probes),
      answer_(absl::DeadlineExceededError("no verdict in time")),
      tell_(environment.scheduler, [this] {
        over_ = true;
        action_.reset();
        const Done told = done_;
        told(std::move(answer_));
      }) {
  tell_.SetAfter(kVerdictTimeMax);
}

WitnessProbe::~WitnessProbe() = default;

bool WitnessProbe::Wants(MonitorEvent::Kind kind) const {
  return kind == MonitorEvent::KIND_PROBE || kind == MonitorEvent::KIND_FAILURE;
}

void WitnessProbe::Publish(MonitorEvent event) {
  v1::ProbeResponse response;
  if (event.kind() == MonitorEvent::KIND_PROBE) {
    // A probe that failed says nothing yet.
    if (!event.reason().empty()) return;
    response.set_answered(true);
  } else if (event.kind() == MonitorEvent::KIND_FAILURE) {
    response.set_reason(event.reason());
  } else {
    return;
  }
  End(std::move(response));
}

void WitnessProbe::End(absl::StatusOr<v1::ProbeResponse> answer) {
  if (over_) return;
  over_ = true;
  answer_ = std::move(answer);
  tell_.SetAfter(absl::ZeroDuration());
}

}  // namespace gregale::executor
