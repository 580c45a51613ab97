#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "base/random.h"
#include "executions/definition_cache.h"
#include "store/store.h"
#include "store/workflow_records.h"
#include "workflow/engine.h"

// Executions of workflows that live in the store. Whoever has the store takes the next step: the
// engine's state is loaded, given one event and saved with everything that follows from it (the
// rows that the API shows, actions to be run, timers) in the caller's one transaction. So nothing
// is half done, whichever process dies, and nobody owns an execution.
namespace gregale::executions {

struct NewExecution {
  std::string tenant_id;
  std::string workflow;  // its id, or its name
  std::string name_space;
  std::string id;  // "": drawn
  std::string description;
  std::string tags;  // JSON array; "": the workflow's
  base::Json input = base::Json::object();
  base::Json params = base::Json::object();
};

// An action to be run without a workflow.
struct NewAction {
  std::string tenant_id;
  std::string name;
  std::string name_space;
  std::string description;
  base::Json input = base::Json::object();
  std::string target;  // the executor to run it, "": any
  absl::Duration timeout = absl::InfiniteDuration();
};

// Whether an error says something of an execution, or of what was asked of it. Any other is the
// store's (away, full, ...): what was to be done is still to be done.
bool IsOfExecution(const absl::Status& status);

// Errors are in Mistral's words: kNotFound; kInvalidArgument for what does not fit;
// kFailedPrecondition for a state that allows no such change. After an error the transaction must
// not be committed. Whether the caller may see an execution at all is for the caller to ask.
// Thread-safe.
class Executions {
 public:
  // Outlived by `random`.
  explicit Executions(base::Random& random) : random_(random) {}

  // The row as it is after the first step: an execution may be over at once. kAlreadyExists: there
  // is one of this id.
  absl::StatusOr<store::Execution> Start(store::Txn& txn, const NewExecution& request);
  // The workflow that Start() would run, if it took the input.
  absl::StatusOr<store::Definition> Check(store::Txn& txn, const NewExecution& request);
  // Of these, the id may be that of a sub-execution.
  absl::Status Pause(store::Txn& txn, const std::string& id);
  // `env` changes the environment; null: it stays.
  absl::Status Resume(store::Txn& txn, const std::string& id, const base::Json& env = {});
  absl::Status SetEnvironment(store::Txn& txn, const std::string& id, const base::Json& env);
  // CANCELLED, SUCCESS or ERROR. Its actions are stopped, too.
  absl::Status Stop(store::Txn& txn, const std::string& id, workflow::State state,
                    const std::optional<std::string>& reason);
  // With all that hangs on it; its actions are stopped. A sub-execution goes only with its root:
  // kFailedPrecondition.
  absl::Status Delete(store::Txn& txn, const std::string& id);

  absl::Status RerunTask(store::Txn& txn, const std::string& task_id, bool reset,
                         const base::Json& env = {});
  absl::Status SkipTask(store::Txn& txn, const std::string& task_id);

  // The row as it is after the first step.
  absl::StatusOr<store::ActionExecution> RunAction(store::Txn& txn, const NewAction& request);
  // SUCCESS with the result, ERROR or CANCELLED with the error. kFailedPrecondition: it has ended
  // before.
  absl::Status EndAction(store::Txn& txn, const std::string& action_id, workflow::State state,
                         base::Json value);
  // An asynchronous action was PAUSED, or RUNs again.
  absl::Status ChangeAction(store::Txn& txn, const std::string& action_id, workflow::State state);
  // One that was run alone, and has ended: kFailedPrecondition otherwise.
  absl::Status DeleteAction(store::Txn& txn, const std::string& action_id);

  // A timer whose time has come (store::ListDueTimers). Nothing happens where it was fired before.
  absl::Status FireTimer(store::Txn& txn, const store::ExecutionTimer& timer);

 private:
  using What = decltype(workflow::Event::what);

  absl::Status Step(store::Txn& txn, const std::string& root_id, What what);
  // The same for the execution that an id is of.
  absl::Status StepExecution(store::Txn& txn, const std::string& id, What what);
  absl::Status StepTask(store::Txn& txn, const std::string& task_id, What what);

  base::Random& random_;
  DefinitionCache cache_;
};

}  // namespace gregale::executions
