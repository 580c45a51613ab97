#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/store.h"
#include "store/workflow_records.h"

namespace gregale::store {

// Names are unique within a project: kAlreadyExists.
absl::Status InsertEnvironment(Txn& txn, const Environment& environment);
// The project's of this name ("" for any project's). kNotFound.
absl::StatusOr<Environment> FindEnvironment(Txn& txn, std::string_view tenant_id,
                                            std::string_view name);
// Columns: id, name, description, variables, scope, tenant_id, created_at, updated_at.
absl::StatusOr<std::vector<Environment>> ListEnvironments(Txn& txn, const ListQuery& query);
// Sets description, variables and scope, and stamps updated_at. kNotFound.
absl::Status UpdateEnvironment(Txn& txn, const Environment& environment);
// kNotFound.
absl::Status DeleteEnvironment(Txn& txn, std::string_view id);

}  // namespace gregale::store
