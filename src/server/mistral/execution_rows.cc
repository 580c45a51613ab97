#include "server/mistral/execution_rows.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "server/mistral/mistral_error.h"
#include "server/shown_values.h"
#include "store/execution_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr MistralField kExecutionFields[] = {{"id", "id"},
                                             {"workflow_id", "workflow_id"},
                                             {"workflow_name", "workflow_name"},
                                             {"workflow_namespace", "namespace"},
                                             {"description", "description"},
                                             {"tags", "tags"},
                                             {"params", "params"},
                                             {"task_execution_id", "task_id"},
                                             {"root_execution_id", "root_id"},
                                             {"state", "state"},
                                             {"state_info", "state_info"},
                                             {"input", "input"},
                                             {"output", "output"},
                                             {"published_global", ""},
                                             {"project_id", "tenant_id"},
                                             {"created_at", "created_at"},
                                             {"updated_at", "updated_at"}};
constexpr MistralField kTaskFields[] = {{"id", "id"},
                                        {"name", "name"},
                                        {"type", "type"},
                                        {"workflow_name", "workflow_name"},
                                        {"workflow_namespace", "namespace"},
                                        {"workflow_id", "workflow_id"},
                                        {"workflow_execution_id", "execution_id"},
                                        {"tags", "tags"},
                                        {"state", "state"},
                                        {"state_info", "state_info"},
                                        {"runtime_context", "runtime_context"},
                                        {"result", "result"},
                                        {"published", "published"},
                                        {"published_global", "published_global"},
                                        {"processed", "processed"},
                                        {"project_id", "tenant_id"},
                                        {"created_at", "created_at"},
                                        {"updated_at", "updated_at"},
                                        {"started_at", "started_at"},
                                        {"finished_at", "finished_at"}};
constexpr MistralField kActionFields[] = {{"id", "id"},
                                          {"workflow_name", "workflow_name"},
                                          {"workflow_namespace", "namespace"},
                                          {"task_name", "task_name"},
                                          {"task_execution_id", "task_id"},
                                          {"state", "state"},
                                          {"state_info", "state_info"},
                                          {"tags", "tags"},
                                          {"name", "name"},
                                          {"description", "description"},
                                          {"accepted", "accepted"},
                                          {"input", "input"},
                                          {"output", "output"},
                                          {"project_id", "tenant_id"},
                                          {"created_at", "created_at"},
                                          {"updated_at", "updated_at"}};

constexpr std::string_view kIncludeOutput[] = {"include_output"};

// An output that is there once the row's state is final.
Json OutputOf(const std::string& state, const std::string& output) {
  const bool is_final = state == "SUCCESS" || state == "ERROR" || state == "CANCELLED";
  return is_final ? TextOrNull(output) : Json();
}

// null for an empty object: the client prints whatever is there.
Json JsonTextUnlessEmpty(const std::string& column) {
  return column == "{}" ? Json() : TextOrNull(column);
}

// Mistral changes a row right after it has made it; here it may be right from the beginning.
Json UpdatedAt(absl::Time updated_at, absl::Time created_at) {
  return TimeOrNull(updated_at == absl::InfinitePast() ? created_at : updated_at);
}

template <class Row>
absl::StatusOr<Row> FindFor(absl::StatusOr<Row> row, const Exchange& x, std::string_view what,
                            const std::string& id) {
  const bool is_hidden = row.ok() && !x.caller.MaySee(row->tenant_id);
  if (!is_hidden && !absl::IsNotFound(row.status())) return row;
  return MistralNotFound(base::Cat(what, " not found [id=", id, "]"));
}

}  // namespace

const MistralCollection kExecutionCollection = {
    .name = "executions", .fields = kExecutionFields, .further = kIncludeOutput};
const MistralCollection kTaskCollection = {.name = "tasks", .fields = kTaskFields};
const MistralCollection kActionExecutionCollection = {
    .name = "action_executions", .fields = kActionFields, .further = kIncludeOutput};

absl::StatusOr<store::Execution> FindExecutionFor(store::Txn& txn, const Exchange& x,
                                                  const std::string& id) {
  return FindFor(store::GetExecution(txn, id), x, "WorkflowExecution", id);
}

absl::StatusOr<store::TaskExecution> FindTaskFor(store::Txn& txn, const Exchange& x,
                                                 const std::string& id) {
  return FindFor(store::GetTaskExecution(txn, id), x, "Task execution", id);
}

absl::StatusOr<store::ActionExecution> FindActionFor(store::Txn& txn, const Exchange& x,
                                                     const std::string& id) {
  return FindFor(store::GetActionExecution(txn, id), x, "ActionExecution", id);
}

absl::Status RefuseIfReadOnly(const store::Execution& row) {
  const Json params = ObjectIn(row.params);
  if (params.value("read_only", Json()) != Json(true)) return absl::OkStatus();
  return MistralBadRequest(base::Cat("This execution is read only. [execution_id=", row.id, "]"));
}

absl::StatusOr<Detail> DetailOf(const Exchange& x, const MistralList& list) {
  bool included = std::ranges::count(list.fields, "output") > 0;
  if (const std::string text = x.Argument("include_output"); !text.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const bool asked, ReadFlag("include_output", text));
    included = included || asked;
  }
  return included ? Detail::kWithOutput : Detail::kWithoutOutput;
}

Json ShowExecution(const Exchange& x, const store::Execution& row, Detail detail) {
  Json shown = {{"id", row.id},
                {"workflow_id", TextOrNull(row.workflow_id)},
                {"workflow_name", row.workflow_name},
                {"workflow_namespace", row.name_space},
                {"description", row.description},
                {"tags", ListIn(row.tags)},
                {"params", JsonText(row.params)},
                {"task_execution_id", TextOrNull(row.task_id)},
                {"root_execution_id", TextOrNull(row.root_id)},
                {"state", row.state},
                {"state_info", TextOrNull(row.state_info)},
                {"input", JsonText(row.input)},
                {"project_id", x.ShownProject(row.tenant_id)},
                {"created_at", TimeOrNull(row.created_at)},
                {"updated_at", UpdatedAt(row.updated_at, row.created_at)}};
  if (detail == Detail::kWithOutput) shown["output"] = OutputOf(row.state, row.output);
  return shown;
}

Json ShowTask(const Exchange& x, const store::TaskExecution& row, Detail detail) {
  Json shown = {{"id", row.id},
                {"name", row.name},
                {"type", row.type},
                {"workflow_name", row.workflow_name},
                {"workflow_namespace", row.name_space},
                {"workflow_id", TextOrNull(row.workflow_id)},
                {"workflow_execution_id", row.execution_id},
                {"tags", ListIn(row.tags)},
                {"state", row.state},
                {"state_info", TextOrNull(row.state_info)},
                {"project_id", x.ShownProject(row.tenant_id)},
                {"runtime_context", JsonText(row.runtime_context)},
                {"published", JsonText(row.published)},
                {"published_global", JsonTextUnlessEmpty(row.published_global)},
                {"processed", row.processed},
                {"created_at", TimeOrNull(row.created_at)},
                {"updated_at", UpdatedAt(row.updated_at, row.created_at)},
                {"started_at", TimeOrNull(row.started_at)},
                {"finished_at", TimeOrNull(row.finished_at)}};
  if (detail == Detail::kWithOutput) {
    shown["result"] = row.result.empty() ? Json("null") : Json(row.result);
  }
  return shown;
}

Json ShowActionExecution(const Exchange& x, const store::ActionExecution& row, Detail detail) {
  Json shown = {{"id", row.id},
                {"workflow_name", TextOrNull(row.workflow_name)},
                {"workflow_namespace", row.name_space},
                {"task_name", TextOrNull(row.task_name)},
                {"task_execution_id", TextOrNull(row.task_id)},
                {"state", row.state},
                {"state_info", TextOrNull(row.state_info)},
                {"tags", ListIn(row.tags)},
                {"name", row.name},
                {"description", row.description},
                {"project_id", x.ShownProject(row.tenant_id)},
                {"accepted", row.accepted},
                {"input", JsonText(row.input)},
                {"created_at", TimeOrNull(row.created_at)},
                {"updated_at", UpdatedAt(row.updated_at, row.created_at)}};
  if (detail == Detail::kWithOutput) shown["output"] = OutputOf(row.state, row.output);
  return shown;
}

}  // namespace gregale::server
