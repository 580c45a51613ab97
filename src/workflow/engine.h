#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "base/json.h"
#include "workflow/definition.h"

// The workflow engine: a pure function from a state and an event to a new state and commands. No
// I/O, no clock.
namespace gregale::workflow {

// The state of one execution; copyable data. Its inside belongs to the engine.
struct ExecutionState;

// What happens to an execution.
struct Start {
  base::Json input;
};  // the first event
struct InputChanged {
  base::Json input;
};  // an update of the running execution's input (whole)
struct ActionSucceeded {
  std::string action_id;
  base::Json result;
};
struct ActionFailed {
  std::string action_id;
  base::Json error;
};
struct Stop {
  std::string reason;
};  // cancel everything
using Event = std::variant<Start, InputChanged, ActionSucceeded, ActionFailed, Stop>;

// What the caller must do. Action ids are unique within the execution and given by the engine.
struct StartAction {
  std::string action_id;
  std::string task;
  std::string action;
  base::Json input;
};
struct UpdateAction {
  std::string action_id;
  base::Json input;
};
struct CancelAction {
  std::string action_id;
};
struct Finish {
  std::string state;
  base::Json output;
};  // SUCCESS, ERROR, CANCELLED; the last command
using Command = std::variant<StartAction, UpdateAction, CancelAction, Finish>;

// An execution: Step() is deterministic; the same events give the same commands.
class Execution {
 public:
  explicit Execution(std::shared_ptr<const Workflow> workflow);
  ~Execution();
  Execution(Execution&&) noexcept;
  Execution& operator=(Execution&&) noexcept;

  // kInvalidArgument (only for Start and InputChanged): the input does not fit the workflow, or an
  // expression cannot be evaluated; the state is as it was.
  absl::StatusOr<std::vector<Command>> Step(const Event& event);

 private:
  std::unique_ptr<ExecutionState> state_;
};

}  // namespace gregale::workflow
