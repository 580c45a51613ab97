// /v2/workbooks
#include "base/error.h"
#include "server/mistral/definition_store.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/definition_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr MistralField kFields[] = {{"id", "id"},
                                    {"name", "name"},
                                    {"namespace", "namespace"},
                                    {"definition", "definition"},
                                    {"tags", "tags"},
                                    {"scope", "scope"},
                                    {"project_id", "tenant_id"},
                                    {"created_at", "created_at"},
                                    {"updated_at", "updated_at"}};
constexpr MistralCollection kCollection = {"workbooks", kFields, store::Sharing::kPublic};

Json Show(const Exchange& x, const store::Definition& row) {
  return {{"id", row.id},
          {"name", row.name},
          {"namespace", row.name_space},
          {"definition", row.text},
          {"tags", ListIn(row.tags)},
          {"scope", row.scope},
          {"project_id", x.ShownProject(row.tenant_id)},
          {"created_at", TimeOrNull(row.created_at)},
          {"updated_at", TimeOrNull(row.updated_at)}};
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(MistralList list, ReadMistralList(x, kCollection));
  list.query.equals["kind"] = {"workbook"};
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Definition> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListDefinitions(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::Definition& row : rows) shown.push_back(Show(x, row));
  return JsonAnswer(200, ShowMistralPage(x, kCollection, list, shown));
}

WantedDefinition Wanted(const Exchange& x) {
  return {.kind = "workbook", .id_or_name = x.parts[0], .name_space = x.Argument("namespace")};
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::Definition row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return FindDefinitionFor(txn, x.caller, Wanted(x));
                           }));
  return JsonAnswer(200, Show(x, row));
}

// The workbook, as `existing` says, and its members, whether they were there before or not.
Answer Store(const Exchange& x, Existing existing, int status) {
  GREGALE_ASSIGN_OR_RETURN(const DefinitionPlace place, ReadDefinitionPlace(x));
  GREGALE_ASSIGN_OR_RETURN(DefinedItems read, ReadWorkbookText(x.http.body));
  const std::vector<DefinedItem> members(read.items.begin() + 1, read.items.end());
  read.items.resize(1);
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Definition> rows,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<std::vector<store::Definition>> {
        GREGALE_ASSIGN_OR_RETURN(std::vector<store::Definition> book,
                                 StoreDefinitions(txn, x, read.items, place, existing));
        GREGALE_RETURN_IF_ERROR(
            StoreDefinitions(txn, x, members, place, Existing::kReplaced).status());
        return book;
      }));
  return JsonAnswer(status, Show(x, rows.front()));
}

Answer Create(const Exchange& x) { return Store(x, Existing::kRefused, 201); }
Answer Change(const Exchange& x) { return Store(x, Existing::kRequired, 200); }

// The members stay.
Answer Delete(const Exchange& x) {
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Definition row,
                             FindOwnDefinition(txn, x.caller, Wanted(x)));
    return store::DeleteDefinition(txn, row.id);
  }));
}

Answer Validate(const Exchange& x) {
  return JsonAnswer(200, ShowVerdict(ReadWorkbookText(x.http.body)));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/workbooks",
     .handle = &List,
     .id = "listWorkbooks",
     .summary = "The workbooks",
     .collection = &kCollection},
    {.method = "POST",
     .path = "v2/workbooks",
     .handle = &Create,
     .id = "createWorkbook",
     .summary = "Store a workbook, and each of its workflows and actions under \"book.name\"",
     .success = 201,
     .body_kind = BodyKind::kText},
    {.method = "PUT",
     .path = "v2/workbooks",
     .handle = &Change,
     .id = "changeWorkbook",
     .summary = "Replace a workbook and what is in it",
     .body_kind = BodyKind::kText},
    {.method = "POST",
     .path = "v2/workbooks/validate",
     .handle = &Validate,
     .id = "validateWorkbook",
     .summary = "Check a workbook",
     .body_kind = BodyKind::kText},
    {.method = "GET",
     .path = "v2/workbooks/{}",
     .handle = &Get,
     .id = "getWorkbook",
     .summary = "One workbook, by name",
     .arguments = "namespace"},
    {.method = "DELETE",
     .path = "v2/workbooks/{}",
     .handle = &Delete,
     .id = "deleteWorkbook",
     .summary = "Remove a workbook; its workflows and actions stay",
     .success = 204,
     .arguments = "namespace"},
};

}  // namespace

std::span<const MistralRoute> WorkbookRoutes() { return kRoutes; }

}  // namespace gregale::server
