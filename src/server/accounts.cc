#include "server/accounts.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/token.h"
#include "server/transaction.h"

namespace gregale::server {
namespace {

// "Not found" is no answer to who wants to log in.
absl::Status Hidden(const absl::Status& status) {
  return absl::IsNotFound(status) ? NotAuthenticated() : status;
}

absl::StatusOr<store::Account> FindAccount(store::Txn& txn, const Accounts::Login& login) {
  return login.user_id.empty() ? store::GetAccountByName(txn, login.user_name)
                               : store::GetAccount(txn, login.user_id);
}

// The user's role in the project of the scope. kNotFound.
absl::StatusOr<store::Grant> GrantFor(store::Txn& txn, const std::string& user_id,
                                      const Accounts::Scope& scope) {
  if (!scope.project_id.empty()) return store::GetGrant(txn, user_id, scope.project_id);
  if (!scope.project_name.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const store::Project project,
                             store::GetProjectByName(txn, scope.project_name));
    return store::GetGrant(txn, user_id, project.id);
  }
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Grant> grants, store::ListGrants(txn, user_id));
  if (grants.empty()) return absl::NotFoundError("no project");
  return std::move(grants.front());
}

}  // namespace

bool IsAdminRole(std::string_view role) { return role == "admin"; }

// Who has proved to be whom.
struct Accounts::Claim {
  std::string user_id;
  std::string password_hash;  // as it was verified; "": not by the password
  std::string method;
  absl::Time expires_at = absl::InfiniteFuture();  // not later
  Scope scope;
};

absl::StatusOr<Caller> Accounts::Authenticate(std::string_view token) {
  const absl::StatusOr<store::LiveToken> live = Find(token);
  if (!live.ok()) return Hidden(live.status());
  return Caller{.tenant_id = live->grant.project_id,
                .is_admin = IsAdminRole(live->grant.role),
                .user_id = live->token.user_id};
}

absl::StatusOr<store::LiveToken> Accounts::Find(std::string_view token) {
  const absl::Status none = absl::NotFoundError("no token");
  if (token.empty() || token.size() > base::kTokenBytesMax) return none;
  const std::string digest = base::TokenDigest(token);
  return ReadFrom(options_.store,
                  [&](store::Txn& txn) { return store::GetLiveToken(txn, digest); });
}

absl::StatusOr<Accounts::Issued> Accounts::LogIn(const Login& login) {
  if (login.password.size() > base::kPasswordBytesMax) return NotAuthenticated();
  const std::string& who = login.user_id.empty() ? login.user_name : login.user_id;
  GREGALE_RETURN_IF_ERROR(options_.limiter.Begin(who, login.address));
  const absl::StatusOr<store::Account> account =
      ReadFrom(options_.store, [&](store::Txn& txn) { return FindAccount(txn, login); });
  if (!account.ok() && !absl::IsNotFound(account.status())) return account.status();
  // Also where there is no such user: it must take as long.
  const std::string hash = account.ok() ? account->password_hash : "";
  GREGALE_ASSIGN_OR_RETURN(const bool right, options_.passwords.Verify(login.password, hash));
  if (!right) return NotAuthenticated();
  options_.limiter.Succeeded(who, login.address);
  return Issue(
      {.user_id = account->id, .password_hash = hash, .method = "password", .scope = login.scope});
}

absl::StatusOr<Accounts::Issued> Accounts::Exchange(std::string_view token, const Scope& scope) {
  const absl::StatusOr<store::LiveToken> live = Find(token);
  if (!live.ok()) return Hidden(live.status());
  Scope wanted = scope;
  if (scope.project_id.empty() && scope.project_name.empty()) {
    wanted.project_id = live->grant.project_id;
  }
  return Issue({.user_id = live->token.user_id,
                .method = "token",
                .expires_at = live->token.expires_at,
                .scope = std::move(wanted)});
}

absl::StatusOr<Accounts::Issued> Accounts::Issue(const Claim& claim) {
  Issued issued = {.token = base::NewToken(options_.random)};
  const std::string digest = base::TokenDigest(issued.token);
  absl::StatusOr<store::LiveToken> live =
      WriteTo(options_.store, [&](store::Txn& txn) -> absl::StatusOr<store::LiveToken> {
        GREGALE_ASSIGN_OR_RETURN(const store::Account account,
                                 store::GetAccount(txn, claim.user_id));
        // The password may have been changed while its hash was being computed.
        if (!claim.password_hash.empty() && claim.password_hash != account.password_hash) {
          return NotAuthenticated();
        }
        GREGALE_ASSIGN_OR_RETURN(const store::Grant grant,
                                 GrantFor(txn, claim.user_id, claim.scope));
        const absl::Time expires_at =
            std::min(claim.expires_at, txn.now() + options_.token_lifetime);
        GREGALE_RETURN_IF_ERROR(store::InsertToken(txn, {.digest = digest,
                                                         .user_id = claim.user_id,
                                                         .project_id = grant.project_id,
                                                         .method = claim.method,
                                                         .issued_at = txn.now(),
                                                         .expires_at = expires_at}));
        return store::GetLiveToken(txn, digest);
      });
  if (!live.ok()) return Hidden(live.status());
  issued.live = *std::move(live);
  return issued;
}

absl::Status Accounts::Revoke(std::string_view token) {
  const std::string digest = base::TokenDigest(token);
  return options_.store.Write([&](store::Txn& txn) { return store::DeleteToken(txn, digest); });
}

}  // namespace gregale::server
