#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "workflow/definition.h"
#include "workflow/expr/template.h"
#include "workflow/place.h"

// Definitions as the engine sees them: parsed, checked, expressions compiled, task-defaults and
// clauses merged into the tasks. Everything in the order of the text.
namespace gregale::workflow {

// An input of a workflow or an ad-hoc action.
struct InputParameter {
  std::string name;
  std::optional<base::Json> fallback;
};

// One way on from a task: to a task or an engine command (noop, fail, succeed, pause).
struct Transition {
  std::string target;
  std::optional<expr::Tree> condition;
  expr::Tree parameters;  // of an engine command: msg
  Place place;
};

// What a task publishes, by scope.
struct Publish {
  std::optional<expr::Tree> branch;
  std::optional<expr::Tree> global;
};

// The ways on of on-success, on-error or on-complete. What such a clause publishes is in its task.
struct Clause {
  std::vector<Transition> next;
};

struct Retry {
  expr::Tree count;
  expr::Tree delay;
  std::optional<expr::Tree> break_on;
  std::optional<expr::Tree> continue_on;
};

// Each absent where neither the task nor task-defaults say it, or where they say 0 or false.
struct Policies {
  std::optional<Retry> retry;
  std::optional<expr::Tree> wait_before;
  std::optional<expr::Tree> wait_after;
  std::optional<expr::Tree> timeout;
  std::optional<expr::Tree> pause_before;
  std::optional<expr::Tree> concurrency;
  std::optional<expr::Tree> fail_on;
};

// How many of the tasks that lead here must have come before the task starts.
struct Join {
  bool all = false;
  int count = 0;
};

// A task that must have succeeded before another one starts, in a reverse workflow.
struct Requirement {
  std::string task;
  Place place;
};

// One "variable in source" of with-items.
struct ItemSource {
  std::string variable;
  expr::Tree source;
};

struct Task {
  enum class Kind { kAction, kWorkflow };

  std::string name;
  Place place;  // of its name
  Kind kind = Kind::kAction;
  expr::Tree target;              // the name of the action or workflow; may be an expression
  expr::Tree input;               // null, a dict or an expression; `name key=value` is in it
  std::vector<ItemSource> items;  // with-items
  std::optional<Join> join;       // direct
  std::vector<Requirement> requirements;  // reverse: `requires`, with that of task-defaults
  // What is published after success and after an error: the task's own and that of the clauses that
  // apply then, merged as Mistral merges them.
  Publish publish;
  Publish publish_on_error;
  // Those of task-defaults where the task names no way on of its own.
  std::optional<Clause> on_success;
  std::optional<Clause> on_error;
  std::optional<Clause> on_complete;
  Policies policies;
  std::optional<expr::Tree> executor;     // `target`: where the action is to run
  std::optional<expr::Tree> keep_result;  // absent: true
  std::optional<expr::Tree> safe_rerun;   // absent: false
  base::Json spec;                        // as task().spec shows it
};

struct Workflow {
  enum class Type { kDirect, kReverse };

  std::string name;      // of a workbook's: "<workbook>.<name>"
  std::string workbook;  // "": of none
  Place place;           // of its tasks
  Type type = Type::kDirect;
  std::vector<InputParameter> input;
  std::optional<expr::Tree> vars;
  std::optional<expr::Tree> output;
  std::optional<expr::Tree> output_on_error;
  std::vector<Task> tasks;
  base::Json spec;  // as execution().spec shows it

  const Task* FindTask(std::string_view task_name) const;
};

// An action made of another one.
struct AdHocAction {
  std::string name;       // of a workbook's: "<workbook>.<name>"
  std::string workbook;   // "": of none
  std::string base;       // the other action; short names of the same workbook come first
  expr::Tree base_input;  // with the parameters of the inline form; null where there are none
  std::vector<InputParameter> input;
  base::Json output;  // evaluated by expr::EvaluateRecursively(); null: the base's result
};

// noop, fail, succeed, pause.
bool IsEngineCommand(std::string_view name);

}  // namespace gregale::workflow
