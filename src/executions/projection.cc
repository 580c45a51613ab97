#include "executions/projection.h"

#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "store/execution_table.h"
#include "workflow/model.h"

namespace gregale::executions {
namespace {

using base::Json;
using workflow::Attempt;
using workflow::ExecutionState;
using workflow::TaskRun;
using workflow::WorkflowRun;

// As the API shows it: clients print some of these texts as they are.
std::string Dump(const Json& value) { return base::DumpJson(value); }

std::string Name(workflow::State state) { return std::string(workflow::StateName(state)); }

store::Execution RowOf(const WorkflowRun& run, const ExecutionState& state,
                       const Library& library) {
  const std::string& root = state.root()->id;
  return {.id = run.id,
          .tenant_id = library.tenant_id(),
          .workflow_id = library.WorkflowId(run.workflow->name),
          .workflow_name = run.workflow->name,
          .name_space = std::string(library.name_space()),
          .root_id = run.id == root ? "" : root,
          .task_id = run.parent_task_id,
          .params = Dump(run.params),
          .state = Name(run.state),
          .state_info = run.state_info.value_or(""),
          .input = Dump(run.input),
          .output = Dump(run.output),
          .published_global = Dump(workflow::PublishedGlobal(run)),
          .created_at = run.created_at};
}

// What the policies remember, and what led to the task.
Json RuntimeContext(const TaskRun& task) {
  Json context = Json::object();
  if (!task.triggered_by.empty()) {
    Json& triggers = context["triggered_by"] = Json::array();
    for (const auto& [id, event] : task.triggered_by) {
      triggers.push_back({{"task_id", id}, {"event", event}});
    }
  }
  if (task.retry_no > 0) context["retry_task_policy"] = {{"retry_no", task.retry_no}};
  if (task.waited_before) context["wait_before_policy"] = {{"skip", true}};
  if (task.waited_after) context["wait_after_policy"] = {{"skip", true}};
  if (task.item_count) {
    context["with_items"] = {{"count", *task.item_count},
                             {"capacity", task.capacity ? Json(*task.capacity) : Json()},
                             {"concurrency", task.concurrency ? Json(*task.concurrency) : Json()}};
  }
  return context;
}

store::TaskExecution RowOf(const TaskRun& task, const ExecutionState& state,
                           const Library& library) {
  const WorkflowRun& run = *task.run;
  const bool calls_workflow = task.spec->kind == workflow::Task::Kind::kWorkflow;
  const auto tags = task.spec->spec.find("tags");
  return {.id = task.id,
          .tenant_id = library.tenant_id(),
          .execution_id = run.id,
          .root_id = state.root()->id,
          .name = task.spec->name,
          .type = calls_workflow ? "WORKFLOW" : "ACTION",
          .workflow_id = library.WorkflowId(run.workflow->name),
          .workflow_name = run.workflow->name,
          .name_space = std::string(library.name_space()),
          .tags = tags == task.spec->spec.end() ? "" : Dump(*tags),
          .state = Name(task.state),
          .state_info = task.state_info.value_or(""),
          .runtime_context = Dump(RuntimeContext(task)),
          .result = Dump(workflow::TaskResult(state, task)),
          .published = Dump(task.published),
          .published_global = "{}",
          .processed = task.processed,
          .started_at = task.started_at,
          .finished_at = task.finished_at.value_or(absl::InfinitePast()),
          .created_at = task.created_at};
}

store::ActionExecution RowOf(const Attempt& attempt, const TaskRun& task,
                             const ExecutionState& state, const Library& library) {
  const auto tags = task.spec->spec.find("tags");
  return {.id = attempt.id,
          .tenant_id = library.tenant_id(),
          .task_id = task.id,
          .root_id = state.root()->id,
          .name = attempt.name,
          .task_name = task.spec->name,
          .workflow_name = task.run->workflow->name,
          .name_space = std::string(library.name_space()),
          .tags = tags == task.spec->spec.end() ? "" : Dump(*tags),
          .state = Name(attempt.state),
          .input = Dump(attempt.input),
          .output = workflow::IsCompleted(attempt.state) ? Dump({{"result", attempt.result}}) : "",
          .accepted = attempt.accepted};
}

// The rows of one kind.
template <class Row>
struct Table {
  absl::Status (*insert)(store::Txn&, const Row&);
  absl::Status (*update)(store::Txn&, const Row&);
};

template <class Row>
absl::Status Write(store::Txn& txn, const Table<Row>& table, const std::vector<Row>& before,
                   const std::vector<Row>& after) {
  std::unordered_map<std::string_view, const Row*> old;
  for (const Row& row : before) old.emplace(row.id, &row);
  for (const Row& row : after) {
    const auto found = old.find(row.id);
    if (found == old.end()) {
      GREGALE_RETURN_IF_ERROR(table.insert(txn, row));
    } else if (!(*found->second == row)) {
      GREGALE_RETURN_IF_ERROR(table.update(txn, row));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Rows RowsOf(const ExecutionState& state, const Library& library) {
  Rows rows;
  for (const auto& run : state.runs) {
    rows.executions.push_back(RowOf(*run, state, library));
    for (const auto& task : run->tasks) {
      rows.tasks.push_back(RowOf(*task, state, library));
      for (const Attempt& attempt : task->attempts) {
        if (attempt.is_workflow) continue;
        rows.actions.push_back(RowOf(attempt, *task, state, library));
      }
    }
  }
  return rows;
}

Rows RowsOfActionAlone(const ExecutionState& state, const Library& library) {
  Rows rows = RowsOf(state, library);
  rows.executions.clear();
  rows.tasks.clear();
  for (store::ActionExecution& action : rows.actions) {
    action.task_id = action.root_id = action.task_name = action.workflow_name = "";
  }
  return rows;
}

absl::Status WriteChanges(store::Txn& txn, const Rows& before, const Rows& after) {
  GREGALE_RETURN_IF_ERROR(
      Write<store::Execution>(txn, {&store::InsertExecution, &store::UpdateExecution},
                              before.executions, after.executions));
  GREGALE_RETURN_IF_ERROR(Write<store::TaskExecution>(
      txn, {&store::InsertTaskExecution, &store::UpdateTaskExecution}, before.tasks, after.tasks));
  return Write<store::ActionExecution>(
      txn, {&store::InsertActionExecution, &store::UpdateActionExecution}, before.actions,
      after.actions);
}

}  // namespace gregale::executions
