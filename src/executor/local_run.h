#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "base/json.h"
#include "executor/execution_driver.h"
#include "workflow/execution_state.h"

namespace gregale::executor {

// A workflow that runs here alone: no conductor knows of it. On the loop.
class LocalRun final : private ActionHost, private ExecutionDriver::Listener {
 public:
  // Everything outlives the run.
  LocalRun(const ActionEnvironment& environment, const workflow::Library& library,
           std::shared_ptr<const workflow::Workflow> workflow)
      : driver_(environment, *this, *this, library, std::move(workflow)) {}

  // kInvalidArgument: the input or the parameters do not fit; nothing runs.
  absl::Status Start(base::Json input, base::Json params) {
    return driver_.Start(std::move(input), std::move(params));
  }
  // As ExecutionDriver's.
  absl::Status Handle(decltype(workflow::Event::what) what) {
    return driver_.Handle(std::move(what));
  }

  const workflow::ExecutionState& state() const { return driver_.state(); }
  // The execution is completed, or will not go on by itself: it is paused, or waits for the end of
  // an asynchronous action.
  bool finished() const { return finished_; }
  // Nothing runs and no time is awaited.
  bool idle() const { return driver_.idle(); }

 private:
  std::string action_id() const override { return none_; }
  std::string vnf_id() const override { return none_; }
  uint64_t NextIncident() override { return ++incidents_; }
  bool Wants(v1::MonitorEvent::Kind) const override { return false; }
  void Publish(v1::MonitorEvent) override {}
  void OnFinished(workflow::State, const base::Json&) override { finished_ = true; }
  void OnExit(const std::string&) override { finished_ = true; }

  const std::string none_;
  uint64_t incidents_ = 0;
  bool finished_ = false;
  ExecutionDriver driver_;
};

// What an execution has come to, for people and programs: its state, output and tasks, with those
// of its sub-executions.
base::Json DescribeExecution(const workflow::ExecutionState& state,
                             const workflow::WorkflowRun& run);

}  // namespace gregale::executor
