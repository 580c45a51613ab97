#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "executor/action.h"
#include "executor/execution_driver.h"
#include "executor/run.h"
#include "executor/watch_plan.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

// What to run under an action id.
struct RunSpec {
  std::string action_id;
  std::string vnf_id;  // "": nothing is reported
  RunOwner owner = RunOwner::kCall;
  uint64_t version = 0;  // of the input
  // One of the two: a workflow, or the name of an action.
  std::shared_ptr<const workflow::Workflow> workflow;
  std::string action;
  base::Json input;
  // Of a workflow that only watches; how long what it watches has been there.
  std::shared_ptr<const WatchPlan> plan = nullptr;
  absl::Duration age = absl::ZeroDuration();
  // Of an action alone: whose work it does, where its end is wanted.
  std::optional<ActionCall> call = std::nullopt;
};

// The execution of a workflow with the actions that it commands, or one action alone.
class ActionRun final : public Run, private ActionHost, private ExecutionDriver::Listener {
 public:
  // kInvalidArgument: the workflow or the input is wrong; nothing runs.
  static absl::StatusOr<std::unique_ptr<ActionRun>> Start(const ActionEnvironment& environment,
                                                          RunObserver& observer, RunSpec spec);

  RunHead head() const override;
  std::string vnf_id_text() const override { return spec_.vnf_id; }
  base::Json input() const override { return spec_.input; }
  absl::Status SetInput(base::Json input) override;
  void set_version(uint64_t version) override { spec_.version = version; }
  void Halt() override;
  void Describe(v1::MonitorAction* out) const override;

 private:
  ActionRun(const ActionEnvironment& environment, RunObserver& observer, RunSpec spec);

  std::string action_id() const override { return spec_.action_id; }
  std::string vnf_id() const override { return spec_.vnf_id; }
  uint64_t NextIncident() override { return ++incidents_; }
  bool Wants(v1::MonitorEvent::Kind kind) const override { return IsWanted(kind); }
  void Publish(v1::MonitorEvent event) override { Tell(std::move(event)); }

  absl::Status StartAll();
  absl::Status StartAction();
  void OnFinished(workflow::State state, const base::Json& output) override;
  void OnExit(const std::string& reason) override {
    EndBy({.kind = ActionOutcome::Kind::kExitRun, .reason = reason});
  }
  void OnOutcome(ActionOutcome outcome);
  // Stops every action now, and tells the observer soon.
  void EndBy(ActionOutcome end);

  RunSpec spec_;
  absl::Time started_;
  // One of the two, as long as it runs.
  std::optional<ExecutionDriver> execution_;
  std::unique_ptr<Action> action_;
  std::optional<ActionOutcome> end_;
  base::Alarm tell_end_;
};

}  // namespace gregale::executor
