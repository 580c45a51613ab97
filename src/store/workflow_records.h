#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

// The rows of the workflow service (Mistral's API v2), typed; the conventions are those of
// records.h. States are Mistral's words. A "JSON" text may be "" where there is nothing.
namespace gregale::store {

// A workflow, a workbook or an ad-hoc action, as text.
struct Definition {
  std::string id;
  std::string tenant_id;
  std::string kind;  // "workflow", "workbook", "action"
  std::string name;
  std::string name_space;  // Mistral's namespace; "" is the common one
  std::string text;        // YAML; of a member of a workbook ("book.flow"): the whole workbook's
  std::string scope;       // "private", "public": other projects may use it, too
  std::string tags;        // JSON array
  std::string vnf_id;      // "" unless generated for a VNF
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
  // What lists show of the text, so that they need not parse it; "" where nobody has looked.
  std::string description;
  std::string interface;  // JSON object {"input": [...], "output": [...]}
};

// Variables that executions may be started with.
struct Environment {
  std::string id;
  std::string tenant_id;
  std::string name;
  std::string description;
  std::string variables;  // JSON object
  std::string scope;
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
};

// Starts executions by the clock.
struct CronTrigger {
  std::string id;
  std::string tenant_id;
  std::string name;
  std::string workflow_id;
  std::string workflow_name;
  std::string workflow_input;         // JSON object
  std::string workflow_params;        // JSON object
  std::string pattern;                // "" where it runs at first_execution_time only
  int64_t remaining_executions = -1;  // negative: without end
  absl::Time first_execution_time = absl::InfinitePast();
  absl::Time next_execution_time;
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();
};

// An execution of a workflow; also that of a VNF's monitors.
struct Execution {
  std::string id;
  std::string tenant_id;
  std::string workflow_id;
  std::string workflow_name;
  std::string name_space;
  std::string vnf_id;   // "" unless it monitors a VNF
  std::string root_id;  // of a sub-execution; "" for a root
  std::string task_id;  // the task that started it; "" for a root
  std::string description;
  std::string tags;    // JSON array
  std::string params;  // JSON object
  std::string state;
  std::string state_info;
  std::string input;             // JSON object
  std::string output;            // JSON object
  std::string published_global;  // JSON object
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();

  bool operator==(const Execution&) const = default;
};

// One task of an execution.
struct TaskExecution {
  std::string id;
  std::string tenant_id;
  std::string execution_id;
  std::string root_id;  // of the execution's tree; the root itself for its own tasks
  std::string name;
  std::string type;  // "ACTION", "WORKFLOW"
  std::string workflow_id;
  std::string workflow_name;
  std::string name_space;
  std::string tags;  // JSON array
  std::string state;
  std::string state_info;
  std::string runtime_context;   // JSON object
  std::string result;            // JSON
  std::string published;         // JSON object
  std::string published_global;  // JSON object
  bool processed = false;
  absl::Time started_at = absl::InfinitePast();
  absl::Time finished_at = absl::InfinitePast();
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();

  bool operator==(const TaskExecution&) const = default;
};

// One call of an action: a task's, or one asked for alone.
struct ActionExecution {
  std::string id;
  std::string tenant_id;
  std::string task_id;  // "" where it was asked for alone
  std::string root_id;  // of the execution's tree; "" where it was asked for alone
  std::string name;
  std::string task_name;
  std::string workflow_name;
  std::string name_space;
  std::string description;
  std::string tags;  // JSON array
  std::string state;
  std::string state_info;
  std::string input;   // JSON object
  std::string output;  // JSON object {"result": ...}
  bool accepted = false;
  absl::Time created_at;
  absl::Time updated_at = absl::InfinitePast();

  bool operator==(const ActionExecution&) const = default;
};

// An action that an executor is to run: exists from the step that started it to its result.
struct ActionRun {
  std::string action_id;  // of the ActionExecution
  std::string root_id;    // of the ExecutionRun that waits for it
  std::string action;     // the name in the executors' registry
  std::string input;      // JSON object
  std::string target;     // the executor that shall run it; "": any
  // Whose work it does: the task, its execution and its workflow; "" where it was asked for alone.
  std::string task_id;
  std::string execution_id;
  std::string workflow_name;
  bool safe_rerun = false;
  std::string executor_id;  // "" while nobody has it
  std::string incarnation;  // of the executor when it got it
  int64_t attempt = 0;      // rises each time that an executor gets it
};

// The engine's memory of a tree of executions.
struct ExecutionRun {
  std::string root_id;
  std::string tenant_id;
  std::string name_space;
  std::string state;        // JSON, see workflow/execution_state.h
  std::string definitions;  // JSON object: what it has used so far, see executions/library.h
};

// When the engine wants to be called.
struct ExecutionTimer {
  std::string root_id;
  uint64_t timer = 0;
  absl::Time due_at;
};

}  // namespace gregale::store
