#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/json.h"
#include "workflow/model.h"
#include "workflow/state.h"

// What an execution consists of, as plain data. Only the engine changes it; everybody may look.
namespace gregale::workflow {

struct WorkflowRun;

// One attempt of a task: an action execution, or the execution of a sub-workflow.
struct Attempt {
  std::string id;  // of a sub-workflow: its WorkflowRun's
  bool is_workflow = false;
  int index = 0;  // of the item, with with-items
  State state = State::kRunning;
  // Counts for the task: it is completed, and no later attempt has taken its place.
  bool accepted = false;
  std::string name;  // of the action or workflow, in full
  // The ad-hoc actions around the action that runs, outermost first.
  std::vector<std::string> wrappers;
  base::Json input;
  base::Json result;  // of an action; an error's is the error
};

// Mistral's task execution.
struct TaskRun {
  std::string id;
  const Task* spec = nullptr;
  WorkflowRun* run = nullptr;  // whose task it is
  State state = State::kRunning;
  std::optional<std::string> state_info;
  base::Json in_context = base::Json::object();
  base::Json published = base::Json::object();
  bool processed = false;                                         // its ways on were taken
  bool error_handled = false;                                     // by one of them
  std::vector<std::pair<std::string, std::string>> next;          // task, clause
  std::vector<std::pair<std::string, std::string>> triggered_by;  // task execution, clause
  std::vector<Attempt> attempts;
  absl::Time created_at;
  absl::Time updated_at;
  absl::Time started_at;
  std::optional<absl::Time> finished_at;

  // The policies' memory.
  int retry_no = 0;
  bool waited_before = false;
  bool waited_after = false;
  std::optional<int64_t> concurrency;
  // With-items, once begun: how many there are, and how many more may run now (absent: any number).
  std::optional<int64_t> item_count;
  std::optional<int64_t> capacity;
  bool refresh_pending = false;  // a timer will look at this join
};

// What comes next: a task, or an engine command.
struct NextStep {
  std::string name;
  base::Json context = base::Json::object();
  std::vector<std::pair<std::string, std::string>> triggered_by;
  std::optional<std::string> message;  // of an engine command
  bool handles_error = false;
  // An existing task is to run again.
  std::string task_id;
  bool reset = false;
  bool rerun = false;
};

// Mistral's workflow execution.
struct WorkflowRun {
  std::string id;
  std::shared_ptr<const Workflow> workflow;
  std::string parent_task_id;  // "": the root
  int index = 0;               // of the item that it is for
  State state = State::kIdle;
  std::optional<std::string> state_info;
  base::Json input = base::Json::object();
  base::Json params = base::Json::object();
  // What every task sees: vars, what was published globally, and marks of the engine's.
  base::Json context = base::Json::object();
  base::Json output = base::Json::object();
  std::vector<NextStep> backlog;  // to be done when the execution is resumed
  std::vector<std::unique_ptr<TaskRun>> tasks;
  absl::Time created_at;
  absl::Time updated_at;
};

// Why the engine asked to be woken.
struct Timer {
  enum class Kind : uint8_t {
    kContinue,  // a delayed task goes on
    kComplete,  // a delayed task gets its state
    kTimeout,   // the task has had its time
    kRefresh,   // a join is looked at
  };
  Kind kind = Kind::kContinue;
  std::string task_id;
  State state = State::kSuccess;          // kComplete
  std::optional<std::string> state_info;  // kComplete
  int64_t seconds = 0;                    // kTimeout
  int retry_no = 0;                       // kTimeout: the attempt that it is for
};

// One execution with all its sub-executions.
struct ExecutionState {
  // The root first; a sub-execution after the one it belongs to.
  std::vector<std::unique_ptr<WorkflowRun>> runs;
  base::Json environment = base::Json::object();  // {"__env": {...}}
  std::map<uint64_t, Timer> timers;
  uint64_t next_timer = 1;
  // Where identifiers and random numbers come from.
  uint64_t seed_high = 0;
  uint64_t seed_low = 0;
  uint64_t drawn = 0;

  const WorkflowRun* root() const { return runs.empty() ? nullptr : runs.front().get(); }
  WorkflowRun* FindRun(std::string_view id) const;
  TaskRun* FindTask(std::string_view id) const;
};

// What task(name).result is.
base::Json TaskResult(const ExecutionState& state, const TaskRun& task);

// What was published globally.
base::Json PublishedGlobal(const WorkflowRun& run);

}  // namespace gregale::workflow
