// /v2/tasks
#include <algorithm>

#include "base/error.h"
#include "executions/executions.h"
#include "server/mistral/execution_rows.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/execution_table.h"

namespace gregale::server {
namespace {

using base::Json;

Answer ShowList(const Exchange& x, const MistralList& list) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::TaskExecution> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListTaskExecutions(txn, list.query); }));
  const bool with_result = std::ranges::count(list.fields, "result") > 0;
  std::vector<Json> shown;
  for (const store::TaskExecution& row : rows) {
    shown.push_back(ShowTask(x, row, with_result ? Detail::kWithOutput : Detail::kWithoutOutput));
  }
  return JsonAnswer(200, ShowMistralPage(x, kTaskCollection, list, shown));
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const MistralList list, ReadMistralList(x, kTaskCollection));
  return ShowList(x, list);
}

// Nothing where there is no such execution: so Mistral does.
Answer ListOfExecution(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kTaskCollection));
  Restrict("workflow_execution_id", "execution_id", x.parts[0], list);
  return ShowList(x, list);
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(
      const store::TaskExecution row,
      ReadFrom(x.store(), [&](store::Txn& txn) { return FindTaskFor(txn, x, x.parts[0]); }));
  return JsonAnswer(200, ShowTask(x, row, Detail::kWithOutput));
}

Answer ListWorkflowExecutions(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kExecutionCollection));
  GREGALE_ASSIGN_OR_RETURN(const Detail detail, DetailOf(x, list));
  Restrict("task_execution_id", "task_id", x.parts[0], list);
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Execution> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListExecutions(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::Execution& row : rows) shown.push_back(ShowExecution(x, row, detail));
  return JsonAnswer(200, ShowMistralPage(x, kExecutionCollection, list, shown));
}

absl::Status CheckChange(const store::TaskExecution& row, const Json& body) {
  const std::string state = TextIn(body, "state");
  if (!body.contains("reset") && state != "SKIPPED") {
    return MistralInvalidField("reset", "None", "Mandatory field missing.");
  }
  const std::string name = TextIn(body, "name");
  if (!name.empty() && name != row.name) return MistralBadRequest("Task name does not match.");
  const std::string workflow = TextIn(body, "workflow_name");
  if (!workflow.empty() && workflow != row.workflow_name) {
    return MistralBadRequest("Workflow name does not match.");
  }
  if (state != "RUNNING" && state != "SKIPPED") {
    return MistralBadRequest(
        "Invalid task state. Only updating task to rerun or skip is supported.");
  }
  if (row.state != "ERROR") {
    return MistralBadRequest(
        "The current task execution must be in ERROR for rerun. Only updating task to rerun is "
        "supported.");
  }
  const bool has_items = ObjectIn(row.runtime_context).contains("with_items");
  if (state == "RUNNING" && !has_items && !body.value("reset", true)) {
    return MistralBadRequest("Only with-items task has the option to not reset.");
  }
  return absl::OkStatus();
}

Answer Change(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kTaskBody));
  GREGALE_ASSIGN_OR_RETURN(
      const store::TaskExecution row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::TaskExecution> {
        GREGALE_ASSIGN_OR_RETURN(const store::TaskExecution before,
                                 FindTaskFor(txn, x, x.parts[0]));
        GREGALE_RETURN_IF_ERROR(CheckChange(before, body));
        GREGALE_ASSIGN_OR_RETURN(const store::Execution root,
                                 store::GetExecution(txn, before.root_id));
        GREGALE_RETURN_IF_ERROR(RefuseIfReadOnly(root));
        const absl::Status changed =
            TextIn(body, "state") == "SKIPPED"
                ? x.context.executions.SkipTask(txn, before.id)
                : x.context.executions.RerunTask(txn, before.id, body.value("reset", true),
                                                 body.value("env", Json()));
        if (!changed.ok()) return changed;
        return store::GetTaskExecution(txn, before.id);
      }));
  return JsonAnswer(200, ShowTask(x, row, Detail::kWithOutput));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/tasks",
     .handle = &List,
     .id = "listTasks",
     .summary = "The tasks of executions",
     .collection = &kTaskCollection},
    {.method = "GET",
     .path = "v2/tasks/{}",
     .handle = &Get,
     .id = "getTask",
     .summary = "One task, with its result"},
    {.method = "PUT",
     .path = "v2/tasks/{}",
     .handle = &Change,
     .id = "changeTask",
     .summary = "Run a failed task again, or take it for done",
     .body = &kTaskBody},
    {.method = "GET",
     .path = "v2/tasks/{}/workflow_executions",
     .handle = &ListWorkflowExecutions,
     .id = "listTaskWorkflowExecutions",
     .summary = "The executions that a task has started",
     .collection = &kExecutionCollection},
    {.method = "GET",
     .path = "v2/executions/{}/tasks",
     .handle = &ListOfExecution,
     .id = "listExecutionTasks",
     .summary = "The tasks of an execution",
     .collection = &kTaskCollection},
};

}  // namespace

std::span<const MistralRoute> TaskRoutes() { return kRoutes; }

}  // namespace gregale::server
