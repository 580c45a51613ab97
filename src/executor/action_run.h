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
#include "gregale/v1/monitor.pb.h"

namespace gregale::executor {

class ActionRun;

// Hears of its runs, on the loop.
class ActionRunObserver {
 public:
  virtual ~ActionRunObserver() = default;
  virtual void OnEvent(ActionRun& run, const v1::MonitorEvent& event) = 0;
  // The run has ended by itself; none of its actions runs any more. Called once, never inside a
  // call to the run; may destroy it.
  virtual void OnEnd(ActionRun& run, const std::string& reason) = 0;
};

// Who started a run, and so may take it away.
enum class RunOwner { kCall, kSession };

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
};

// Everything that runs under one action id: the execution of a workflow with the actions that it
// commands, or one action alone. Destroying it stops all of it, silently and at once. On the loop.
class ActionRun final : private ActionHost, private ExecutionDriver::Listener {
 public:
  struct Watch {
    bool events = false;
    bool probes = false;
  };

  // kInvalidArgument: the workflow or the input is wrong; nothing runs.
  static absl::StatusOr<std::unique_ptr<ActionRun>> Start(const ActionEnvironment& environment,
                                                          ActionRunObserver& observer,
                                                          RunSpec spec);
  // Replaces the input as a whole; holds end. kInvalidArgument leaves everything as it was.
  absl::Status SetInput(base::Json input);

  const RunSpec& spec() const { return spec_; }
  void set_version(uint64_t version) { spec_.version = version; }
  // The number of the newest incident; the next has a higher one.
  uint64_t incidents() const { return incidents_; }
  void set_incidents(uint64_t incidents) { incidents_ = incidents; }
  absl::Time started() const { return started_; }
  // Whether there is somebody for OnEvent to tell.
  void set_watch(Watch watch) { watch_ = watch; }
  // What it is and does, as the list shows it.
  void Describe(v1::MonitorAction* out) const;
  // An event of this run, without a target.
  v1::MonitorEvent MakeEvent(v1::MonitorEvent::Kind kind, std::string_view reason) const;

 private:
  // Why the run is over.
  struct End {
    bool good = false;
    std::string reason;
  };

  ActionRun(const ActionEnvironment& environment, ActionRunObserver& observer, RunSpec spec);

  const std::string& action_id() const override { return spec_.action_id; }
  const std::string& vnf_id() const override { return spec_.vnf_id; }
  uint64_t NextIncident() override { return ++incidents_; }
  bool Wants(v1::MonitorEvent::Kind kind) const override;
  void Publish(v1::MonitorEvent event) override;

  // Fills in whose event it is, and when.
  void Stamp(v1::MonitorEvent* event) const;
  absl::Status StartAll();
  absl::Status StartAction();
  void OnFinished(workflow::State state, const base::Json& output) override;
  void OnExit(const std::string& reason) override { EndBy({false, reason}); }
  void OnOutcome(ActionOutcome outcome);
  // Stops every action now, and tells the observer soon.
  void EndBy(End end);

  const ActionEnvironment& environment_;
  ActionRunObserver& observer_;
  RunSpec spec_;
  absl::Time started_;
  Watch watch_;
  uint64_t incidents_ = 0;
  // One of the two, as long as it runs.
  std::optional<ExecutionDriver> execution_;
  std::unique_ptr<Action> action_;
  std::optional<End> end_;
  base::Alarm tell_end_;
};

}  // namespace gregale::executor
