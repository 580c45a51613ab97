// /v2/workflows
#include "base/error.h"
#include "base/text.h"
#include "server/mistral/definition_store.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/cron_trigger_table.h"
#include "store/definition_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr MistralField kFields[] = {{"id", "id"},
                                    {"name", "name"},
                                    {"namespace", "namespace"},
                                    {"input", ""},
                                    {"interface", ""},
                                    {"definition", "definition"},
                                    {"tags", "tags"},
                                    {"scope", "scope"},
                                    {"project_id", "tenant_id"},
                                    {"created_at", "created_at"},
                                    {"updated_at", "updated_at"}};
constexpr MistralCollection kCollection = {"workflows", kFields, store::Sharing::kPublic};

// What the store knows of a workflow whose text nobody has looked at yet.
Json InterfaceOf(const store::Definition& row) {
  if (!row.interface.empty()) return ObjectIn(row.interface);
  const absl::StatusOr<DefinedItems> items = ReadWorkflowText(row.text);
  return items.ok() && !items->items.empty() ? items->items.front().interface : Json::object();
}

enum class InterfaceAs { kText, kObject };

Json Show(const Exchange& x, const store::Definition& row, InterfaceAs form) {
  Json interface = InterfaceOf(row);
  const std::string input = SignatureOf(interface);
  if (form == InterfaceAs::kText) interface = base::DumpJson(interface);
  return {{"id", row.id},
          {"name", row.name},
          {"namespace", row.name_space},
          {"input", input},
          {"interface", std::move(interface)},
          {"definition", ShownText(row)},
          {"tags", ListIn(row.tags)},
          {"scope", row.scope},
          {"project_id", x.ShownProject(row.tenant_id)},
          {"created_at", TimeOrNull(row.created_at)},
          {"updated_at", TimeOrNull(row.updated_at)}};
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kCollection));
  list.query.equals["kind"] = {"workflow"};
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Definition> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListDefinitions(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::Definition& row : rows) shown.push_back(Show(x, row, InterfaceAs::kText));
  return JsonAnswer(200, ShowMistralPage(x, kCollection, list, shown));
}

WantedDefinition Wanted(const Exchange& x) {
  return {.kind = "workflow", .id_or_name = x.parts[0], .name_space = x.Argument("namespace")};
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::Definition row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return FindDefinitionFor(txn, x.caller, Wanted(x));
                           }));
  return JsonAnswer(200, Show(x, row, InterfaceAs::kText));
}

Answer Store(const Exchange& x, Existing existing, int status) {
  GREGALE_ASSIGN_OR_RETURN(const DefinitionPlace place, ReadDefinitionPlace(x));
  GREGALE_ASSIGN_OR_RETURN(const DefinedItems read, ReadWorkflowText(x.http.body));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Definition> rows,
                           WriteTo(x.store(), [&](store::Txn& txn) {
                             return StoreDefinitions(txn, x, read.items, place, existing);
                           }));
  Json shown = Json::array();
  for (const store::Definition& row : rows) shown.push_back(Show(x, row, InterfaceAs::kObject));
  return JsonAnswer(status, {{"workflows", std::move(shown)}});
}

Answer Create(const Exchange& x) { return Store(x, Existing::kRefused, 201); }
Answer Change(const Exchange& x) { return Store(x, Existing::kRequired, 200); }

Answer ChangeOne(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const DefinitionPlace place, ReadDefinitionPlace(x));
  GREGALE_ASSIGN_OR_RETURN(const DefinedItems read, ReadWorkflowText(x.http.body));
  if (read.items.size() > 1) {
    return MistralBadRequest(base::Cat(
        "More than one workflows are not supported for update with identifier. [identifier: ",
        x.parts[0], "]"));
  }
  GREGALE_ASSIGN_OR_RETURN(
      const store::Definition row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Definition> {
        GREGALE_ASSIGN_OR_RETURN(store::Definition own,
                                 FindOwnDefinition(txn, x.caller, Wanted(x)));
        return ChangeDefinition(txn, std::move(own), read.items.front(), place.scope);
      }));
  return JsonAnswer(200, Show(x, row, InterfaceAs::kObject));
}

absl::Status RefuseIfTriggered(store::Txn& txn, const Exchange& x, const store::Definition& row) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::CronTrigger> triggers,
                           store::ListCronTriggers(txn, {.equals = {{"workflow_id", {row.id}}}}));
  if (triggers.empty()) return absl::OkStatus();
  std::vector<std::string> ids;
  for (const store::CronTrigger& trigger : triggers) ids.push_back(trigger.id);
  return MistralBadRequest(base::Cat(
      "Can't delete workflow that has cron triggers associated. [workflow_identifier=", x.parts[0],
      "], [cron_trigger_id(s)=", base::Join(ids, ", "), "]"));
}

Answer Delete(const Exchange& x) {
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Definition row,
                             FindOwnDefinition(txn, x.caller, Wanted(x)));
    GREGALE_RETURN_IF_ERROR(RefuseIfTriggered(txn, x, row));
    return store::DeleteDefinition(txn, row.id);
  }));
}

Answer Validate(const Exchange& x) {
  return JsonAnswer(200, ShowVerdict(ReadWorkflowText(x.http.body)));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/workflows",
     .handle = &List,
     .id = "listWorkflows",
     .summary = "The workflows",
     .collection = &kCollection},
    {.method = "POST",
     .path = "v2/workflows",
     .handle = &Create,
     .id = "createWorkflows",
     .summary = "Store the workflows of a text",
     .success = 201,
     .body_kind = BodyKind::kText},
    {.method = "PUT",
     .path = "v2/workflows",
     .handle = &Change,
     .id = "changeWorkflows",
     .summary = "Replace the workflows of a text",
     .body_kind = BodyKind::kText},
    {.method = "POST",
     .path = "v2/workflows/validate",
     .handle = &Validate,
     .id = "validateWorkflows",
     .summary = "Check the workflows of a text",
     .body_kind = BodyKind::kText},
    {.method = "GET",
     .path = "v2/workflows/{}",
     .handle = &Get,
     .id = "getWorkflow",
     .summary = "One workflow, by id or name",
     .arguments = "namespace"},
    {.method = "PUT",
     .path = "v2/workflows/{}",
     .handle = &ChangeOne,
     .id = "changeWorkflow",
     .summary = "Replace one workflow",
     .body_kind = BodyKind::kText},
    {.method = "DELETE",
     .path = "v2/workflows/{}",
     .handle = &Delete,
     .id = "deleteWorkflow",
     .summary = "Remove a workflow that no cron trigger starts",
     .success = 204,
     .arguments = "namespace"},
};

}  // namespace

std::span<const MistralRoute> WorkflowRoutes() { return kRoutes; }

}  // namespace gregale::server
