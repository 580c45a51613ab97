#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "workflow/definition.h"
#include "workflow/expr/template.h"

// A workflow as the engine sees it: parsed, checked, its expressions compiled. Everything in the
// order of the text.
namespace gregale::workflow {

// Where something stands in the text, from 1.
struct Place {
  int line = 0;
  int column = 0;
};

// An input of a workflow.
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

// What a clause or a task publishes, by scope.
struct Publish {
  std::optional<expr::Tree> branch;
  std::optional<expr::Tree> global;
};

// on-success, on-error, on-complete.
struct Clause {
  Publish publish;
  std::vector<Transition> next;
};

struct Retry {
  std::optional<expr::Tree> break_on;
  std::optional<expr::Tree> continue_on;
};

// Each absent where the task does not say it.
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

struct Task {
  enum class Kind { kAction, kWorkflow };

  std::string name;
  Place place;
  Kind kind = Kind::kAction;
  expr::Tree target;        // the name of the action or workflow; may be an expression
  expr::Tree input;         // a dict, or an expression that gives one
  expr::Tree inline_input;  // `action: name key=value`
  bool has_items = false;   // with-items
  std::optional<Join> join;
  Publish publish;
  Publish publish_on_error;
  std::optional<Clause> on_success;
  std::optional<Clause> on_error;
  std::optional<Clause> on_complete;
  Policies policies;
};

struct Workflow {
  enum class Type { kDirect, kReverse };

  std::string name;
  Type type = Type::kDirect;
  std::vector<InputParameter> input;
  std::optional<expr::Tree> vars;
  std::optional<expr::Tree> output;
  std::optional<expr::Tree> output_on_error;
  bool has_task_defaults = false;
  std::vector<Task> tasks;

  const Task* FindTask(std::string_view task_name) const;
};

// noop, fail, succeed, pause.
bool IsEngineCommand(std::string_view name);

}  // namespace gregale::workflow
