#include "store/account_table.h"

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

constexpr std::string_view kAccountColumns = "id, name, password_hash, created_at";
constexpr std::string_view kProjectColumns = "id, name, created_at";

Account ReadAccount(const SqlRow& row) {
  RowReader read(row);
  Account account;
  account.id = read.Text();
  account.name = read.Text();
  account.password_hash = read.Text();
  account.created_at = read.Time();
  return account;
}

Project ReadProject(const SqlRow& row) {
  RowReader read(row);
  Project project;
  project.id = read.Text();
  project.name = read.Text();
  project.created_at = read.Time();
  return project;
}

Grant ReadGrant(const SqlRow& row) {
  RowReader read(row);
  Grant grant;
  grant.user_id = read.Text();
  grant.project_id = read.Text();
  grant.project_name = read.Text();
  grant.role = read.Text();
  return grant;
}

absl::Status AccountNotFound(std::string_view id) {
  return RowNotFound("UserNotFound", "User", id);
}
absl::Status ProjectNotFound(std::string_view id) {
  return RowNotFound("ProjectNotFound", "Project", id);
}
absl::Status GrantNotFound(std::string_view user_id) {
  return RowNotFound("RoleNotFound", "A role in the project for user", user_id);
}

absl::StatusOr<std::optional<SqlRow>> FirstWhere(Txn& txn, std::string_view columns,
                                                 std::string_view condition,
                                                 std::string_view value) {
  return SelectFirst(txn, base::Cat("SELECT ", columns, " FROM ", condition, " = ?"),
                     {TextValue(value)});
}

constexpr std::string_view kGrantsFrom =
    "SELECT g.user_id, g.project_id, p.name, g.role FROM role_grant g "
    "JOIN project p ON p.id = g.project_id WHERE g.user_id = ?";

}  // namespace

absl::Status InsertAccount(Txn& txn, const Account& account) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "account", kAccountColumns,
             {TextValue(account.id), TextValue(account.name), TextValue(account.password_hash),
              CreatedAt(txn, account.created_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("user", "name", account.name);
}

absl::StatusOr<Account> GetAccount(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           FirstWhere(txn, kAccountColumns, "account WHERE id", id));
  if (!row.has_value()) return AccountNotFound(id);
  return ReadAccount(*row);
}

absl::StatusOr<Account> GetAccountByName(Txn& txn, std::string_view name) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           FirstWhere(txn, kAccountColumns, "account WHERE name", name));
  if (!row.has_value()) return AccountNotFound(name);
  return ReadAccount(*row);
}

absl::StatusOr<std::vector<Account>> ListAccounts(Txn& txn, std::string_view after) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  base::Cat("SELECT ", kAccountColumns,
                                            " FROM account WHERE name > ? ORDER BY name LIMIT ?"),
                                  {TextValue(after), int64_t{base::kPageRowsMax}}));
  return ReadAll(rows, &ReadAccount);
}

absl::Status SetPasswordHash(Txn& txn, std::string_view id, std::string_view password_hash) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "UPDATE account SET password_hash = ? WHERE id = ?",
                                  {TextValue(password_hash), TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : AccountNotFound(id);
}

absl::Status DeleteAccount(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM account WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : AccountNotFound(id);
}

absl::Status InsertProject(Txn& txn, const Project& project) {
  GREGALE_ASSIGN_OR_RETURN(
      const bool inserted,
      Insert(txn, "project", kProjectColumns,
             {TextValue(project.id), TextValue(project.name), CreatedAt(txn, project.created_at)}));
  return inserted ? absl::OkStatus() : DuplicateRow("project", "name", project.name);
}

absl::StatusOr<Project> GetProject(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           FirstWhere(txn, kProjectColumns, "project WHERE id", id));
  if (!row.has_value()) return ProjectNotFound(id);
  return ReadProject(*row);
}

absl::StatusOr<Project> GetProjectByName(Txn& txn, std::string_view name) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           FirstWhere(txn, kProjectColumns, "project WHERE name", name));
  if (!row.has_value()) return ProjectNotFound(name);
  return ReadProject(*row);
}

absl::StatusOr<std::vector<Project>> ListProjects(Txn& txn, std::string_view after) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn,
                                  base::Cat("SELECT ", kProjectColumns,
                                            " FROM project WHERE name > ? ORDER BY name LIMIT ?"),
                                  {TextValue(after), int64_t{base::kPageRowsMax}}));
  return ReadAll(rows, &ReadProject);
}

absl::Status DeleteProject(Txn& txn, std::string_view id) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn, "DELETE FROM project WHERE id = ?", {TextValue(id)}));
  return rows > 0 ? absl::OkStatus() : ProjectNotFound(id);
}

absl::Status PutGrant(Txn& txn, const Grant& grant) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows,
      Change(txn, "UPDATE role_grant SET role = ? WHERE user_id = ? AND project_id = ?",
             {TextValue(grant.role), TextValue(grant.user_id), TextValue(grant.project_id)}));
  if (rows > 0) return absl::OkStatus();
  return Insert(txn, "role_grant", "user_id, project_id, role",
                {TextValue(grant.user_id), TextValue(grant.project_id), TextValue(grant.role)})
      .status();
}

absl::StatusOr<std::vector<Grant>> ListGrants(Txn& txn, std::string_view user_id) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<SqlRow> rows,
                           Select(txn, base::Cat(kGrantsFrom, " ORDER BY g.sequence LIMIT ?"),
                                  {TextValue(user_id), int64_t{base::kPageRowsMax}}));
  return ReadAll(rows, &ReadGrant);
}

absl::StatusOr<Grant> GetGrant(Txn& txn, std::string_view user_id, std::string_view project_id) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<SqlRow> row,
                           SelectFirst(txn, base::Cat(kGrantsFrom, " AND g.project_id = ?"),
                                       {TextValue(user_id), TextValue(project_id)}));
  if (!row.has_value()) return GrantNotFound(user_id);
  return ReadGrant(*row);
}

absl::Status DeleteGrant(Txn& txn, std::string_view user_id, std::string_view project_id) {
  GREGALE_ASSIGN_OR_RETURN(
      const int64_t rows, Change(txn, "DELETE FROM role_grant WHERE user_id = ? AND project_id = ?",
                                 {TextValue(user_id), TextValue(project_id)}));
  return rows > 0 ? absl::OkStatus() : GrantNotFound(user_id);
}

}  // namespace gregale::store
