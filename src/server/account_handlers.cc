#include "server/account_handlers.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/text_rules.h"
#include "store/token_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::server {
namespace {

absl::Status RequireAdmin(const Caller& caller) {
  return caller.is_admin ? absl::OkStatus() : AdminRequired();
}

absl::StatusOr<store::Account> FindUser(store::Txn& txn, std::string_view id_or_name) {
  absl::StatusOr<store::Account> account = store::GetAccount(txn, id_or_name);
  if (!absl::IsNotFound(account.status())) return account;
  return store::GetAccountByName(txn, id_or_name);
}

absl::StatusOr<store::Project> FindProject(store::Txn& txn, std::string_view id_or_name) {
  absl::StatusOr<store::Project> project = store::GetProject(txn, id_or_name);
  if (!absl::IsNotFound(project.status())) return project;
  return store::GetProjectByName(txn, id_or_name);
}

absl::StatusOr<std::string> CheckedRole(const std::string& role) {
  if (role.empty()) return std::string("member");
  if (role == "member" || role == "admin") return role;
  return InvalidAttribute("role", "it is neither member nor admin");
}

absl::StatusOr<UserWithGrants> WithGrants(store::Txn& txn, store::Account account) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Grant> grants, store::ListGrants(txn, account.id));
  return UserWithGrants{.account = std::move(account), .grants = std::move(grants)};
}

absl::StatusOr<bool> OwnsSomething(store::Txn& txn, const std::string& project_id) {
  const store::ListQuery first = {.tenant_id = project_id, .limit = 1};
  GREGALE_ASSIGN_OR_RETURN(const auto vnfs, store::ListVnfs(txn, first));
  GREGALE_ASSIGN_OR_RETURN(const auto vnfds, store::ListVnfds(txn, first));
  GREGALE_ASSIGN_OR_RETURN(const auto vims, store::ListVims(txn, first));
  return !vnfs.empty() || !vnfds.empty() || !vims.empty();
}

absl::Status InUse(std::string_view project, std::string_view why) {
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "ProjectInUse",
                         base::Cat("Project ", project, " ", why));
}

}  // namespace

absl::Status CheckPassword(std::string_view password) {
  if (password.size() < base::kPasswordBytesMin) {
    return InvalidAttribute("password",
                            base::Cat("it is shorter than ", base::kPasswordBytesMin, " bytes"));
  }
  if (password.size() > base::kPasswordBytesMax) {
    return InvalidAttribute("password",
                            base::Cat("it is longer than ", base::kPasswordBytesMax, " bytes"));
  }
  return absl::OkStatus();
}

absl::StatusOr<UserWithGrants> CreateUser(store::Txn& txn, const Caller& caller,
                                          const NewUser& request, base::Random& random) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_RETURN_IF_ERROR(CheckName(request.name));
  if (request.project.empty()) return RequiredAttribute("project");
  GREGALE_ASSIGN_OR_RETURN(const std::string role, CheckedRole(request.role));
  GREGALE_ASSIGN_OR_RETURN(const store::Project project, FindProject(txn, request.project));
  store::Account account = {.id = base::NewUuid(random),
                            .name = request.name,
                            .password_hash = request.password_hash,
                            .created_at = txn.now()};
  GREGALE_RETURN_IF_ERROR(store::InsertAccount(txn, account));
  GREGALE_RETURN_IF_ERROR(
      store::PutGrant(txn, {.user_id = account.id, .project_id = project.id, .role = role}));
  return WithGrants(txn, std::move(account));
}

absl::StatusOr<std::vector<UserWithGrants>> ListUsers(store::Txn& txn, const Caller& caller,
                                                      std::string_view after) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Account> accounts, store::ListAccounts(txn, after));
  std::vector<UserWithGrants> users;
  for (store::Account& account : accounts) {
    GREGALE_ASSIGN_OR_RETURN(UserWithGrants user, WithGrants(txn, std::move(account)));
    users.push_back(std::move(user));
  }
  return users;
}

absl::Status DeleteUser(store::Txn& txn, const Caller& caller, std::string_view user) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(const store::Account account, FindUser(txn, user));
  return store::DeleteAccount(txn, account.id);
}

absl::Status SetPassword(store::Txn& txn, const Caller& caller, std::string_view user,
                         std::string_view password_hash) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(const store::Account account, FindUser(txn, user));
  GREGALE_RETURN_IF_ERROR(store::SetPasswordHash(txn, account.id, password_hash));
  return store::DeleteTokensOf(txn, account.id);
}

absl::StatusOr<store::Project> CreateProject(store::Txn& txn, const Caller& caller,
                                             std::string_view name, base::Random& random) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_RETURN_IF_ERROR(CheckName(name));
  store::Project project = {
      .id = base::NewUuid(random), .name = std::string(name), .created_at = txn.now()};
  GREGALE_RETURN_IF_ERROR(store::InsertProject(txn, project));
  return project;
}

absl::StatusOr<std::vector<store::Project>> ListProjects(store::Txn& txn, const Caller& caller,
                                                         std::string_view after) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  return store::ListProjects(txn, after);
}

absl::Status DeleteProject(store::Txn& txn, const Caller& caller, std::string_view name) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(const store::Project project, FindProject(txn, name));
  if (project.id == kAdminProject) return InUse(project.name, "cannot be removed");
  GREGALE_ASSIGN_OR_RETURN(const bool is_owner, OwnsSomething(txn, project.id));
  if (is_owner) return InUse(project.name, "owns VIMs, VNFDs or VNFs");
  return store::DeleteProject(txn, project.id);
}

absl::Status EnsureAdminProject(store::Txn& txn) {
  const absl::Status present = store::GetProject(txn, kAdminProject).status();
  if (!absl::IsNotFound(present)) return present;
  return store::InsertProject(txn, {.id = std::string(kAdminProject),
                                    .name = std::string(kAdminProject),
                                    .created_at = txn.now()});
}

absl::StatusOr<UserWithGrants> GrantRole(store::Txn& txn, const Caller& caller,
                                         const RoleChange& change) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(const std::string role, CheckedRole(change.role));
  GREGALE_ASSIGN_OR_RETURN(store::Account account, FindUser(txn, change.user));
  GREGALE_ASSIGN_OR_RETURN(const store::Project project, FindProject(txn, change.project));
  GREGALE_RETURN_IF_ERROR(
      store::PutGrant(txn, {.user_id = account.id, .project_id = project.id, .role = role}));
  return WithGrants(txn, std::move(account));
}

absl::StatusOr<UserWithGrants> RevokeRole(store::Txn& txn, const Caller& caller,
                                          const RoleChange& change) {
  GREGALE_RETURN_IF_ERROR(RequireAdmin(caller));
  GREGALE_ASSIGN_OR_RETURN(store::Account account, FindUser(txn, change.user));
  GREGALE_ASSIGN_OR_RETURN(const store::Project project, FindProject(txn, change.project));
  GREGALE_RETURN_IF_ERROR(store::DeleteGrant(txn, account.id, project.id));
  return WithGrants(txn, std::move(account));
}

}  // namespace gregale::server
