#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/store.h"
#include "store/workflow_records.h"

namespace gregale::store {

// A name is unique within kind, project and namespace: kAlreadyExists.
absl::Status InsertDefinition(Txn& txn, const Definition& definition);
// kNotFound.
absl::StatusOr<Definition> GetDefinition(Txn& txn, std::string_view id);

// What a name means for a project: its own definition, else another's public one.
struct DefinitionName {
  std::string_view kind;
  std::string_view tenant_id;  // "": any
  std::string_view name;
  std::string_view name_space;
};
// In exactly this namespace. kNotFound.
absl::StatusOr<Definition> FindDefinition(Txn& txn, const DefinitionName& name);

// Columns: id, kind, name, namespace, definition, scope, tags, description, interface, vnf_id,
// tenant_id, created_at, updated_at.
absl::StatusOr<std::vector<Definition>> ListDefinitions(Txn& txn, const ListQuery& query);
// Sets name, text, scope, tags, description and interface, and stamps updated_at. The name must not
// be another's. kNotFound.
absl::Status UpdateDefinition(Txn& txn, const Definition& definition);
// kNotFound.
absl::Status DeleteDefinition(Txn& txn, std::string_view id);
// The generated workflow of a VNF; no error where there is none.
absl::Status DeleteDefinitionsOfVnf(Txn& txn, std::string_view vnf_id);

}  // namespace gregale::store
