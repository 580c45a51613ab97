#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "base/event_loop.h"
#include "executor/action.h"
#include "executor/monitor_input.h"
#include "executor/target.h"

namespace gregale::executor {

// Watches the addresses of one VDU according to one monitoring policy; never ends by itself, but
// for BAD_ACTION, which ends its run.
//
// A target that fails is an incident (one that flaps only when the failure has lasted a while): it
// gets a number, is shown as an event, and is reported to the conductors if the policy has actions
// for `failure`. When a conductor has taken the report, the target holds: it is probed on, but
// nothing is reported until it recovers or the action is updated. A recovery is reported the same
// way if the policy has actions for `recovery`.
//
// Update: targets whose address stays keep their statistics; one that had failed begins anew with
// the monitoring delay, since what was there has been replaced. New addresses begin with the
// monitoring delay; the others are never probed again.
class MonitorAction final : public Action, private TargetObserver {
 public:
  // How its inputs are read.
  using ParseInput = absl::StatusOr<MonitorInput> (*)(const policies::MonitorDriver& driver,
                                                      const base::Json& input);
  struct Kind {
    Prober& prober;
    ParseInput parse = ParseMonitorInput;
  };
  using Done = std::function<void(ActionOutcome)>;
  // Watches nothing yet. `done` as in ActionContext.
  MonitorAction(const Kind& kind, std::shared_ptr<const MonitorSettings> settings,
                const ActionEnvironment& environment, ActionHost& host, Done done);
  ~MonitorAction() override;

  // Watches these from now on, as Update does.
  void SetAddresses(std::span<const IpAddress> addresses);
  // What is watched has been there for so long: that much of the monitoring delay is over. Only
  // before anything is probed.
  void ShortenDelay(absl::Duration age);

  absl::Status Check(const base::Json& input) const override;
  void Update(const base::Json& input) override;
  void Resume() override;
  void AppendTargets(google::protobuf::RepeatedPtrField<v1::MonitorTarget>* targets) const override;

 private:
  enum class Event { kFailure, kRecovery };
  // A target and the newest incident that it was part of.
  struct Watch;
  // What a target has that has failed.
  struct Trouble;

  void OnProbe(Target& target, std::string_view error) override;
  void OnFailed(Target& target) override;
  void OnRecovered(Target& target) override;

  // A failure or recovery of a target that flaps has lasted.
  void OnLasted(Watch& watch);
  void BeginIncident(Watch& watch, Event event);
  bool IsReported(Event event) const;
  void Report(Watch& watch, Event event);
  // Repeats a report that was HELD, while the target is dead.
  void ReportAgain(Watch& watch);
  void OnAnswer(Watch& watch, Event event, const v1::ExecutePolicyActionResponse& answer);
  v1::ExecutePolicyActionRequest MakeRequest(const Watch& watch, Event event) const;
  static Watch& WatchOf(Target& target);
  Trouble& TroubleOf(Watch& watch);
  base::Scheduler& scheduler() const;
  void Describe(const Watch& watch, v1::MonitorTarget* out) const;
  void Publish(v1::MonitorEvent::Kind kind, const Watch& watch, std::string_view reason);
  absl::Time WallTime(base::MonoTime time) const;

  Prober& prober_;
  const ParseInput parse_;
  std::shared_ptr<const MonitorSettings> settings_;
  const ActionEnvironment& environment_;
  ActionHost& host_;
  const Done done_;
  absl::InlinedVector<std::unique_ptr<Watch>, 1> watches_;  // in the order of the addresses
};

// Who makes the probes of a driver that probes.
Prober& ProberFor(const policies::MonitorDriver& driver, const Probers& probers);

// Every kind of monitor action: one for each driver that probes, and Tacker's for VIMs.
std::span<const ActionKind> MonitorActionKinds();

}  // namespace gregale::executor
