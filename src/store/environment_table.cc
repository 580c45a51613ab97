#include "store/environment_table.h"

#include "base/error.h"
#include "base/text.h"
#include "store/listing.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kColumns =
    "id, tenant_id, name, description, variables, scope, created_at, updated_at";
constexpr Column kKnown[] = {{"id", Column::Kind::kText, Column::Nulls::kNever},
                             {"name", Column::Kind::kText, Column::Nulls::kNever},
                             {"description"},
                             {"variables", Column::Kind::kText, Column::Nulls::kNever},
                             {"scope", Column::Kind::kText, Column::Nulls::kNever},
                             {"tenant_id", Column::Kind::kText, Column::Nulls::kNever},
                             {"created_at", Column::Kind::kTime, Column::Nulls::kNever},
                             {"updated_at", Column::Kind::kTime}};
constexpr Listing kListing = {"environment", kColumns, "sequence", kKnown};

Environment ReadEnvironment(const SqlRow& row) {
  RowReader read(row);
  Environment environment;
  environment.id = read.Text();
  environment.tenant_id = read.Text();
  environment.name = read.Text();
  environment.description = read.Text();
  environment.variables = read.Text();
  environment.scope = read.Text();
  environment.created_at = read.Time();
  environment.updated_at = read.Time();
  return environment;
}

absl::Status NotFound(std::string_view id) {
  return RowNotFound("EnvironmentNotFound", "Environment", id);
}

}  // namespace

absl::Status InsertEnvironment(Txn& txn, const Environment& environment) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "environment", kColumns,
             {TextValue(environment.id), TextValue(environment.tenant_id),
              TextValue(environment.name), TextOrNull(environment.description),
              TextValue(environment.variables), TextValue(environment.scope),
              CreatedAt(txn, environment.created_at), TimeValue(environment.updated_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("environment", "name", environment.name);
}

absl::StatusOr<Environment> FindEnvironment(Txn& txn, std::string_view tenant_id,
                                            std::string_view name) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  base::Cat("SELECT ", kColumns,
                            " FROM environment WHERE name = ? AND (tenant_id = ? OR ? = '') "
                            "ORDER BY sequence LIMIT 1"),
                  {TextValue(name), TextValue(tenant_id), TextValue(tenant_id)}));
  if (!row.has_value()) return NotFound(name);
  return ReadEnvironment(*row);
}

absl::StatusOr<std::vector<Environment>> ListEnvironments(Txn& txn, const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows, SelectPage(txn, kListing, query));
  return ReadAll(rows, &ReadEnvironment);
}

absl::Status UpdateEnvironment(Txn& txn, const Environment& environment) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn,
             "UPDATE environment SET description = ?, variables = ?, scope = ?, updated_at = ? "
             "WHERE id = ?",
             {TextOrNull(environment.description), TextValue(environment.variables),
              TextValue(environment.scope), TimeValue(txn.now()), TextValue(environment.id)}));
  return rows > 0 ? absl::OkStatus() : NotFound(environment.id);
}

absl::Status DeleteEnvironment(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM environment WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : NotFound(id);
}

}  // namespace gregale::store
