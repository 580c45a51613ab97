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
// kNotFound.
absl::Status DeleteVnfd(Txn& txn, std::string_view id);

}  // namespace gregale::store
