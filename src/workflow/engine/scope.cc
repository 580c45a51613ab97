#include "base/error.h"
#include "base/random.h"
#include "workflow/engine/host.h"
#include "workflow/engine/stepper.h"

// What expressions see, and the execution's own randomness.
namespace gregale::workflow::engine {
namespace {

// The mark by which an expression knows its task.
Json TaskMark(const TaskRun& task) {
  return {{"__task_execution", {{"id", task.id}, {"name", task.spec->name}}}};
}

class StateRandom : public base::Random {
 public:
  explicit StateRandom(ExecutionState& state) : state_(state) {}
  uint64_t Next() override { return RandomNumber(state_, state_.drawn++); }

 private:
  ExecutionState& state_;
};

}  // namespace

Scope Stepper::TaskScope(const TaskRun& task, const Json* more) const {
  Scope scope{.run = task.run, .task = &task, .layers = {&state_.environment}};
  if (more != nullptr) scope.layers.push_back(more);
  scope.layers.insert(scope.layers.end(), {&task.in_context, &task.run->context, &task.run->input});
  return scope;
}

absl::StatusOr<Json> Stepper::Evaluate(const expr::Tree& tree, const Scope& scope) const {
  StateHost host(state_, *scope.run, scope.task, now_, state_.drawn);
  expr::Context context{.layers = scope.layers, .host = &host};
  if (scope.task == nullptr) return tree.Evaluate(context);
  const Json mark = TaskMark(*scope.task);
  context.layers.insert(context.layers.begin(), &mark);
  return tree.Evaluate(context);
}

absl::StatusOr<Json> Stepper::EvaluateJson(const Json& json, const Scope& scope) const {
  StateHost host(state_, *scope.run, scope.task, now_, state_.drawn);
  return expr::EvaluateRecursively(json, {.layers = scope.layers, .host = &host});
}

absl::StatusOr<bool> Stepper::Holds(const expr::Tree& tree, const Scope& scope) const {
  GREGALE_ASSIGN_OR_RETURN(const Json value, Evaluate(tree, scope));
  return IsTruthy(value);
}

std::string Stepper::NewId() const {
  StateRandom random(state_);
  return base::NewUuid(random);
}

}  // namespace gregale::workflow::engine
