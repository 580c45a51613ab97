// /v2/actions: those of everybody, from the catalogue, and ad-hoc actions, from the store.
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/mistral/definition_store.h"
#include "server/mistral/listed_rows.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/definition_table.h"
#include "workflow/action_catalogue.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr MistralField kFields[] = {{"id", "id"},
                                    {"name", "name"},
                                    {"is_system", "is_system"},
                                    {"input", "input"},
                                    {"description", "description"},
                                    {"tags", "tags"},
                                    {"definition", "definition"},
                                    {"scope", "scope"},
                                    {"project_id", "project_id"},
                                    {"namespace", "namespace"},
                                    {"created_at", "created_at"},
                                    {"updated_at", "updated_at"}};
constexpr MistralCollection kCollection = {"actions", kFields};

// "is_system" is always false: so Mistral does.
Json Show(const workflow::ActionEntry& action) {
  const bool is_open = action.signature == workflow::kAnyInput;
  return {{"id", action.name},
          {"name", action.name},
          {"is_system", false},
          {"input", is_open ? "" : action.signature},
          {"description", action.description},
          {"tags", nullptr},
          {"definition", ""},
          {"scope", "public"},
          {"project_id", nullptr},
          {"namespace", ""},
          {"created_at", ""},
          {"updated_at", ""}};
}

Json Show(const Exchange& x, const store::Definition& row) {
  return {{"id", row.id},
          {"name", row.name},
          {"is_system", false},
          {"input", TextOrNull(SignatureOf(ObjectIn(row.interface)))},
          {"description", TextOrNull(row.description)},
          {"tags", ListIn(row.tags)},
          {"definition", ShownText(row)},
          {"scope", row.scope},
          {"project_id", x.ShownProject(row.tenant_id)},
          {"namespace", row.name_space},
          {"created_at", TimeOrNull(row.created_at)},
          {"updated_at", TimeOrNull(row.updated_at)}};
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kCollection));
  if (list.query.sort.empty()) list.query.sort = {{.column = "name"}};
  const store::ListQuery adhoc = {.equals = {{"kind", {"action"}}},
                                  .tenant_id = list.query.tenant_id,
                                  .sharing = store::Sharing::kPublic,
                                  .limit = base::kPageRowsMax};
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Definition> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListDefinitions(txn, adhoc); }));
  std::vector<Json> shown;
  for (const workflow::ActionEntry& action : workflow::ActionCatalogue()) {
    shown.push_back(Show(action));
  }
  for (const store::Definition& row : rows) shown.push_back(Show(x, row));
  GREGALE_ASSIGN_OR_RETURN(shown, SelectListed(std::move(shown), list.query));
  return JsonAnswer(200, ShowMistralPage(x, kCollection, list, shown));
}

WantedDefinition Wanted(const Exchange& x) {
  return {.kind = "action",
          .id_or_name = x.parts[0],
          .name_space = x.parts.size() > 1 ? x.parts[1] : x.Argument("namespace")};
}

Answer Get(const Exchange& x) {
  if (const workflow::ActionEntry* action = workflow::FindAction(x.parts[0])) {
    return JsonAnswer(200, Show(*action));
  }
  GREGALE_ASSIGN_OR_RETURN(const store::Definition row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return FindDefinitionFor(txn, x.caller, Wanted(x));
                           }));
  return JsonAnswer(200, Show(x, row));
}

absl::StatusOr<DefinedItems> ReadText(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(DefinedItems read, ReadActionText(x.http.body));
  for (const DefinedItem& item : read.items) {
    if (workflow::FindAction(item.name) == nullptr) continue;
    return MistralConflict(base::Cat("Duplicate entry for ActionDefinition ['name', 'namespace', ",
                                     "'project_id']: ", item.name, ", , None"));
  }
  return read;
}

Answer ShowAll(const Exchange& x, const std::vector<store::Definition>& rows, int status) {
  Json shown = Json::array();
  for (const store::Definition& row : rows) shown.push_back(Show(x, row));
  return JsonAnswer(status, {{"actions", std::move(shown)}});
}

Answer Store(const Exchange& x, Existing existing, int status) {
  GREGALE_ASSIGN_OR_RETURN(const DefinitionPlace place, ReadDefinitionPlace(x));
  GREGALE_ASSIGN_OR_RETURN(const DefinedItems read, ReadText(x));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Definition> rows,
                           WriteTo(x.store(), [&](store::Txn& txn) {
                             return StoreDefinitions(txn, x, read.items, place, existing);
                           }));
  return ShowAll(x, rows, status);
}

Answer Create(const Exchange& x) { return Store(x, Existing::kRefused, 201); }
Answer Change(const Exchange& x) { return Store(x, Existing::kRequired, 200); }

Answer ChangeOne(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const DefinitionPlace place, ReadDefinitionPlace(x));
  GREGALE_ASSIGN_OR_RETURN(const DefinedItems read, ReadText(x));
  if (read.items.size() > 1) {
    return MistralBadRequest(base::Cat(
        "More than one actions are not supported for update with identifier. [identifier: ",
        x.parts[0], "]"));
  }
  GREGALE_ASSIGN_OR_RETURN(
      const store::Definition row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Definition> {
        GREGALE_ASSIGN_OR_RETURN(store::Definition own,
                                 FindOwnDefinition(txn, x.caller, Wanted(x)));
        return ChangeDefinition(txn, std::move(own), read.items.front(), place.scope);
      }));
  return ShowAll(x, {row}, 200);
}

Answer Delete(const Exchange& x) {
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Definition row,
                             FindOwnDefinition(txn, x.caller, Wanted(x)));
    return store::DeleteDefinition(txn, row.id);
  }));
}

Answer Validate(const Exchange& x) {
  return JsonAnswer(200, ShowVerdict(ReadActionText(x.http.body)));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/actions",
     .handle = &List,
     .id = "listActions",
     .summary = "The actions that workflows can name",
     .collection = &kCollection},
    {.method = "POST",
     .path = "v2/actions",
     .handle = &Create,
     .id = "createActions",
     .summary = "Store the ad-hoc actions of a text",
     .success = 201,
     .body_kind = BodyKind::kText},
    {.method = "PUT",
     .path = "v2/actions",
     .handle = &Change,
     .id = "changeActions",
     .summary = "Replace the ad-hoc actions of a text",
     .body_kind = BodyKind::kText},
    {.method = "POST",
     .path = "v2/actions/validate",
     .handle = &Validate,
     .id = "validateActions",
     .summary = "Check the actions of a text",
     .body_kind = BodyKind::kText},
    {.method = "GET",
     .path = "v2/actions/{}",
     .handle = &Get,
     .id = "getAction",
     .summary = "One action, by id or name",
     .arguments = "namespace"},
    {.method = "PUT",
     .path = "v2/actions/{}",
     .handle = &ChangeOne,
     .id = "changeAction",
     .summary = "Replace one ad-hoc action",
     .body_kind = BodyKind::kText},
    {.method = "DELETE",
     .path = "v2/actions/{}",
     .handle = &Delete,
     .id = "deleteAction",
     .summary = "Remove an ad-hoc action",
     .success = 204,
     .arguments = "namespace"},
    {.method = "GET",
     .path = "v2/actions/{}/{}",
     .handle = &Get,
     .id = "getActionOfNamespace",
     .summary = "One action of a namespace"},
    {.method = "DELETE",
     .path = "v2/actions/{}/{}",
     .handle = &Delete,
     .id = "deleteActionOfNamespace",
     .summary = "Remove an ad-hoc action of a namespace",
     .success = 204},
};

}  // namespace

std::span<const MistralRoute> ActionRoutes() { return kRoutes; }

}  // namespace gregale::server
