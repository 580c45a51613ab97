#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// Names are unique within a project: kAlreadyExists.
absl::Status InsertVnfd(Txn& txn, const Vnfd& vnfd);
// kNotFound.
absl::StatusOr<Vnfd> GetVnfd(Txn& txn, std::string_view id);
// Columns: id, name, tenant_id, description, template_source, created_at, updated_at.
absl::StatusOr<std::vector<Vnfd>> ListVnfds(Txn& txn, const ListQuery& query);
// Keeps the row's name and description, and stamps updated_at. kNotFound; kAlreadyExists where the
// project has another VNFD of this name.
absl::Status UpdateVnfd(Txn& txn, Vnfd& vnfd);
// kNotFound.
absl::Status DeleteVnfd(Txn& txn, std::string_view id);

}  // namespace gregale::store
