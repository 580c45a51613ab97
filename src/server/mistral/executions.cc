// /v2/executions
#include "executions/executions.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/mistral/execution_rows.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/execution_table.h"
#include "workflow/state.h"

namespace gregale::server {
namespace {

using base::Json;
using workflow::State;

bool IsOver(const store::Execution& row) {
  const std::optional<State> state = workflow::ParseState(row.state);
  return state && workflow::IsCompleted(*state);
}

// The monitors of a VNF are its own.
absl::Status RefuseIfOfVnf(const store::Execution& row) {
  if (row.vnf_id.empty()) return absl::OkStatus();
  return MistralForbidden(base::Cat("Execution ", row.id, " belongs to the VNF ", row.vnf_id));
}

Json ShowWhole(const Exchange& x, const store::Execution& row) {
  Json shown = ShowExecution(x, row, Detail::kWithOutput);
  shown["published_global"] = JsonText(row.published_global);
  return shown;
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const MistralList list, ReadMistralList(x, kExecutionCollection));
  GREGALE_ASSIGN_OR_RETURN(const Detail detail, DetailOf(x, list));
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Execution> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListExecutions(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::Execution& row : rows) shown.push_back(ShowExecution(x, row, detail));
  return JsonAnswer(200, ShowMistralPage(x, kExecutionCollection, list, shown));
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::Execution row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return FindExecutionFor(txn, x, x.parts[0]);
                           }));
  return JsonAnswer(200, ShowWhole(x, row));
}

// What is missing is taken from the execution that a new one shall be like.
absl::Status CopyFrom(store::Txn& txn, const Exchange& x, const std::string& source_id,
                      executions::NewExecution& request) {
  GREGALE_ASSIGN_OR_RETURN(const store::Execution source, FindExecutionFor(txn, x, source_id));
  if (request.workflow.empty()) {
    request.workflow = source.workflow_id.empty() ? source.workflow_name : source.workflow_id;
    request.name_space = source.name_space;
  }
  Json input = ObjectIn(source.input);
  input.update(request.input);
  request.input = std::move(input);
  Json params = ObjectIn(source.params);
  params.update(request.params);
  request.params = std::move(params);
  base::Append(request.description, request.description.empty() ? "" : " ",
               "Based on the execution '", source_id, "'");
  return absl::OkStatus();
}

absl::StatusOr<executions::NewExecution> ReadNew(const Exchange& x, const Json& body) {
  executions::NewExecution request = {.tenant_id = x.caller.tenant_id,
                                      .workflow = TextIn(body, "workflow_id"),
                                      .name_space = TextIn(body, "workflow_namespace"),
                                      .id = TextIn(body, "id"),
                                      .description = TextIn(body, "description"),
                                      .tags = {},
                                      .input = JsonIn(body, "input"),
                                      .params = JsonIn(body, "params")};
  if (request.workflow.empty()) request.workflow = TextIn(body, "workflow_name");
  if (body.contains("tags")) request.tags = base::DumpJson(body["tags"]);
  if (request.workflow.empty() && !body.contains("source_execution_id")) {
    return MistralBadRequest(
        "Workflow ID or workflow name must be provided. Workflow ID is recommended.");
  }
  if (request.id.size() > base::kNameCharsMax) {
    return MistralInvalidField("id", request.id, "it is too long");
  }
  return request;
}

// What is over at once is told as it began where it has run an action: so it is with Mistral, where
// actions run elsewhere.
absl::StatusOr<store::Execution> AsBegun(store::Txn& txn, store::Execution row) {
  if (!IsOver(row)) return row;
  const store::ListQuery any = {.equals = {{"root_id", {row.id}}}, .limit = 1};
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::ActionExecution> actions,
                           store::ListActionExecutions(txn, any));
  if (actions.empty()) return row;
  row.state = "RUNNING";
  row.state_info.clear();
  return row;
}

Answer Create(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kExecutionBody));
  GREGALE_ASSIGN_OR_RETURN(const executions::NewExecution asked, ReadNew(x, body));
  GREGALE_ASSIGN_OR_RETURN(
      const store::Execution row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Execution> {
        executions::NewExecution request = asked;
        if (!request.id.empty()) {
          const absl::StatusOr<store::Execution> old = store::GetExecution(txn, request.id);
          if (old.ok()) return FindExecutionFor(txn, x, request.id);
          if (!absl::IsNotFound(old.status())) return old.status();
        }
        if (body.contains("source_execution_id")) {
          GREGALE_RETURN_IF_ERROR(CopyFrom(txn, x, TextIn(body, "source_execution_id"), request));
        }
        GREGALE_ASSIGN_OR_RETURN(store::Execution begun, x.context.executions.Start(txn, request));
        return AsBegun(txn, std::move(begun));
      }));
  return JsonAnswer(201, ShowExecution(x, row, Detail::kWithOutput));
}

// What a PUT asks for.
struct Delta {
  std::string state;
  std::string description;
  Json env;  // null: none
  std::optional<std::string> reason;
};

absl::StatusOr<Delta> ReadDelta(const Json& body) {
  Delta delta = {.state = TextIn(body, "state"), .description = TextIn(body, "description")};
  if (const std::string info = TextIn(body, "state_info"); !info.empty()) delta.reason = info;
  const Json params = JsonIn(body, "params");
  if (params.contains("env") && !params["env"].empty()) delta.env = params["env"];
  if (!delta.env.is_null() && !delta.env.is_object()) {
    return MistralInvalidField("params", base::DumpJson(params), "env must be a dictionary");
  }
  if (delta.state.empty() && delta.description.empty() && delta.env.is_null()) {
    return MistralBadRequest("The property state, description, or env is not provided for update.");
  }
  if (!delta.state.empty() && !delta.description.empty()) {
    return MistralBadRequest("The property description must be updated separately from state.");
  }
  if (!delta.state.empty() && !delta.env.is_null() && delta.state != "RUNNING") {
    return MistralBadRequest(
        "The property env can only be updated when workflow execution is not running or on resume "
        "from pause.");
  }
  return delta;
}

absl::Status ChangeState(store::Txn& txn, const Exchange& x, const std::string& id,
                         const Delta& delta) {
  executions::Executions& executions = x.context.executions;
  const std::optional<State> state = workflow::ParseState(delta.state);
  if (state == State::kPaused) return executions.Pause(txn, id);
  if (state == State::kRunning) return executions.Resume(txn, id, delta.env);
  if (state == State::kSuccess || state == State::kError || state == State::kCancelled) {
    return executions.Stop(txn, id, *state, delta.reason);
  }
  return MistralBadRequest(base::Cat("Cannot change state to ", delta.state, ". Allowed states ",
                                     "are: 'RUNNING, PAUSED, SUCCESS, ERROR, CANCELLED"));
}

absl::Status Apply(store::Txn& txn, const Exchange& x, const store::Execution& row,
                   const Delta& delta) {
  if (!delta.description.empty()) {
    GREGALE_RETURN_IF_ERROR(store::UpdateExecutionDescription(txn, row.id, delta.description));
  }
  if (!delta.state.empty()) return ChangeState(txn, x, row.id, delta);
  if (delta.env.is_null()) return absl::OkStatus();
  if (row.state != "IDLE" && row.state != "PAUSED" && row.state != "ERROR") {
    return MistralForbidden(
        "Updating env to workflow execution is only permitted if it is in IDLE, PAUSED, or ERROR "
        "state.");
  }
  return x.context.executions.SetEnvironment(txn, row.id, delta.env);
}

Answer Change(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kExecutionBody));
  GREGALE_ASSIGN_OR_RETURN(
      const store::Execution row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Execution> {
        GREGALE_ASSIGN_OR_RETURN(const store::Execution before,
                                 FindExecutionFor(txn, x, x.parts[0]));
        GREGALE_RETURN_IF_ERROR(RefuseIfOfVnf(before));
        GREGALE_ASSIGN_OR_RETURN(const Delta delta, ReadDelta(body));
        if (delta.state == "RUNNING") GREGALE_RETURN_IF_ERROR(RefuseIfReadOnly(before));
        GREGALE_RETURN_IF_ERROR(Apply(txn, x, before, delta));
        return store::GetExecution(txn, before.id);
      }));
  return JsonAnswer(200, ShowExecution(x, row, Detail::kWithOutput));
}

Answer Delete(const Exchange& x) {
  bool force = false;
  if (const std::string text = x.Argument("force"); !text.empty()) {
    GREGALE_ASSIGN_OR_RETURN(force, ReadFlag("force", text));
  }
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Execution row, FindExecutionFor(txn, x, x.parts[0]));
    GREGALE_RETURN_IF_ERROR(RefuseIfOfVnf(row));
    if (!force && !IsOver(row)) {
      return MistralForbidden(
          base::Cat("Only completed executions can be deleted. Use --force to override this. ",
                    "Execution ", row.id, " is in ", row.state, " state"));
    }
    return x.context.executions.Delete(txn, row.id);
  }));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/executions",
     .handle = &List,
     .id = "listExecutions",
     .summary = "The executions",
     .collection = &kExecutionCollection},
    {.method = "POST",
     .path = "v2/executions",
     .handle = &Create,
     .id = "createExecution",
     .summary = "Start a workflow",
     .success = 201,
     .body = &kExecutionBody},
    {.method = "GET",
     .path = "v2/executions/{}",
     .handle = &Get,
     .id = "getExecution",
     .summary = "One execution"},
    {.method = "PUT",
     .path = "v2/executions/{}",
     .handle = &Change,
     .id = "changeExecution",
     .summary = "Pause, resume or stop an execution; or change its description or environment",
     .body = &kExecutionBody},
    {.method = "DELETE",
     .path = "v2/executions/{}",
     .handle = &Delete,
     .id = "deleteExecution",
     .summary = "Remove an execution with all that hangs on it",
     .success = 204,
     .arguments = "force"},
};

}  // namespace

std::span<const MistralRoute> ExecutionRoutes() { return kRoutes; }

}  // namespace gregale::server
