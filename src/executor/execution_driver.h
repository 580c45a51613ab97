#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "base/json.h"
#include "executor/action.h"
#include "workflow/engine.h"

namespace gregale::executor {

// Drives one execution of a workflow: carries out what the engine commands, with actions and
// alarms, and tells the engine what comes of it. Destroying it stops everything, silently and at
// once. On the loop.
class ExecutionDriver {
 public:
  // Hears of the execution; outlives the driver.
  class Listener {
   public:
    virtual ~Listener() = default;
    // The root execution is completed. Actions may still run; Halt() stops them. May be called
    // inside Start() and Handle().
    virtual void OnFinished(workflow::State state, const base::Json& output) = 0;
    // An action demands that everything under its action id ends; never inside another call.
    virtual void OnExit(const std::string& reason) = 0;
  };

  // Everything outlives the driver.
  ExecutionDriver(const ActionEnvironment& environment, ActionHost& host, Listener& listener,
                  const workflow::Library& library,
                  std::shared_ptr<const workflow::Workflow> workflow);
  ~ExecutionDriver();
  ExecutionDriver(const ExecutionDriver&) = delete;
  ExecutionDriver& operator=(const ExecutionDriver&) = delete;

  // kInvalidArgument: the input or the parameters do not fit; nothing runs.
  absl::Status Start(base::Json input, base::Json params = base::Json::object());
  // An event from outside: Pause, Resume, Stop, Rerun, Skip, or the end of an asynchronous action.
  // Errors as the engine's.
  absl::Status Handle(decltype(workflow::Event::what) what);
  // The whole input anew: actions whose input it changes are updated, the others resume.
  // kInvalidArgument leaves everything as it was.
  absl::Status SetInput(const base::Json& input);
  // Stops every action and alarm; nothing follows.
  void Halt();

  const workflow::ExecutionState& state() const { return execution_.state(); }
  // Nothing runs, and nothing is to come by itself.
  bool idle() const { return running_.empty() && alarms_.empty(); }
  // The error of the last action that failed.
  const absl::Status& action_error() const { return action_error_; }
  // The actions that run, in the order of their start.
  void ForEachAction(const std::function<void(const Action&)>& visit) const;

 private:
  struct Running {
    std::string id;
    std::unique_ptr<Action> action;
    bool updated = false;  // by the SetInput that is going on
  };

  absl::StatusOr<std::vector<workflow::Command>> Step(decltype(workflow::Event::what) what);
  // Carries out the commands, and those that failing actions lead to.
  void Obey(std::vector<workflow::Command> commands);
  void Obey(workflow::StartAction& command, std::deque<workflow::ActionDone>& failures);
  void Obey(const workflow::UpdateAction& command);
  void Obey(const workflow::SetTimer& command);
  absl::Status CheckUpdates(const std::vector<workflow::Command>& commands);
  Running* Find(const std::string& action_id);
  std::unique_ptr<Action> Take(const std::string& action_id);
  void OnOutcome(const std::string& action_id, ActionOutcome outcome);
  void OnTimer(uint64_t timer);

  const ActionEnvironment& environment_;
  ActionHost& host_;
  Listener& listener_;
  workflow::Execution execution_;
  std::map<uint64_t, Running> running_;  // in the order of their start
  absl::flat_hash_map<std::string, uint64_t> started_;
  uint64_t starts_ = 0;
  std::map<uint64_t, std::unique_ptr<base::Alarm>> alarms_;  // by the engine's timer
  absl::Status action_error_;
  bool halted_ = false;
};

}  // namespace gregale::executor
