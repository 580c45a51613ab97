#include "executor/monitor_action.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "executor/proto_time.h"

namespace gregale::executor {

using base::Json;
using base::MonoTime;
using v1::ExecutePolicyActionResponse;
using v1::MonitorEvent;
using v1::MonitorTarget;

struct MonitorAction::Watch {
  enum class Stage { kNone, kReporting, kHolding };  // of the target's failure

  Watch(const ProbeEnvironment& probes, const IpAddress& address,
        const policies::MonitorParameters& parameters, MonitorAction& action)
      : target(probes, address, parameters, action),
        report_again(probes.scheduler, [this, &action] { action.Report(*this, Event::kFailure); }) {
  }
  // Forgets the incident; what is being reported is not reported any more.
  void EndIncident() {
    stage = Stage::kNone;
    report.reset();
    report_again.Cancel();
  }

  Target target;
  Stage stage = Stage::kNone;
  uint64_t incident = 0;                 // the newest one's number
  std::unique_ptr<PolicyReport> report;  // on its way
  base::Alarm report_again;              // a report that was HELD
};

MonitorAction::MonitorAction(const policies::MonitorDriver& driver, Prober& prober,
                             MonitorInput input, ActionContext context)
    : driver_(driver),
      context_(std::move(context)),
      probes_{context_.environment.scheduler, context_.environment.random,
              context_.environment.probes, prober},
      input_(std::make_unique<MonitorInput>(std::move(input))) {
  SetTargets();
}

MonitorAction::~MonitorAction() = default;

absl::Status MonitorAction::Check(const Json& input) const {
  return ParseMonitorInput(driver_, input).status();
}

void MonitorAction::Update(const Json& input) {
  auto parsed = ParseMonitorInput(driver_, input);
  if (!parsed.ok()) return;  // was checked
  // The targets read the old parameters until SetTargets has given them the new ones.
  const auto old = std::exchange(input_, std::make_unique<MonitorInput>(*std::move(parsed)));
  SetTargets();
  Resume();
}

void MonitorAction::SetTargets() {
  std::vector<std::unique_ptr<Watch>> watches;
  for (const IpAddress& address : input_->addresses) {
    auto same = std::find_if(watches_.begin(), watches_.end(), [&](const auto& watch) {
      return watch && watch->target.address() == address;
    });
    if (same == watches_.end()) {
      watches.push_back(std::make_unique<Watch>(probes_, address, input_->parameters, *this));
    } else {
      (*same)->target.UseParameters(input_->parameters);
      watches.push_back(std::move(*same));
    }
  }
  watches_ = std::move(watches);
}

void MonitorAction::Resume() {
  for (const auto& watch : watches_) {
    watch->EndIncident();
    if (watch->target.phase() == Target::Phase::kFailed) watch->target.Restart();
  }
}

MonitorAction::Watch& MonitorAction::WatchOf(const Target& target) {
  return **std::find_if(watches_.begin(), watches_.end(),
                        [&](const auto& watch) { return &watch->target == &target; });
}

void MonitorAction::OnProbe(Target& target, std::string_view error) {
  if (!context_.host.Wants(MonitorEvent::KIND_PROBE)) return;
  Publish(MonitorEvent::KIND_PROBE, WatchOf(target), error);
}

void MonitorAction::OnFailed(Target& target) { BeginIncident(WatchOf(target), Event::kFailure); }

void MonitorAction::OnRecovered(Target& target) {
  BeginIncident(WatchOf(target), Event::kRecovery);
}

void MonitorAction::BeginIncident(Watch& watch, Event event) {
  watch.EndIncident();
  watch.incident = context_.host.NextIncident();
  const bool failure = event == Event::kFailure;
  if (failure) watch.stage = Watch::Stage::kHolding;  // unless there is something to report
  Report(watch, event);
  const std::string& error = watch.target.statistics().last_error;
  base::LogInfo(failure ? "target failed" : "target recovered",
                {{"action_id", context_.host.action_id()},
                 {"vdu", input_->vdu},
                 {"policy", std::string(driver_.name)},
                 {"address", watch.target.address().ToText()},
                 {"incident", std::to_string(watch.incident)},
                 {"reason", failure ? error : ""}});
  Publish(failure ? MonitorEvent::KIND_FAILURE : MonitorEvent::KIND_RECOVERY, watch,
          failure ? error : "");
}

void MonitorAction::Report(Watch& watch, Event event) {
  const auto actions = input_->actions.find(event == Event::kFailure ? "failure" : "recovery");
  if (actions == input_->actions.end() || actions->second.empty()) return;
  if (context_.host.vnf_id().empty()) return;
  if (event == Event::kFailure) watch.stage = Watch::Stage::kReporting;
  watch.report = context_.environment.reporter.Report(
      MakeRequest(watch, event), [this, &watch, event](const ExecutePolicyActionResponse& answer) {
        OnAnswer(watch, event, answer);
      });
}

void MonitorAction::OnAnswer(Watch& watch, Event event, const ExecutePolicyActionResponse& answer) {
  watch.report.reset();
  if (event == Event::kFailure) watch.stage = Watch::Stage::kHolding;
  Publish(MonitorEvent::KIND_REPORTED, watch,
          answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_HELD ? "HELD"
                                                                                : answer.status());
  if (answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_BAD_ACTION ||
      answer.status() == "BAD_ACTION") {
    // From a copy: the call may destroy this action.
    const auto done = context_.done;
    done({.kind = ActionOutcome::Kind::kExitRun, .value = nullptr, .reason = "BAD_ACTION"});
    return;
  }
  if (answer.disposition() == ExecutePolicyActionResponse::DISPOSITION_HELD &&
      answer.has_retry_after() && event == Event::kFailure) {
    watch.report_again.SetAfter(FromProto(answer.retry_after()));
  }
}

v1::ExecutePolicyActionRequest MonitorAction::MakeRequest(const Watch& watch, Event event) const {
  const Target& target = watch.target;
  const bool failure = event == Event::kFailure;
  const std::string word = failure ? "failure" : "recovery";
  v1::ExecutePolicyActionRequest request;
  request.set_vnf_id(context_.host.vnf_id());
  request.set_monitor_return_value(word);
  for (const std::string& action : input_->actions.at(word)) request.add_policy_actions(action);
  request.set_action_id(context_.host.action_id());
  request.set_vdu(input_->vdu);
  request.set_incident(watch.incident);
  request.set_policy(std::string(driver_.name));
  request.set_address(target.address().ToText());
  request.set_reason(target.statistics().last_error);
  *request.mutable_since() =
      ToProto(WallTime(failure ? target.first_failure() : target.last_failure()));
  request.set_failed_probes(target.failures_in_row());
  return request;
}

absl::Time MonitorAction::WallTime(MonoTime time) const {
  base::Scheduler& scheduler = probes_.scheduler;
  return scheduler.WallNow() - (scheduler.Now() - time);
}

void MonitorAction::AppendTargets(
    google::protobuf::RepeatedPtrField<MonitorTarget>* targets) const {
  for (const auto& watch : watches_) Describe(*watch, targets->Add());
}

void MonitorAction::Publish(MonitorEvent::Kind kind, const Watch& watch, std::string_view reason) {
  if (!context_.host.Wants(kind)) return;
  MonitorEvent event;
  event.set_kind(kind);
  event.set_reason(std::string(reason));
  Describe(watch, event.mutable_target());
  context_.host.Publish(std::move(event));
}

void MonitorAction::Describe(const Watch& watch, MonitorTarget* out) const {
  const Target& target = watch.target;
  const Target::Statistics& statistics = target.statistics();
  out->set_vdu(input_->vdu);
  out->set_policy(std::string(driver_.name));
  out->set_address(target.address().ToText());
  switch (target.phase()) {
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
      out->set_state(watch.stage == Watch::Stage::kReporting ? MonitorTarget::STATE_REPORTING
                                                             : MonitorTarget::STATE_HOLDING);
  }
  out->set_probes_sent(statistics.probes_sent);
  out->set_probes_answered(statistics.probes_answered);
  out->set_consecutive_failures(target.failures_in_row());
  out->set_incident(watch.incident);
  if (statistics.last_latency != absl::InfiniteDuration()) {
    *out->mutable_last_latency() = ToProto(statistics.last_latency);
  }
  if (statistics.last_sent != MonoTime::Never()) {
    *out->mutable_last_probe() = ToProto(WallTime(statistics.last_sent));
  }
  *out->mutable_longest_gap() = ToProto(statistics.longest_gap);
  *out->mutable_interval() = ToProto(target.parameters().timing.interval);
  out->set_last_error(statistics.last_error);
}

namespace {

absl::Status CheckMonitor(std::string_view action, const Json& input) {
  return ParseMonitorInput(*policies::FindMonitorAction(action), input).status();
}

std::unique_ptr<Action> MakeMonitor(std::string_view action, Prober& prober, const Json& input,
                                    ActionContext context) {
  const policies::MonitorDriver& driver = *policies::FindMonitorAction(action);
  return std::make_unique<MonitorAction>(driver, prober, *ParseMonitorInput(driver, input),
                                         std::move(context));
}

}  // namespace

absl::Status CheckPing(const Json& input) { return CheckMonitor("vnf.ping", input); }

std::unique_ptr<Action> MakePing(const Json& input, ActionContext context) {
  Prober& prober = context.environment.icmp;
  return MakeMonitor("vnf.ping", prober, input, std::move(context));
}

absl::Status CheckHttpPing(const Json& input) { return CheckMonitor("vnf.http_ping", input); }

std::unique_ptr<Action> MakeHttpPing(const Json& input, ActionContext context) {
  Prober& prober = context.environment.http;
  return MakeMonitor("vnf.http_ping", prober, input, std::move(context));
}

}  // namespace gregale::executor
