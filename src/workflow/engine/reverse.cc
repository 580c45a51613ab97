#include <algorithm>
#include <set>

#include "workflow/engine/stepper.h"

// Reverse workflows: what a target requires comes first.
namespace gregale::workflow::engine {
namespace {

// A task after all that it requires, each once.
void AddClosure(const Workflow& workflow, const Task& task, std::set<std::string>& seen,
                std::vector<const Task*>& order) {
  if (!seen.insert(task.name).second) return;
  for (const Requirement& requirement : task.requirements) {
    const Task* required = workflow.FindTask(requirement.task);
    if (required != nullptr) AddClosure(workflow, *required, seen, order);
  }
  order.push_back(&task);
}

bool IsReady(const WorkflowRun& run, const Task& task) {
  const auto succeeded = [&](const Requirement& requirement) {
    return std::any_of(run.tasks.begin(), run.tasks.end(), [&](const auto& t) {
      return t->spec->name == requirement.task && t->state == State::kSuccess;
    });
  };
  const bool begun = std::any_of(run.tasks.begin(), run.tasks.end(),
                                 [&](const auto& t) { return t->spec == &task; });
  return !begun && std::all_of(task.requirements.begin(), task.requirements.end(), succeeded);
}

}  // namespace

const Task& TargetOf(const WorkflowRun& run) {
  return *run.workflow->FindTask(run.params.at("task_name").get_ref<const std::string&>());
}

std::vector<NextStep> Stepper::ReadySteps(const WorkflowRun& run) const {
  std::set<std::string> seen;
  std::vector<const Task*> order;
  AddClosure(*run.workflow, TargetOf(run), seen, order);
  std::vector<NextStep> steps;
  for (const Task* task : order) {
    if (!IsReady(run, *task)) continue;
    steps.push_back({.name = task->name, .context = UpstreamContext(run, *task)});
  }
  return steps;
}

}  // namespace gregale::workflow::engine
