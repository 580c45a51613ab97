#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "server/caller.h"
#include "store/account_table.h"
#include "store/store.h"

// What admins can ask of accounts; AdminRequired for everybody else. Each runs in the caller's
// transaction, which it leaves to be rolled back on error. Users and projects are named by id or
// name.
namespace gregale::server {

struct UserWithGrants {
  store::Account account;
  std::vector<store::Grant> grants;
};

struct NewUser {
  std::string name;
  std::string password_hash;
  std::string project;
  std::string role;  // "": member
};
absl::StatusOr<UserWithGrants> CreateUser(store::Txn& txn, const Caller& caller,
                                          const NewUser& request, base::Random& random);
// Those after the name `after`.
absl::StatusOr<std::vector<UserWithGrants>> ListUsers(store::Txn& txn, const Caller& caller,
                                                      std::string_view after);
absl::Status DeleteUser(store::Txn& txn, const Caller& caller, std::string_view user);
// Ends the user's tokens.
absl::Status SetPassword(store::Txn& txn, const Caller& caller, std::string_view user,
                         std::string_view password_hash);

absl::StatusOr<store::Project> CreateProject(store::Txn& txn, const Caller& caller,
                                             std::string_view name, base::Random& random);
absl::StatusOr<std::vector<store::Project>> ListProjects(store::Txn& txn, const Caller& caller,
                                                         std::string_view after);
// Refused while it owns something, and always for the admin project.
absl::Status DeleteProject(store::Txn& txn, const Caller& caller, std::string_view project);
// Makes sure that there is the admin project.
absl::Status EnsureAdminProject(store::Txn& txn);

struct RoleChange {
  std::string user;
  std::string project;
  std::string role;  // "": member
};
absl::StatusOr<UserWithGrants> GrantRole(store::Txn& txn, const Caller& caller,
                                         const RoleChange& change);
// `role` does not count.
absl::StatusOr<UserWithGrants> RevokeRole(store::Txn& txn, const Caller& caller,
                                          const RoleChange& change);

// kInvalidArgument: a password that is too short or too long.
absl::Status CheckPassword(std::string_view password);

}  // namespace gregale::server
