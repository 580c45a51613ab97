#include "store/definition_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, kind, name, namespace, definition, scope, tags, vnf_id, created_at, "
    "updated_at, description, interface";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"kind", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"namespace", Column::Kind::kText, Column::Nulls::kNever},
                             {"definition", Column::Kind::kText, Column::Nulls::kNever},
                             {"scope", Column::Kind::kText, Column::Nulls::kNever},
                             {"tags"},
                             {"description"},
                             {"interface"},
                             {"vnf_id"},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"definition", kColumns, "sequence", kKnown};

Definition ReadDefinition(const SqlRow& row) {
  RowReader read(row);
  Definition definition;
  definition.id = read.Text();
  definition.tenant_id = read.Text();
  definition.kind = read.Text();
  definition.name = read.Text();
  definition.name_space = read.Text();
  definition.text = read.Text();
  definition.scope = read.Text();
  definition.tags = read.Text();
  definition.vnf_id = read.Text();
  definition.created_at = read.Time();
  definition.updated_at = read.Time();
  definition.description = read.Text();
  definition.interface = read.Text();
  return definition;
}

absl::Status NotFound(std::string_view id) {
  return RowNotFound("DefinitionNotFound", "Definition", id);
}

}  // namespace

absl::Status InsertDefinition(Txn& txn, const Definition& definition) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(
          txn, "definition", kColumns,
          {TextValue(definition.id), TextValue(definition.tenant_id), TextValue(definition.kind),
           TextValue(definition.name), TextValue(definition.name_space), TextValue(definition.text),
           TextValue(definition.scope), TextOrNull(definition.tags), TextOrNull(definition.vnf_id),
           CreatedAt(txn, definition.created_at), TimeValue(definition.updated_at),
           TextOrNull(definition.description), TextOrNull(definition.interface)}));
  return inserted ? absl::OkStatus() : DuplicateRow(definition.kind, "name", definition.name);
}

absl::StatusOr<Definition> GetDefinition(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn, base::Cat("SELECT ", kColumns, " FROM definition WHERE id = ?"),
                  {TextValue(id)}));
  if (!row.has_value()) return NotFound(id);
  return ReadDefinition(*row);
}

absl::StatusOr<Definition> FindDefinition(Txn& txn, const DefinitionName& name) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(
          txn,
          base::Cat("SELECT ", kColumns,
                    " FROM definition WHERE kind = ? AND name = ? AND namespace = ? AND "
                    "(tenant_id = ? OR scope = 'public' OR ? = '') ORDER BY "
                    "CASE WHEN tenant_id = ? THEN 0 ELSE 1 END, sequence LIMIT 1"),
          {TextValue(name.kind), TextValue(name.name), TextValue(name.name_space),
           TextValue(name.tenant_id), TextValue(name.tenant_id), TextValue(name.tenant_id)}));
  if (!row.has_value()) return NotFound(name.name);
  return ReadDefinition(*row);
}

absl::StatusOr<std::vector<Definition>> ListDefinitions(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadDefinition);
}

absl::Status UpdateDefinition(Txn& txn, const Definition& definition) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(
          txn,
          "UPDATE definition SET name = ?, definition = ?, scope = ?, tags = ?, description = ?, "
          "interface = ?, updated_at = ? WHERE id = ?",
          {TextValue(definition.name), TextValue(definition.text), TextValue(definition.scope),
           TextOrNull(definition.tags), TextOrNull(definition.description),
           TextOrNull(definition.interface), TimeValue(txn.now()), TextValue(definition.id)}));
  return rows > 0 ? absl::OkStatus() : NotFound(definition.id);
}

absl::Status DeleteDefinition(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM definition WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : NotFound(id);
}

absl::Status DeleteDefinitionsOfVnf(Txn& txn, std::string_view vnf_id) {
  return ChangeAny(txn, "DELETE FROM definition WHERE vnf_id = ?", {TextValue(vnf_id)});
}

}  // namespace gregale::store
