#include "store/vnfd_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, name, description, template_yaml, template_source, created_at, updated_at";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"description"},
                             {"template_source"},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"vnfd", kColumns, "sequence", kKnown};

Vnfd ReadVnfd(const SqlRow& row) {
  RowReader read(row);
  Vnfd vnfd;
  vnfd.id = read.Text();
  vnfd.tenant_id = read.Text();
  vnfd.name = read.Text();
  vnfd.description = read.Text();
  vnfd.template_yaml = read.Text();
  vnfd.template_source = read.Text();
  vnfd.created_at = read.Time();
  vnfd.updated_at = read.Time();
  return vnfd;
}

absl::Status VnfdNotFound(std::string_view id) { return RowNotFound("VNFDNotFound", "VNFD", id); }

}  // namespace

absl::Status InsertVnfd(Txn& txn, const Vnfd& vnfd) {
  GREGALE_ASSIGN_OR_RETURN(const bool inserted,
                           Insert(txn, "vnfd", kColumns,
                                  {TextValue(vnfd.id), TextValue(vnfd.tenant_id),
                                   TextValue(vnfd.name), TextOrNull(vnfd.description),
                                   TextValue(vnfd.template_yaml), TextValue(vnfd.template_source),
                                   CreatedAt(txn, vnfd.created_at), TimeValue(vnfd.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("vnfd", "name", vnfd.name);
}

absl::StatusOr<Vnfd> GetVnfd(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM vnfd WHERE id = ?"), {TextValue(id)}));
  if (!row.has_value()) return VnfdNotFound(id);
  return ReadVnfd(*row);
}

absl::StatusOr<std::vector<Vnfd>> ListVnfds(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadVnfd);
}

absl::Status UpdateVnfd(Txn& txn, Vnfd& vnfd) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> namesake,
      SelectFirst(txn, "SELECT id FROM vnfd WHERE tenant_id = ? AND name = ? AND id <> ?",
                  {TextValue(vnfd.tenant_id), TextValue(vnfd.name), TextValue(vnfd.id)}));
  if (namesake.has_value()) return DuplicateRow("vnfd", "name", vnfd.name);
  vnfd.updated_at = txn.now();
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn, "UPDATE vnfd SET name = ?, description = ?, updated_at = ? WHERE id = ?",
             {TextValue(vnfd.name), TextOrNull(vnfd.description), TimeValue(vnfd.updated_at),
              TextValue(vnfd.id)}));
  return rows > 0 ? absl::OkStatus() : VnfdNotFound(vnfd.id);
}

absl::Status DeleteVnfd(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM vnfd WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : VnfdNotFound(id);
}

}  // namespace gregale::store
