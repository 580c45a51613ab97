#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/store.h"

// Users, projects, and who may do what where. Lists come in order of name, at most kPageRowsMax
// after the name `after`.
namespace gregale::store {

struct Account {
  std::string id;
  std::string name;           // unique
  std::string password_hash;  // never leaves the process
  absl::Time created_at;
};

struct Project {
  std::string id;    // what other rows call tenant_id
  std::string name;  // unique
  absl::Time created_at;
};

// An account's role in a project: at most one.
struct Grant {
  std::string user_id;
  std::string project_id;
  std::string project_name;  // read, not written
  std::string role;          // "admin", "member"
};

// kAlreadyExists: the name is taken.
absl::Status InsertAccount(Txn& txn, const Account& account);
// kNotFound.
absl::StatusOr<Account> GetAccount(Txn& txn, std::string_view id);
absl::StatusOr<Account> GetAccountByName(Txn& txn, std::string_view name);
absl::StatusOr<std::vector<Account>> ListAccounts(Txn& txn, std::string_view after);
// kNotFound.
absl::Status SetPasswordHash(Txn& txn, std::string_view id, std::string_view password_hash);
// With its grants and tokens. kNotFound.
absl::Status DeleteAccount(Txn& txn, std::string_view id);

// kAlreadyExists: the id or the name is taken.
absl::Status InsertProject(Txn& txn, const Project& project);
// kNotFound.
absl::StatusOr<Project> GetProject(Txn& txn, std::string_view id);
absl::StatusOr<Project> GetProjectByName(Txn& txn, std::string_view name);
absl::StatusOr<std::vector<Project>> ListProjects(Txn& txn, std::string_view after);
// With the grants in it and the tokens for it; what it owns stays. kNotFound.
absl::Status DeleteProject(Txn& txn, std::string_view id);

// Replaces the account's role in the project.
absl::Status PutGrant(Txn& txn, const Grant& grant);
// The oldest first.
absl::StatusOr<std::vector<Grant>> ListGrants(Txn& txn, std::string_view user_id);
// kNotFound.
absl::StatusOr<Grant> GetGrant(Txn& txn, std::string_view user_id, std::string_view project_id);
// kNotFound.
absl::Status DeleteGrant(Txn& txn, std::string_view user_id, std::string_view project_id);

}  // namespace gregale::store
