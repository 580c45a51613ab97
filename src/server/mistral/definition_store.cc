#include "server/mistral/definition_store.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/mistral/mistral_error.h"
#include "store/definition_table.h"

namespace gregale::server {
namespace {

using base::Json;

// How Mistral calls a kind in its messages.
struct KindWords {
  std::string_view kind;
  std::string_view not_found;  // up to the name
  std::string_view entry;
};
constexpr KindWords kKinds[] = {
    {"workflow", "Workflow not found [workflow_identifier=", "WorkflowDefinition"},
    {"workbook", "Workbook not found [workbook_name=", "WorkbookDefinition"},
    {"action", "Action not found [name=", "ActionDefinition"},
};

const KindWords& WordsOf(std::string_view kind) {
  for (const KindWords& words : kKinds) {
    if (words.kind == kind) return words;
  }
  return kKinds[0];
}

absl::Status NotFound(const WantedDefinition& wanted) {
  return MistralNotFound(base::Cat(WordsOf(wanted.kind).not_found, wanted.id_or_name,
                                   ", namespace=", wanted.name_space, "]"));
}

absl::Status Duplicate(const store::Definition& row) {
  return MistralConflict(base::Cat("Duplicate entry for ", WordsOf(row.kind).entry,
                                   " ['name', 'namespace', 'project_id']: ", row.name, ", ",
                                   row.name_space, ", None"));
}

void Describe(const DefinedItem& item, const std::string& scope, store::Definition& row) {
  row.name = item.name;
  row.text = item.text;
  row.scope = scope;
  row.tags = item.tags.empty() ? "" : base::DumpJson(item.tags);
  row.description = item.description;
  row.interface = base::DumpJson(item.interface);
}

// nullopt where the project has none of this name.
absl::StatusOr<std::optional<store::Definition>> FindOwn(store::Txn& txn, const Caller& caller,
                                                         const WantedDefinition& wanted) {
  absl::StatusOr<store::Definition> row =
      store::FindDefinition(txn, {.kind = wanted.kind,
                                  .tenant_id = caller.tenant_id,
                                  .name = wanted.id_or_name,
                                  .name_space = wanted.name_space});
  if (row.ok() && row->tenant_id == caller.tenant_id) return *std::move(row);
  if (!row.ok() && !absl::IsNotFound(row.status())) return row.status();
  return std::nullopt;
}

// By id, or by name in exactly this namespace.
absl::StatusOr<store::Definition> FindIn(store::Txn& txn, const Caller& caller,
                                         const WantedDefinition& wanted) {
  absl::StatusOr<store::Definition> by_id = store::GetDefinition(txn, wanted.id_or_name);
  if (by_id.ok() && by_id->kind == wanted.kind &&
      (caller.MaySee(by_id->tenant_id) || by_id->scope == "public")) {
    return by_id;
  }
  if (!by_id.ok() && !absl::IsNotFound(by_id.status())) return by_id.status();
  for (const std::string& tenant_id : {caller.tenant_id, std::string()}) {
    if (tenant_id.empty() && !caller.is_admin) break;
    absl::StatusOr<store::Definition> row =
        store::FindDefinition(txn, {.kind = wanted.kind,
                                    .tenant_id = tenant_id,
                                    .name = wanted.id_or_name,
                                    .name_space = wanted.name_space});
    if (row.ok() || !absl::IsNotFound(row.status())) return row;
  }
  return NotFound(wanted);
}

absl::StatusOr<store::Definition> StoreOne(store::Txn& txn, const Exchange& x,
                                           const DefinedItem& item, const DefinitionPlace& place,
                                           Existing existing) {
  const WantedDefinition wanted = {
      .kind = item.kind, .id_or_name = item.name, .name_space = place.name_space};
  if (existing == Existing::kRequired) {
    GREGALE_ASSIGN_OR_RETURN(store::Definition own, FindOwnDefinition(txn, x.caller, wanted));
    return ChangeDefinition(txn, std::move(own), item, place.scope);
  }
  GREGALE_ASSIGN_OR_RETURN(std::optional<store::Definition> own, FindOwn(txn, x.caller, wanted));
  if (own.has_value() && existing == Existing::kReplaced) {
    return ChangeDefinition(txn, *std::move(own), item, place.scope);
  }
  store::Definition row = {.id = base::NewUuid(x.context.random),
                           .tenant_id = x.caller.tenant_id,
                           .kind = item.kind,
                           .name_space = place.name_space,
                           .created_at = txn.now()};
  Describe(item, place.scope, row);
  if (own.has_value()) return Duplicate(row);
  GREGALE_RETURN_IF_ERROR(store::InsertDefinition(txn, row));
  return row;
}

}  // namespace

absl::StatusOr<DefinitionPlace> ReadDefinitionPlace(const Exchange& x) {
  DefinitionPlace place = {.name_space = x.Argument("namespace"), .scope = x.Argument("scope")};
  if (place.scope.empty()) place.scope = "private";
  if (place.scope != "private" && place.scope != "public") {
    return MistralBadRequest(base::Cat(
        "Scope must be one of the following: ['private', 'public']; actual: ", place.scope));
  }
  if (place.name_space.size() > base::kNameCharsMax || base::Contains(place.name_space, '\0')) {
    return MistralBadRequest("The namespace is too long.");
  }
  return place;
}

absl::StatusOr<store::Definition> FindDefinitionFor(store::Txn& txn, const Caller& caller,
                                                    const WantedDefinition& wanted) {
  absl::StatusOr<store::Definition> row = FindIn(txn, caller, wanted);
  if (row.ok() || !absl::IsNotFound(row.status()) || wanted.name_space.empty()) return row;
  absl::StatusOr<store::Definition> common =
      FindIn(txn, caller, {.kind = wanted.kind, .id_or_name = wanted.id_or_name, .name_space = {}});
  return absl::IsNotFound(common.status()) ? row : common;
}

absl::StatusOr<store::Definition> FindOwnDefinition(store::Txn& txn, const Caller& caller,
                                                    const WantedDefinition& wanted) {
  GREGALE_ASSIGN_OR_RETURN(store::Definition row, FindIn(txn, caller, wanted));
  if (row.tenant_id != caller.tenant_id && !caller.is_admin) {
    return MistralForbidden(base::Cat("Can not change ", wanted.kind, " of other tenants. [",
                                      wanted.kind, "_identifier=", wanted.id_or_name, "]"));
  }
  if (!row.vnf_id.empty()) {
    return MistralForbidden(base::Cat("Attempt to modify a system ", wanted.kind, ": it belongs ",
                                      "to the VNF ", row.vnf_id));
  }
  return row;
}

absl::StatusOr<std::vector<store::Definition>> StoreDefinitions(
    store::Txn& txn, const Exchange& x, const std::vector<DefinedItem>& items,
    const DefinitionPlace& place, Existing existing) {
  std::vector<store::Definition> rows;
  for (const DefinedItem& item : items) {
    GREGALE_ASSIGN_OR_RETURN(store::Definition row, StoreOne(txn, x, item, place, existing));
    rows.push_back(std::move(row));
  }
  return rows;
}

absl::StatusOr<store::Definition> ChangeDefinition(store::Txn& txn, store::Definition definition,
                                                   const DefinedItem& item,
                                                   const std::string& scope) {
  const std::string name_before = definition.name;
  Describe(item, scope, definition);
  if (definition.name != name_before) {
    const Caller owner = {.tenant_id = definition.tenant_id};
    GREGALE_ASSIGN_OR_RETURN(const std::optional<store::Definition> taken,
                             FindOwn(txn, owner,
                                     {.kind = definition.kind,
                                      .id_or_name = definition.name,
                                      .name_space = definition.name_space}));
    if (taken.has_value()) return Duplicate(definition);
  }
  GREGALE_RETURN_IF_ERROR(store::UpdateDefinition(txn, definition));
  definition.updated_at = txn.now();
  return definition;
}

Json ShowVerdict(const absl::StatusOr<DefinedItems>& items) {
  if (!items.ok()) return {{"valid", false}, {"error", base::FromAbsl(items.status().message())}};
  Json verdict = {{"valid", true}};
  if (!items->warnings.empty()) verdict["warnings"] = items->warnings;
  return verdict;
}

}  // namespace gregale::server
