#include "store/vim_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, name, description, type, auth_url, auth_cred, sealed_secrets, vim_project, "
    "placement_attr, is_default, status, created_at, updated_at";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"description"},
                             {"type"},
                             {"auth_url"},
                             {"is_default", Column::Kind::kFlag},
                             {"status"},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"vim", kColumns, "sequence", kKnown};

Vim ReadVim(const SqlRow& row) {
  RowReader read(row);
  Vim vim;
  vim.id = read.Text();
  vim.tenant_id = read.Text();
  vim.name = read.Text();
  vim.description = read.Text();
  vim.type = read.Text();
  vim.auth_url = read.Text();
  vim.auth_cred = read.Text();
  vim.sealed_secrets = read.Text();
  vim.vim_project = read.Text();
  vim.placement_attr = read.Text();
  vim.is_default = read.Bool();
  vim.status = read.Text();
  vim.created_at = read.Time();
  vim.updated_at = read.Time();
  return vim;
}

absl::Status VimNotFound(std::string_view id) { return RowNotFound("VimNotFound", "VIM", id); }

}  // namespace

absl::Status InsertVim(Txn& txn, const Vim& vim) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "vim", kColumns,
             {TextValue(vim.id), TextValue(vim.tenant_id), TextValue(vim.name),
              TextOrNull(vim.description), TextValue(vim.type), TextOrNull(vim.auth_url),
              TextOrNull(vim.auth_cred), TextOrNull(vim.sealed_secrets),
              TextOrNull(vim.vim_project), TextOrNull(vim.placement_attr), vim.is_default,
              TextValue(vim.status), CreatedAt(txn, vim.created_at), TimeValue(vim.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("vim", "name", vim.name);
}

absl::StatusOr<Vim> GetVim(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM vim WHERE id = ?"), {TextValue(id)}));
  if (!row.has_value()) return VimNotFound(id);
  return ReadVim(*row);
}

absl::StatusOr<Vim> GetDefaultVim(Txn& txn, std::string_view tenant_id) {
  // There are few VIMs: reading through them is well.
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  base::Cat("SELECT ", kColumns,
                            " FROM vim WHERE is_default = 1 ORDER BY "
                            "CASE WHEN tenant_id = ? THEN 0 ELSE 1 END, sequence LIMIT 1"),
                  {TextValue(tenant_id)}));
  if (!row.has_value()) {
    return base::MakeError(absl::StatusCode::kNotFound, "VimDefaultNotDefined",
                           "Default VIM is not defined.");
  }
  return ReadVim(*row);
}

absl::StatusOr<std::vector<Vim>> ListVims(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadVim);
}

absl::Status UpdateVim(Txn& txn, const Vim& vim) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE vim SET tenant_id = ?, name = ?, description = ?, type = ?, auth_url = ?, "
             "auth_cred = ?, sealed_secrets = ?, vim_project = ?, placement_attr = ?, "
             "is_default = ?, status = ?, updated_at = ? WHERE id = ?",
             {TextValue(vim.tenant_id), TextValue(vim.name), TextOrNull(vim.description),
              TextValue(vim.type), TextOrNull(vim.auth_url), TextOrNull(vim.auth_cred),
              TextOrNull(vim.sealed_secrets), TextOrNull(vim.vim_project),
              TextOrNull(vim.placement_attr), vim.is_default, TextValue(vim.status),
              TimeValue(txn.now()), TextValue(vim.id)}));
  return rows > 0 ? absl::OkStatus() : VimNotFound(vim.id);
}

absl::Status DeleteVim(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM vim WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : VimNotFound(id);
}

}  // namespace gregale::store
