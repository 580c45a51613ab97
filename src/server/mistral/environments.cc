// /v2/environments
#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/environment_table.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr MistralField kFields[] = {{"id", "id"},
                                    {"name", "name"},
                                    {"description", "description"},
                                    {"variables", "variables"},
                                    {"scope", "scope"},
                                    {"project_id", "tenant_id"},
                                    {"created_at", "created_at"},
                                    {"updated_at", "updated_at"}};
constexpr MistralCollection kCollection = {"environments", kFields, store::Sharing::kPublic};

Json Show(const Exchange& x, const store::Environment& row) {
  return {{"id", row.id},
          {"name", row.name},
          {"description", TextOrNull(row.description)},
          {"variables", JsonText(row.variables)},
          {"scope", row.scope},
          {"project_id", x.ShownProject(row.tenant_id)},
          {"created_at", TimeOrNull(row.created_at)},
          {"updated_at", TimeOrNull(row.updated_at)}};
}

absl::StatusOr<store::Environment> Find(store::Txn& txn, const Exchange& x,
                                        const std::string& name) {
  absl::StatusOr<store::Environment> row = store::FindEnvironment(txn, x.caller.tenant_id, name);
  if (!absl::IsNotFound(row.status())) return row;
  return MistralNotFound(base::Cat("Environment not found [name=", name, "]"));
}

Answer List(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const MistralList list, ReadMistralList(x, kCollection));
  GREGALE_ASSIGN_OR_RETURN(
      const std::vector<store::Environment> rows,
      ReadFrom(x.store(), [&](store::Txn& txn) { return ListEnvironments(txn, list.query); }));
  std::vector<Json> shown;
  for (const store::Environment& row : rows) shown.push_back(Show(x, row));
  return JsonAnswer(200, ShowMistralPage(x, kCollection, list, shown));
}

Answer Get(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const store::Environment row, ReadFrom(x.store(), [&](store::Txn& txn) {
                             return Find(txn, x, x.parts[0]);
                           }));
  return JsonAnswer(200, Show(x, row));
}

absl::Status CheckKeys(const Json& body, std::initializer_list<std::string_view> known,
                       std::string_view in_words) {
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::count(known, key) > 0) continue;
    return MistralBadRequest(base::Cat("Please, check your environment definition. Only: ",
                                       in_words, " are allowed as definition keys."));
  }
  return absl::OkStatus();
}

Answer Create(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Json body, ReadMistralBody(x.http.body, kEnvironmentBody));
  GREGALE_RETURN_IF_ERROR(CheckKeys(body, {"name", "description", "variables"},
                                    "['name', 'description', 'variables']"));
  const std::string name = TextIn(body, "name");
  if (name.empty() || name.size() > base::kNameCharsMax) {
    return MistralInvalidField("name", name, "An environment needs a name of at most 255 bytes");
  }
  GREGALE_ASSIGN_OR_RETURN(
      const store::Environment row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Environment> {
        store::Environment made = {.id = base::NewUuid(x.context.random),
                                   .tenant_id = x.caller.tenant_id,
                                   .name = name,
                                   .description = TextIn(body, "description"),
                                   .variables = base::DumpJson(JsonIn(body, "variables")),
                                   .scope = "private",
                                   .created_at = txn.now()};
        const absl::Status status = store::InsertEnvironment(txn, made);
        if (absl::IsAlreadyExists(status)) {
          return MistralConflict(base::Cat(
              "Duplicate entry for Environment ['name', 'project_id']: ", name, ", None"));
        }
        GREGALE_RETURN_IF_ERROR(status);
        return made;
      }));
  return JsonAnswer(201, Show(x, row));
}

Answer Change(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(Json body, ReadMistralBody(x.http.body, kEnvironmentBody));
  const std::string name = TextIn(body, "name");
  if (name.empty()) return MistralBadRequest("Name of the environment is not provided.");
  body.erase("name");
  GREGALE_RETURN_IF_ERROR(CheckKeys(body, {"description", "variables", "scope"},
                                    "['description', 'variables', 'scope']"));
  GREGALE_ASSIGN_OR_RETURN(
      const store::Environment row,
      WriteTo(x.store(), [&](store::Txn& txn) -> absl::StatusOr<store::Environment> {
        GREGALE_ASSIGN_OR_RETURN(store::Environment changed, Find(txn, x, name));
        changed.description = body.value("description", changed.description);
        changed.scope = body.value("scope", changed.scope);
        if (changed.scope != "private" && changed.scope != "public") {
          return MistralInvalidField("scope", changed.scope,
                                     "Value should be one of: private, public");
        }
        if (body.contains("variables")) changed.variables = base::DumpJson(body["variables"]);
        GREGALE_RETURN_IF_ERROR(store::UpdateEnvironment(txn, changed));
        changed.updated_at = txn.now();
        return changed;
      }));
  return JsonAnswer(200, Show(x, row));
}

Answer Delete(const Exchange& x) {
  return NoContent(x.store().Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Environment row, Find(txn, x, x.parts[0]));
    return store::DeleteEnvironment(txn, row.id);
  }));
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/environments",
     .handle = &List,
     .id = "listEnvironments",
     .summary = "The environments",
     .collection = &kCollection},
    {.method = "POST",
     .path = "v2/environments",
     .handle = &Create,
     .id = "createEnvironment",
     .summary = "Store an environment",
     .success = 201,
     .body = &kEnvironmentBody},
    {.method = "PUT",
     .path = "v2/environments",
     .handle = &Change,
     .id = "changeEnvironment",
     .summary = "Change an environment, by the name in the body",
     .body = &kEnvironmentBody},
    {.method = "GET",
     .path = "v2/environments/{}",
     .handle = &Get,
     .id = "getEnvironment",
     .summary = "One environment, by name"},
    {.method = "DELETE",
     .path = "v2/environments/{}",
     .handle = &Delete,
     .id = "deleteEnvironment",
     .summary = "Remove an environment",
     .success = 204},
};

}  // namespace

std::span<const MistralRoute> EnvironmentRoutes() { return kRoutes; }

}  // namespace gregale::server
