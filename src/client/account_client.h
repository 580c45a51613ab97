#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/channel.h"
#include "gregale/v1/account_service.pb.h"

namespace gregale::client {

// Users and projects, for admins. Talks to servers that keep accounts.
// protos/gregale/v1/account_service.proto says what each call does and which errors it has. Copies
// share the connection. Thread-safe.
class AccountClient {
 public:
  explicit AccountClient(Channel channel);

  absl::StatusOr<v1::User> CreateUser(const v1::CreateUserRequest& request) const;
  absl::StatusOr<v1::ListUsersResponse> ListUsers(const v1::ListUsersRequest& request) const;
  absl::StatusOr<v1::DeleteUserResponse> DeleteUser(const v1::DeleteUserRequest& request) const;
  absl::StatusOr<v1::SetPasswordResponse> SetPassword(const v1::SetPasswordRequest& request) const;
  absl::StatusOr<v1::Project> CreateProject(const v1::CreateProjectRequest& request) const;
  absl::StatusOr<v1::ListProjectsResponse> ListProjects(
      const v1::ListProjectsRequest& request) const;
  absl::StatusOr<v1::DeleteProjectResponse> DeleteProject(
      const v1::DeleteProjectRequest& request) const;
  absl::StatusOr<v1::User> GrantRole(const v1::GrantRoleRequest& request) const;
  absl::StatusOr<v1::User> RevokeRole(const v1::RevokeRoleRequest& request) const;

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace gregale::client
