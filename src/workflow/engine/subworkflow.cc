#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// Sub-workflows: executions that belong to a task of another one.
namespace gregale::workflow::engine {
namespace {

int DepthOf(const ExecutionState& state, const WorkflowRun& run) {
  int depth = 1;
  const WorkflowRun* at = &run;
  while (const TaskRun* parent = state.FindTask(at->parent_task_id)) {
    at = parent->run;
    ++depth;
  }
  return depth;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Workflow>> Stepper::FindSubWorkflow(
    const TaskRun& task) const {
  GREGALE_ASSIGN_OR_RETURN(const Json evaluated,
                           Evaluate(task.spec->target, TaskScope(task, nullptr)));
  const std::string name = PythonText(evaluated);
  const std::string& workbook = task.run->workflow->workbook;
  std::shared_ptr<const Workflow> found;
  if (!workbook.empty()) found = library_.FindWorkflow(base::Cat(workbook, ".", name));
  if (found == nullptr) found = library_.FindWorkflow(name);
  if (found != nullptr) return found;
  return absl::InvalidArgumentError(base::Cat("Failed to find workflow [name=", name,
                                              "] [namespace=", library_.name_space(), "]"));
}

absl::Status Stepper::StartSubWorkflow(TaskRun& task, int index, Json input) {
  GREGALE_ASSIGN_OR_RETURN(std::shared_ptr<const Workflow> workflow, FindSubWorkflow(task));
  if (state_.runs.size() >= base::kExecutionsPerTreeMax ||
      DepthOf(state_, *task.run) >= base::kSubWorkflowDepthMax) {
    return absl::ResourceExhaustedError(
        base::Cat("Too many sub-workflows, or too deep: ", workflow->name));
  }
  // What the workflow does not take as its input, it gets as parameters.
  Json own = Json::object();
  Json params = Json::object();
  for (const auto& [key, value] : input.items()) {
    const bool declared =
        std::any_of(workflow->input.begin(), workflow->input.end(),
                    [&key = key](const InputParameter& p) { return p.name == key; });
    (declared ? own : params)[key] = value;
  }
  Attempt attempt{.id = NewId(),
                  .is_workflow = true,
                  .index = index,
                  .name = workflow->name,
                  .input = std::move(input)};
  Beginning beginning{.workflow = std::move(workflow),
                      .input = std::move(own),
                      .params = std::move(params),
                      .parent = &task,
                      .index = index,
                      .id = attempt.id};
  task.attempts.push_back(std::move(attempt));
  const absl::Status begun = Begin(std::move(beginning));
  if (!begun.ok()) task.attempts.pop_back();
  return begun;
}

std::vector<WorkflowRun*> Stepper::ChildrenOf(const WorkflowRun& run) const {
  std::vector<WorkflowRun*> children;
  for (const auto& task : run.tasks) {
    for (const Attempt& attempt : task->attempts) {
      if (!attempt.is_workflow) continue;
      WorkflowRun* child = state_.FindRun(attempt.id);
      if (child != nullptr) children.push_back(child);
    }
  }
  return children;
}

// Tells the task above of an execution that is completed.
void Stepper::TellParent(const WorkflowRun& run) {
  TaskRun* task = state_.FindTask(run.parent_task_id);
  if (task == nullptr) return;
  for (Attempt& attempt : task->attempts) {
    if (attempt.id != run.id || attempt.state == State::kCancelled) continue;
    attempt.state = run.state;
    attempt.accepted = true;
    const Attempt copy = attempt;  // the task may get more attempts
    HandleAttempt(*task, copy);
    return;
  }
}

}  // namespace gregale::workflow::engine
