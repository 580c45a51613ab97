#include "executor/local_run.h"

namespace gregale::executor {
namespace {

using base::Json;

Json TextOrNull(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

Json DescribeTask(const workflow::ExecutionState& state, const workflow::TaskRun& task) {
  Json shown = {{"name", task.spec->name},
                {"state", workflow::StateName(task.state)},
                {"state_info", TextOrNull(task.state_info)},
                {"published", task.published},
                {"result", workflow::TaskResult(state, task)}};
  for (const workflow::Attempt& attempt : task.attempts) {
    if (!attempt.is_workflow) {
      shown["actions"].push_back({{"name", attempt.name},
                                  {"state", workflow::StateName(attempt.state)},
                                  {"accepted", attempt.accepted},
                                  {"input", attempt.input},
                                  {"result", attempt.result}});
    } else if (const workflow::WorkflowRun* child = state.FindRun(attempt.id)) {
      shown["executions"].push_back(DescribeExecution(state, *child));
    }
  }
  return shown;
}

}  // namespace

Json DescribeExecution(const workflow::ExecutionState& state, const workflow::WorkflowRun& run) {
  Json tasks = Json::array();
  for (const auto& task : run.tasks) tasks.push_back(DescribeTask(state, *task));
  return {{"workflow", run.workflow->name},
          {"state", workflow::StateName(run.state)},
          {"state_info", TextOrNull(run.state_info)},
          {"input", run.input},
          {"output", run.output},
          {"published_global", workflow::PublishedGlobal(run)},
          {"tasks", std::move(tasks)}};
}

}  // namespace gregale::executor
