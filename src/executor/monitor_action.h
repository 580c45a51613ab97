#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

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
    const policies::MonitorDriver& driver;
    Prober& prober;
    ParseInput parse = ParseMonitorInput;
  };
  MonitorAction(const Kind& kind, MonitorInput input, ActionContext context);
  ~MonitorAction() override;

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

  void SetTargets();
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

  const policies::MonitorDriver& driver_;
  const ParseInput parse_;
  ActionContext context_;
  Prober& prober_;
  std::unique_ptr<MonitorInput> input_;
  std::vector<std::unique_ptr<Watch>> watches_;  // in the order of the addresses
};

// Every kind of monitor action: one for each driver that probes, and Tacker's for VIMs.
std::span<const ActionKind> MonitorActionKinds();

}  // namespace gregale::executor
