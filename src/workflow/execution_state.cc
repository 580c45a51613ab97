#include "workflow/execution_state.h"

#include <algorithm>

namespace gregale::workflow {
namespace {

using base::Json;

Json ResultOf(const ExecutionState& state, const Attempt& attempt) {
  if (!attempt.is_workflow) return attempt.result;
  const WorkflowRun* run = state.FindRun(attempt.id);
  return run == nullptr ? Json(nullptr) : run->output;
}

}  // namespace

WorkflowRun* ExecutionState::FindRun(std::string_view id) const {
  for (const auto& run : runs) {
    if (run->id == id) return run.get();
  }
  return nullptr;
}

TaskRun* ExecutionState::FindTask(std::string_view id) const {
  if (id.empty()) return nullptr;
  for (const auto& run : runs) {
    for (const auto& task : run->tasks) {
      if (task->id == id) return task.get();
    }
  }
  return nullptr;
}

Json TaskResult(const ExecutionState& state, const TaskRun& task) {
  std::vector<const Attempt*> accepted;
  for (const Attempt& attempt : task.attempts) {
    if (attempt.accepted) accepted.push_back(&attempt);
  }
  std::stable_sort(accepted.begin(), accepted.end(),
                   [](const Attempt* a, const Attempt* b) { return a->index < b->index; });
  Json results = Json::array();
  for (const Attempt* attempt : accepted) results.push_back(ResultOf(state, *attempt));
  if (task.spec->items.empty() && results.size() == 1) return results[0];
  return results;
}

Json PublishedGlobal(const WorkflowRun& run) {
  Json published = Json::object();
  for (const auto& [key, value] : run.context.items()) {
    const bool declared = run.workflow->vars && run.workflow->vars->json().contains(key);
    if (key != "__execution" && !declared) published[key] = value;
  }
  return published;
}

}  // namespace gregale::workflow
