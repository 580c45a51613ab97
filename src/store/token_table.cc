#include "store/token_table.h"

#include "base/error.h"
#include "base/limits.h"
#include "store/row_errors.h"
#include "store/statement.h"

namespace gregale::store {

absl::Status InsertToken(Txn& txn, const Token& token) {
  GREGALE_RETURN_IF_ERROR(
      ChangeAny(txn, "DELETE FROM auth_token WHERE expires_at <= ?", {TimeValue(txn.now())}));
  GREGALE_RETURN_IF_ERROR(ChangeAny(
      txn,
      "DELETE FROM auth_token WHERE user_id = ? AND sequence NOT IN (SELECT sequence FROM "
      "auth_token WHERE user_id = ? ORDER BY sequence DESC LIMIT ?)",
      {TextValue(token.user_id), TextValue(token.user_id), int64_t{base::kTokensPerUserMax - 1}}));
  return ChangeAny(
      txn,
      "INSERT INTO auth_token (digest, user_id, project_id, method, issued_at, "
      "expires_at) VALUES (?, ?, ?, ?, ?, ?)",
      {TextValue(token.digest), TextValue(token.user_id), TextValue(token.project_id),
       TextValue(token.method), TimeValue(token.issued_at), TimeValue(token.expires_at)});
}

absl::StatusOr<LiveToken> GetLiveToken(Txn& txn, std::string_view digest) {
  GREGALE_ASSIGN_OR_RETURN(
      const std::optional<SqlRow> row,
      SelectFirst(txn,
                  "SELECT t.digest, t.user_id, t.project_id, t.method, t.issued_at, t.expires_at, "
                  "a.name, p.name, g.role FROM auth_token t "
                  "JOIN account a ON a.id = t.user_id "
                  "JOIN project p ON p.id = t.project_id "
                  "JOIN role_grant g ON g.user_id = t.user_id AND g.project_id = t.project_id "
                  "WHERE t.digest = ? AND t.expires_at > ?",
                  {TextValue(digest), TimeValue(txn.now())}));
  if (!row.has_value()) return RowNotFound("TokenNotFound", "Token", "");
  RowReader read(*row);
  LiveToken live;
  live.token.digest = read.Text();
  live.token.user_id = read.Text();
  live.token.project_id = read.Text();
  live.token.method = read.Text();
  live.token.issued_at = read.Time();
  live.token.expires_at = read.Time();
  live.user_name = read.Text();
  live.grant.project_name = read.Text();
  live.grant.role = read.Text();
  live.grant.user_id = live.token.user_id;
  live.grant.project_id = live.token.project_id;
  return live;
}

absl::Status DeleteToken(Txn& txn, std::string_view digest) {
  return ChangeAny(txn, "DELETE FROM auth_token WHERE digest = ?", {TextValue(digest)});
}

absl::Status DeleteTokensOf(Txn& txn, std::string_view user_id) {
  return ChangeAny(txn, "DELETE FROM auth_token WHERE user_id = ?", {TextValue(user_id)});
}

}  // namespace gregale::store
