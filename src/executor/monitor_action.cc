#include "executor/monitor_action.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "executor/flap_detector.h"
#include "executor/proto_time.h"

namespace gregale::executor {

using base::Json;
using base::MonoTime;
using v1::ExecutePolicyActionResponse;
using v1::MonitorEvent;
using v1::MonitorTarget;

namespace {

// A target that flaps may be well for a moment when its report is to be repeated.
constexpr absl::Duration kFlapLookAgain = absl::Seconds(1);

}  // namespace

struct MonitorAction::Trouble {
  enum class Stage { kNone, kReporting, kHolding };  // of the target's failure

  Trouble(MonitorAction& action, Watch& watch)
      : report_again(action.scheduler(), [&action, &watch] { action.ReportAgain(watch); }),
        lasting(action.scheduler(), [&action, &watch] { action.OnLasted(watch); }) {}
  // Forgets the incident; what is being reported is not reported any more.
  void EndIncident() {
    stage = Stage::kNone;
    report.reset();
    report_again.Cancel();
    lasting.Cancel();
  }

  Stage stage = Stage::kNone;
  uint64_t incident = 0;                 // the newest one's number
  std::unique_ptr<PolicyReport> report;  // on its way
  base::Alarm report_again;              // a report that was HELD
  FlapDetector flaps;
  base::Alarm lasting;  // set while a flapping target's newest change has not lasted yet
};

struct MonitorAction::Watch final : Target {
  using Target::Target;

  std::unique_ptr<Trouble> trouble;  // made at the first failure
};

MonitorAction::MonitorAction(const Kind& kind, std::shared_ptr<const MonitorSettings> settings,
                             const ActionEnvironment& environment, ActionHost& host, Done done)
    : prober_(kind.prober),
      parse_(kind.parse),
      settings_(std::move(settings)),
      environment_(environment),
      host_(host),
      done_(std::move(done)) {}

MonitorAction::~MonitorAction() = default;

absl::Status MonitorAction::Check(const Json& input) const {
  return parse_(*settings_->driver, input).status();
}

void MonitorAction::Update(const Json& input) {
  auto parsed = parse_(*settings_->driver, input);
  if (!parsed.ok()) return;  // was checked
  // The targets read the old parameters until SetAddresses has given them the new ones.
  const auto old = std::exchange(
      settings_, std::make_shared<const MonitorSettings>(std::move(parsed->settings)));
  SetAddresses(parsed->addresses);
}

void MonitorAction::SetAddresses(std::span<const IpAddress> addresses) {
  TargetObserver& self = *this;
  decltype(watches_) watches;
  for (const IpAddress& address : addresses) {
    auto same = std::find_if(watches_.begin(), watches_.end(), [&](const auto& watch) {
      return watch && watch->address() == address;
    });
    if (same == watches_.end()) {
      watches.push_back(std::make_unique<Watch>(environment_.probes, prober_, address,
                                                settings_->parameters, self));
    } else {
      (*same)->UseParameters(settings_->parameters);
      watches.push_back(std::move(*same));
    }
  }
  watches_ = std::move(watches);
  Resume();
}

void MonitorAction::ShortenDelay(absl::Duration age) {
  for (const auto& watch : watches_) watch->ShortenDelay(age);
}

void MonitorAction::Resume() {
  for (const auto& watch : watches_) {
    if (watch->trouble != nullptr) watch->trouble->EndIncident();
    if (watch->phase() != Target::Phase::kFailed) continue;
    watch->trouble->flaps.Reset();  // what is there now has no history
    watch->Restart();
  }
}

base::Scheduler& MonitorAction::scheduler() const { return environment_.scheduler; }

MonitorAction::Watch& MonitorAction::WatchOf(Target& target) { return static_cast<Watch&>(target); }

MonitorAction::Trouble& MonitorAction::TroubleOf(Watch& watch) {
  if (watch.trouble == nullptr) watch.trouble = std::make_unique<Trouble>(*this, watch);
  return *watch.trouble;
}

void MonitorAction::OnProbe(Target& target, std::string_view error) {
  if (!host_.Wants(MonitorEvent::KIND_PROBE)) return;
  Publish(MonitorEvent::KIND_PROBE, WatchOf(target), error);
}

void MonitorAction::OnFailed(Target& target) {
  Watch& watch = WatchOf(target);
  const policies::FlapDamping& damping = settings_->parameters.flapping;
  Trouble& trouble = TroubleOf(watch);
  if (!trouble.flaps.IsFlapping(scheduler().Now(), damping)) {
    BeginIncident(watch, Event::kFailure);
  } else if (trouble.stage != Trouble::Stage::kNone) {
    trouble.lasting.Cancel();  // the failure that was reported goes on
  } else {
    trouble.lasting.SetAfter(damping.hold);
  }
}

void MonitorAction::OnRecovered(Target& target) {
  Watch& watch = WatchOf(target);
  const policies::FlapDamping& damping = settings_->parameters.flapping;
  Trouble& trouble = TroubleOf(watch);
  const base::MonoTime now = scheduler().Now();
  const bool flapped = trouble.flaps.IsFlapping(now, damping);
  if (trouble.flaps.Recovered(now, damping)) {
    base::LogInfo("target flaps", {{"action_id", host_.action_id()},
                                   {"vdu", settings_->vdu},
                                   {"policy", std::string(settings_->driver->name)},
                                   {"address", target.address().ToText()}});
    Publish(MonitorEvent::KIND_FLAPPING, watch, "");
  }
  if (!flapped) {
    BeginIncident(watch, Event::kRecovery);
  } else if (trouble.stage == Trouble::Stage::kNone) {
    trouble.lasting.Cancel();  // the failure was not reported; its end is no news
  } else {
    trouble.lasting.SetAfter(damping.hold);
  }
}

void MonitorAction::OnLasted(Watch& watch) {
  const bool failed = watch.phase() == Target::Phase::kFailed;
  BeginIncident(watch, failed ? Event::kFailure : Event::kRecovery);
}

void MonitorAction::BeginIncident(Watch& watch, Event event) {
  Trouble& trouble = TroubleOf(watch);
  trouble.EndIncident();
  trouble.incident = host_.NextIncident();
  const bool failure = event == Event::kFailure;
  if (failure) trouble.stage = Trouble::Stage::kHolding;  // unless there is something to report
  Report(watch, event);
  const std::string error(watch.last_error());
  base::LogInfo(failure ? "target failed" : "target recovered",
                {{"action_id", host_.action_id()},
                 {"vdu", settings_->vdu},
                 {"policy", std::string(settings_->driver->name)},
                 {"address", watch.address().ToText()},
                 {"incident", std::to_string(trouble.incident)},
                 {"reason", failure ? error : ""}});
  Publish(failure ? MonitorEvent::KIND_FAILURE : MonitorEvent::KIND_RECOVERY, watch,
          failure ? error : "");
}

bool MonitorAction::IsReported(Event event) const {
  if (host_.vnf_id().empty()) return false;
  const auto has = [this](const char* word) {
    const auto actions = settings_->actions.find(word);
    return actions != settings_->actions.end() && !actions->second.empty();
  };
  // Who was told of a failure is told that it is over, whatever the policy does then.
  return has("failure") || (event == Event::kRecovery && has("recovery"));
}

void MonitorAction::Report(Watch& watch, Event event) {
  if (!IsReported(event)) return;
  Trouble& trouble = *watch.trouble;
  if (event == Event::kFailure) trouble.stage = Trouble::Stage::kReporting;
  trouble.report = environment_.reporter.Report(
      MakeRequest(watch, event), [this, &watch, event](const ExecutePolicyActionResponse& answer) {
        OnAnswer(watch, event, answer);
      });
}

void MonitorAction::ReportAgain(Watch& watch) {
  if (watch.phase() == Target::Phase::kFailed) {
    Report(watch, Event::kFailure);
  } else {
    watch.trouble->report_again.SetAfter(kFlapLookAgain);
  }
}

void MonitorAction::OnAnswer(Watch& watch, Event event, const ExecutePolicyActionResponse& answer) {
  Trouble& trouble = *watch.trouble;
  trouble.report.reset();
  if (event == Event::kFailure) trouble.stage = Trouble::Stage::kHolding;
  Publish(MonitorEvent::KIND_REPORTED, watch,
          answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_HELD ? "HELD"
                                                                                : answer.status());
  if (answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_BAD_ACTION ||
      answer.status() == "BAD_ACTION") {
    // From a copy: the call may destroy this action.
    const Done done = done_;
    done({.kind = ActionOutcome::Kind::kExitRun, .value = nullptr, .reason = "BAD_ACTION"});
    return;
  }
  if (answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_HELD &&
      answer.has_retry_after() && event == Event::kFailure) {
    trouble.report_again.SetAfter(FromProto(answer.retry_after()));
  }
}

v1::ExecutePolicyActionRequest MonitorAction::MakeRequest(const Watch& watch, Event event) const {
  const bool failure = event == Event::kFailure;
  const std::string word = failure ? "failure" : "recovery";
  v1::ExecutePolicyActionRequest request;
  request.set_vnf_id(host_.vnf_id());
  request.set_monitor_return_value(word);
  const auto actions = settings_->actions.find(word);
  if (actions != settings_->actions.end()) {
    request.mutable_policy_actions()->Assign(actions->second.begin(), actions->second.end());
  }
  request.set_action_id(host_.action_id());
  request.set_vdu(settings_->vdu);
  request.set_incident(watch.trouble->incident);
  request.set_policy(std::string(settings_->driver->name));
  request.set_address(watch.address().ToText());
  request.set_reason(std::string(watch.last_error()));
  *request.mutable_since() =
      ToProto(WallTime(failure ? watch.first_failure() : watch.last_failure()));
  request.set_failed_probes(watch.failures_in_row());
  return request;
}

absl::Time MonitorAction::WallTime(MonoTime time) const {
  return scheduler().WallNow() - (scheduler().Now() - time);
}

void MonitorAction::AppendTargets(
    google::protobuf::RepeatedPtrField<MonitorTarget>* targets) const {
  for (const auto& watch : watches_) Describe(*watch, targets->Add());
}

void MonitorAction::Publish(MonitorEvent::Kind kind, const Watch& watch, std::string_view reason) {
  if (!host_.Wants(kind)) return;
  MonitorEvent event;
  event.set_kind(kind);
  event.set_reason(std::string(reason));
  Describe(watch, event.mutable_target());
  host_.Publish(std::move(event));
}

void MonitorAction::Describe(const Watch& watch, MonitorTarget* out) const {
  const ProbeStatistics& statistics = watch.statistics();
  out->set_vdu(settings_->vdu);
  out->set_policy(std::string(settings_->driver->name));
  out->set_address(watch.address().ToText());
  switch (watch.phase()) {
    case Target::Phase::kWaiting:
      out->set_state(MonitorTarget::STATE_WAITING);
      break;
    case Target::Phase::kUp:
      out->set_state(MonitorTarget::STATE_UP);
      break;
    case Target::Phase::kSuspect:
      out->set_state(MonitorTarget::STATE_SUSPECT);
      break;
    case Target::Phase::kFailed:
      out->set_state(watch.trouble->stage == Trouble::Stage::kReporting
                         ? MonitorTarget::STATE_REPORTING
                         : MonitorTarget::STATE_HOLDING);
  }
  out->set_probes_sent(statistics.sent());
  out->set_probes_answered(statistics.answered());
  out->set_consecutive_failures(watch.failures_in_row());
  if (statistics.last_latency() != absl::InfiniteDuration()) {
    *out->mutable_last_latency() = ToProto(statistics.last_latency());
    *out->mutable_mean_latency() = ToProto(statistics.mean_latency());
  }
  out->set_loss(statistics.loss());
  for (size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
    out->add_latency_counts(statistics.latencies().count(i));
  }
  if (statistics.last_sent() != MonoTime::Never()) {
    *out->mutable_last_probe() = ToProto(WallTime(statistics.last_sent()));
  }
  *out->mutable_longest_gap() = ToProto(statistics.longest_gap());
  *out->mutable_interval() = ToProto(watch.parameters().timing.interval);
  out->set_last_error(std::string(watch.last_error()));
  out->set_last_output(std::string(watch.last_output()));
  if (watch.trouble == nullptr) return;
  out->set_incident(watch.trouble->incident);
  out->set_flapping(
      watch.trouble->flaps.IsFlapping(scheduler().Now(), settings_->parameters.flapping));
}

}  // namespace gregale::executor
