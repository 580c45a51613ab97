#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// kAlreadyExists where the project has a VIM of this name.
absl::Status InsertVim(Txn& txn, const Vim& vim);
// kNotFound.
absl::StatusOr<Vim> GetVim(Txn& txn, std::string_view id);
// The default VIM of a project (else that of any project); kNotFound.
absl::StatusOr<Vim> GetDefaultVim(Txn& txn, std::string_view tenant_id);
// Columns: id, name, tenant_id, description, type, auth_url, is_default, status, created_at,
// updated_at.
absl::StatusOr<std::vector<Vim>> ListVims(Txn& txn, const ListQuery& query);
// Replaces the row with vim.id, but for created_at, and stamps updated_at. kNotFound;
// kAlreadyExists where the project has another VIM of this name.
absl::Status UpdateVim(Txn& txn, const Vim& vim);
// kNotFound.
absl::Status DeleteVim(Txn& txn, std::string_view id);

}  // namespace gregale::store
