#include "client/account_client.h"

#include <utility>

#include "client/call.h"
#include "gregale/v1/account_service.grpc.pb.h"

namespace gregale::client {

using Stub = v1::AccountService::Stub;

struct AccountClient::Shared : Connection<v1::AccountService> {
  using Connection::Connection;
};

AccountClient::AccountClient(Channel channel)
    : shared_(std::make_shared<Shared>(std::move(channel))) {}

absl::StatusOr<v1::User> AccountClient::CreateUser(const v1::CreateUserRequest& request) const {
  return shared_->Call(&Stub::CreateUser, request);
}

absl::StatusOr<v1::ListUsersResponse> AccountClient::ListUsers(
    const v1::ListUsersRequest& request) const {
  return shared_->Call(&Stub::ListUsers, request);
}

absl::StatusOr<v1::DeleteUserResponse> AccountClient::DeleteUser(
    const v1::DeleteUserRequest& request) const {
  return shared_->Call(&Stub::DeleteUser, request);
}

absl::StatusOr<v1::SetPasswordResponse> AccountClient::SetPassword(
    const v1::SetPasswordRequest& request) const {
  return shared_->Call(&Stub::SetPassword, request);
}

absl::StatusOr<v1::Project> AccountClient::CreateProject(
    const v1::CreateProjectRequest& request) const {
  return shared_->Call(&Stub::CreateProject, request);
}

absl::StatusOr<v1::ListProjectsResponse> AccountClient::ListProjects(
    const v1::ListProjectsRequest& request) const {
  return shared_->Call(&Stub::ListProjects, request);
}

absl::StatusOr<v1::DeleteProjectResponse> AccountClient::DeleteProject(
    const v1::DeleteProjectRequest& request) const {
  return shared_->Call(&Stub::DeleteProject, request);
}

absl::StatusOr<v1::User> AccountClient::GrantRole(const v1::GrantRoleRequest& request) const {
  return shared_->Call(&Stub::GrantRole, request);
}

absl::StatusOr<v1::User> AccountClient::RevokeRole(const v1::RevokeRoleRequest& request) const {
  return shared_->Call(&Stub::RevokeRole, request);
}

}  // namespace gregale::client
