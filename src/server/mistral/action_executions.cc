// /v2/action_executions: the calls of actions, of tasks and alone.
#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "executions/executions.h"
#include "server/mistral/execution_rows.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/transaction.h"
#include "store/execution_table.h"
#include "workflow/action_catalogue.h"
#include "workflow/state.h"

namespace gregale::server {
namespace {

using base::Json;
using workflow::State;

// How long a request waits for an action; Mistral's own answer takes as long.
constexpr absl::Duration kWaitMax = absl::Seconds(60);
constexpr absl::Duration kLookAgain = absl::Seconds(1);

bool IsOver(const store::ActionExecution& row) {
  const std::optional<State> state = workflow::ParseState(row.state);
  return state && workflow::IsCompleted(*state);
}

// Whether it is ended from outside. Of an ad-hoc action that is not known here.
bool IsAsynchronous(const std::string& name) {
  const workflow::ActionEntry* action = workflow::FindAction(name);
  return action != nullptr && action->end == workflow::ActionEntry::End::kOutside;
}

Answer ShowList(const Exchange& x, const MistralList& list) {
  GREGALE_ASSIGN_OR_RETURN(const Detail detail, DetailOf(x, list));
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::ActionExecution> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListActionExecutions(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::ActionExecution& row : rows) {
    shown.push_back(ShowActionExecution(x, row, detail));
  }
  return JsonAnswer(200, ShowMistralPage(x, kActionExecutionCollection, list, shown));
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const MistralList list, ReadMistralList(x, kActionExecutionCollection));
  return ShowList(x, list);
}

Answer ListOfTask(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kActionExecutionCollection));
  Restrict("task_execution_id", "task_id", x.parts[0], list);
  return ShowList(x, list);
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(
      const store::ActionExecution row,
      ReadFrom(x.store(), [&](store::Txn& txn) { return FindActionFor(txn, x, x.parts[0]); }));
  return JsonAnswer(200, ShowActionExecution(x, row, Detail::kWithOutput));
}

// An action to be run alone, and what becomes of its result.
struct RunRequest {
  executions::NewAction action;
  bool run_sync = false;
  bool save_result = false;
};

absl::StatusOr<bool> FlagIn(const Json& params, const char* name) {
  const auto value = params.find(name);
  if (value == params.end() || value->is_null()) return false;
  if (value->is_boolean()) return value->get<bool>();
  return ReadFlag(name, value->is_string() ? value->get<std::string>() : base::DumpJson(*value));
}

absl::StatusOr<RunRequest> ReadRun(const Exchange& x, const Json& body) {
  RunRequest request = {.action = {.tenant_id = x.caller.tenant_id,
                                   .name = TextIn(body, "name"),
                                   .name_space = TextIn(body, "workflow_namespace"),
                                   .description = TextIn(body, "description"),
                                   .input = JsonIn(body, "input")}};
  if (request.action.name.empty()) {
    return MistralBadRequest("Please provide at least action name to run action.");
  }
  const Json params = JsonIn(body, "params");
  GREGALE_ASSIGN_OR_RETURN(request.run_sync, FlagIn(params, "run_sync"));
  GREGALE_ASSIGN_OR_RETURN(request.save_result, FlagIn(params, "save_result"));
  if (const auto target = params.find("target"); target != params.end() && target->is_string()) {
    request.action.target = target->get<std::string>();
  }
  const Json timeout = params.value("timeout", Json());
  if (timeout.is_number() && timeout.get<double>() > 0) {
    request.action.timeout = absl::Seconds(timeout.get<double>());
  }
  if (request.run_sync && IsAsynchronous(request.action.name)) {
    return MistralBadRequest("Action does not support synchronous execution.");
  }
  return request;
}

absl::StatusOr<store::ActionExecution> RunAction(store::Txn& txn, const Exchange& x,
                                                 const RunRequest& request) {
  absl::StatusOr<store::ActionExecution> row = x.context.executions.RunAction(txn, request.action);
  if (!absl::IsNotFound(row.status())) return row;
  return MistralBadRequest(base::Cat("Failed to find action [action_name=", request.action.name,
                                     ", namespace=", request.action.name_space, "]"));
}

// Shows a result that is kept nowhere.
Answer ShowUnsaved(const Exchange& x, const store::ActionExecution& row) {
  Json shown = ShowActionExecution(x, row, Detail::kWithOutput);
  for (const char* field : {"id", "created_at", "updated_at", "task_execution_id"}) {
    shown[field] = nullptr;
  }
  return JsonAnswer(201, shown);
}

absl::Status Timeout(const std::string& id) {
  return base::MakeError(absl::StatusCode::kDeadlineExceeded, "ActionTimeout",
                         base::Cat("Action ", id, " did not end within ",
                                   absl::FormatDuration(kWaitMax), " and was cancelled"));
}

// Waits until it has ended; cancels it where that takes too long.
absl::StatusOr<store::ActionExecution> WaitForEnd(const Exchange& x, const std::string& id) {
  int64_t token = 0;
  std::optional<absl::Time> deadline;
  bool is_late = false;
  while (!is_late) {
    x.store().WaitForChange(token, kLookAgain);
    GREGALE_ASSIGN_OR_RETURN(store::ActionExecution row, ReadFrom(x.store(), [&](store::Txn& txn) {
                               if (!deadline) deadline = txn.now() + kWaitMax;
                               is_late = txn.now() > *deadline;
                               return store::GetActionExecution(txn, id);
                             }));
    if (IsOver(row)) return row;
  }
  GREGALE_RETURN_IF_ERROR(x.store().Write([&](store::Txn& txn) {
    return x.context.executions.EndAction(txn, id, State::kCancelled, Json());
  }));
  return Timeout(id);
}

absl::Status Forget(const Exchange& x, const std::string& id) {
  return x.store().Write(
      [&](store::Txn& txn) { return x.context.executions.DeleteAction(txn, id); });
}

// Runs it within the request.
Answer RunToItsEnd(const Exchange& x, const RunRequest& request) {
  bool is_forgotten = false;
  GREGALE_ASSIGN_OR_RETURN(
      const store::ActionExecution begun,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::ActionExecution> {
        GREGALE_ASSIGN_OR_RETURN(const store::ActionExecution row, RunAction(txn, x, request));
        is_forgotten = IsOver(row) && !request.save_result;
        if (is_forgotten) {
          const absl::Status deleted = x.context.executions.DeleteAction(txn, row.id);
          if (!deleted.ok()) return deleted;
        }
        return row;
      }));
  if (is_forgotten) return ShowUnsaved(x, begun);
  const absl::StatusOr<store::ActionExecution> row = WaitForEnd(x, begun.id);
  if (request.save_result) {
    if (!row.ok()) return row.status();
    return JsonAnswer(201, ShowActionExecution(x, *row, Detail::kWithOutput));
  }
  const absl::Status forgotten = Forget(x, begun.id);
  if (!row.ok()) return row.status();
  if (!forgotten.ok()) return forgotten;
  return ShowUnsaved(x, *row);
}

Answer Create(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kActionExecutionBody));
  GREGALE_ASSIGN_OR_RETURN(const RunRequest request, ReadRun(x, body));
  const bool is_left = request.save_result || IsAsynchronous(request.action.name);
  if (request.run_sync || !is_left) return RunToItsEnd(x, request);
  GREGALE_ASSIGN_OR_RETURN(store::ActionExecution row, WriteTo(x.store(), [&](store::Txn& txn) {
                             return RunAction(txn, x, request);
                           }));
  // What is over at once is told as it began: so it is with Mistral, where actions run elsewhere.
  if (IsOver(row)) {
    row.state = "RUNNING";
    row.accepted = false;
  }
  return JsonAnswer(201, ShowActionExecution(x, row, Detail::kWithOutput));
}

absl::Status Apply(store::Txn& txn, const Exchange& x, const store::ActionExecution& row,
                   const Json& body) {
  executions::Executions& executions = x.context.executions;
  const std::string name = TextIn(body, "state");
  const std::optional<State> state = workflow::ParseState(name);
  const Json output = body.value("output", Json());
  if (state == State::kSuccess) return executions.EndAction(txn, row.id, *state, output);
  if (state == State::kError) {
    return executions.EndAction(txn, row.id, *state, output.empty() ? "Unknown error" : output);
  }
  if (state == State::kCancelled) return executions.EndAction(txn, row.id, *state, Json());
  if (state != State::kPaused && state != State::kRunning) {
    return MistralBadRequest(
        base::Cat("Error. Expected one of ['SUCCESS', 'ERROR', 'CANCELLED', 'PAUSED', 'RUNNING'], ",
                  "actual: ", name.empty() ? "Unset" : name));
  }
  if (workflow::FindAction(row.name) != nullptr && !IsAsynchronous(row.name)) {
    return MistralBadRequest(
        base::Cat("Only an asynchronous action can be ", name, " from outside."));
  }
  return executions.ChangeAction(txn, row.id, *state);
}

Answer Change(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kActionExecutionBody));
  GREGALE_ASSIGN_OR_RETURN(
      const store::ActionExecution row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::ActionExecution> {
        GREGALE_ASSIGN_OR_RETURN(const store::ActionExecution before,
                                 FindActionFor(txn, x, x.parts[0]));
        GREGALE_RETURN_IF_ERROR(Apply(txn, x, before, body));
        return store::GetActionExecution(txn, before.id);
      }));
  return JsonAnswer(200, ShowActionExecution(x, row, Detail::kWithOutput));
}

// As a Mistral that was not told otherwise.
Answer Delete(const Exchange& x) {
  GREGALE_RETURN_IF_ERROR(ReadFrom(x.store(), [&](store::Txn& txn) {
                            return FindActionFor(txn, x, x.parts[0]);
                          }).status());
  return MistralForbidden("Action execution deletion is not allowed.");
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/action_executions",
     .handle = &List,
     .id = "listActionExecutions",
     .summary = "The calls of actions",
     .collection = &kActionExecutionCollection},
    {.method = "POST",
     .path = "v2/action_executions",
     .handle = &Create,
     .id = "createActionExecution",
     .summary = "Run an action alone",
     .success = 201,
     .body = &kActionExecutionBody},
    {.method = "GET",
     .path = "v2/action_executions/{}",
     .handle = &Get,
     .id = "getActionExecution",
     .summary = "One call of an action"},
    {.method = "PUT",
     .path = "v2/action_executions/{}",
     .handle = &Change,
     .id = "changeActionExecution",
     .summary = "End an action from outside, or pause it",
     .body = &kActionExecutionBody},
    {.method = "DELETE",
     .path = "v2/action_executions/{}",
     .handle = &Delete,
     .id = "deleteActionExecution",
     .summary = "Not allowed",
     .success = 403},
    {.method = "GET",
     .path = "v2/tasks/{}/action_executions",
     .handle = &ListOfTask,
     .id = "listTaskActionExecutions",
     .summary = "The calls of a task's action",
     .collection = &kActionExecutionCollection},
};

}  // namespace

std::span<const MistralRoute> ActionExecutionRoutes() { return kRoutes; }

}  // namespace gregale::server
