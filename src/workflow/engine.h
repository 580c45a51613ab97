#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "workflow/definition.h"
#include "workflow/state.h"

// The workflow engine: a pure function from a state and an event to a new state and commands. No
// I/O, no clock, no randomness of its own.
namespace gregale::workflow {

// One execution with its sub-executions (execution_state.h).
struct ExecutionState;

// What workflows may name: other workflows, actions, environments. Must answer the same as long as
// an execution lives.
class Library {
 public:
  virtual ~Library() = default;
  // nullptr where there is none.
  virtual std::shared_ptr<const Workflow> FindWorkflow(const std::string& name) const;
  virtual std::shared_ptr<const AdHocAction> FindAdHocAction(const std::string& name) const;
  virtual std::optional<base::Json> FindEnvironment(const std::string& name) const;
  // Whether an action can be called with such an input. kNotFound: there is no such action;
  // kInvalidArgument: an input is missing or unknown.
  virtual absl::Status CheckAction(const std::string& name, const base::Json& input) const = 0;
  // The namespace that names are looked up in, for messages.
  virtual std::string_view name_space() const { return ""; }
};

// The first event. The engine draws identifiers from the seeds.
struct Start {
  base::Json input;
  base::Json params = base::Json::object();  // env, task_name, ...
  uint64_t seed_high = 0;
  uint64_t seed_low = 0;
  std::string id = {};  // of the execution; "": drawn
};
// An update of the root execution's input (whole); running actions get theirs anew.
struct InputChanged {
  base::Json input;
};
// An action has ended: SUCCESS with its result, ERROR or CANCELLED with the error.
struct ActionDone {
  std::string action_id;
  State state = State::kSuccess;
  base::Json value;
};
// An asynchronous action was PAUSED from outside, or RUNs again.
struct ActionChanged {
  std::string action_id;
  State state = State::kPaused;
};
struct TimerFired {
  uint64_t timer = 0;
};
// Of these, "" stands for the root execution.
struct Pause {
  std::string execution_id = {};
};
struct Resume {
  std::string execution_id = {};
  base::Json env = {};  // null: as it was
};
// Replaces variables of the environment of an execution that does not run.
struct EnvironmentChanged {
  std::string execution_id = {};
  base::Json env;
};
struct Stop {
  std::string execution_id = {};
  State state = State::kCancelled;  // or SUCCESS or ERROR
  std::optional<std::string> reason = {};
};
// Runs a failed task again.
struct Rerun {
  std::string task_id;
  bool reset = true;  // false: only the items that failed
  base::Json env = {};
};
// Takes a failed task for done.
struct Skip {
  std::string task_id;
};
struct Event {
  absl::Time now;
  std::variant<Start, InputChanged, ActionDone, ActionChanged, TimerFired, Pause, Resume,
               EnvironmentChanged, Stop, Rerun, Skip>
      what;
};

// What the caller must do. Identifiers are unique and given by the engine.
struct StartAction {
  std::string action_id;
  std::string action;
  base::Json input;
  std::string task;  // its name
  std::string task_id;
  std::string workflow;  // its name
  std::string execution_id;
  std::optional<absl::Duration> timeout = {};
  std::string target = {};  // the executor to run it, "": any
  bool safe_rerun = false;
};
struct UpdateAction {
  std::string action_id;
  base::Json input;
};
// Whatever comes of the action is ignored from now on.
struct CancelAction {
  std::string action_id;
};
// Calls for TimerFired after the delay; those of one delay in their order.
struct SetTimer {
  uint64_t timer = 0;
  absl::Duration delay;
};
// The root execution is completed. Actions that still run may be left to their end: their results
// change their tasks' states, but lead no further.
struct Finish {
  State state = State::kSuccess;
  base::Json output;
};
using Command = std::variant<StartAction, UpdateAction, CancelAction, SetTimer, Finish>;

// An execution: Step() is deterministic; the same events give the same commands.
class Execution {
 public:
  // The library outlives it. `workflow` may be nullptr for an execution that will be loaded: then
  // the library has it, too.
  Execution(std::shared_ptr<const Workflow> workflow, const Library& library);
  ~Execution();
  Execution(Execution&&) noexcept;
  Execution& operator=(Execution&&) noexcept;

  // Goes on from a state that Save() gave, perhaps in another process; instead of Start. kDataLoss:
  // it is none, or not one of this workflow.
  absl::Status Load(const base::Json& saved);
  base::Json Save() const;

  // An error (of all but ActionDone, ActionChanged and TimerFired) leaves the state as it
  // was: kInvalidArgument for an input that does not fit or an expression that cannot be evaluated;
  // kFailedPrecondition for a state that allows no such event; kNotFound for an unknown id. What
  // comes too late is ignored.
  absl::StatusOr<std::vector<Command>> Step(const Event& event);

  const ExecutionState& state() const { return *state_; }

 private:
  std::shared_ptr<const Workflow> workflow_;
  const Library* library_;
  std::unique_ptr<ExecutionState> state_;
};

}  // namespace gregale::workflow
