#include "server/account_edge.h"

#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "gregale/v1/account_service.grpc.pb.h"
#include "rpc/status.h"
#include "server/account_handlers.h"
#include "server/errors.h"
#include "server/grpc_caller.h"
#include "server/transaction.h"

namespace gregale::server {
namespace {

using grpc::ServerContext;
using grpc::Status;

void SetTime(absl::Time time, google::protobuf::Timestamp& message) {
  message.set_seconds(absl::ToUnixSeconds(time));
  message.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(message.seconds()))));
}

v1::User ToMessage(const UserWithGrants& user) {
  v1::User message;
  message.set_id(user.account.id);
  message.set_name(user.account.name);
  SetTime(user.account.created_at, *message.mutable_created_at());
  for (const store::Grant& grant : user.grants) {
    v1::User::Grant& shown = *message.add_grants();
    shown.set_project_id(grant.project_id);
    shown.set_project_name(grant.project_name);
    shown.set_role(grant.role);
  }
  return message;
}

v1::Project ToMessage(const store::Project& project) {
  v1::Project message;
  message.set_id(project.id);
  message.set_name(project.name);
  SetTime(project.created_at, *message.mutable_created_at());
  return message;
}

}  // namespace

class AccountEdge::Service : public v1::AccountService::Service {
 public:
  explicit Service(const Options& options) : options_(options) {}

  Status CreateUser(ServerContext* call, const v1::CreateUserRequest* request,
                    v1::User* reply) override {
    NewUser user = {
        .name = request->name(), .project = request->project(), .role = request->role()};
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    absl::StatusOr<std::string> hash = Hash(request->password());
    if (!hash.ok()) return rpc::ToGrpc(hash.status());
    user.password_hash = *std::move(hash);
    return Write(reply, [&](store::Txn& txn) {
      return server::CreateUser(txn, *admin, user, options_.random);
    });
  }

  Status ListUsers(ServerContext* call, const v1::ListUsersRequest* request,
                   v1::ListUsersResponse* reply) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    const auto users = ReadFrom(options_.store, [&](store::Txn& txn) {
      return server::ListUsers(txn, *admin, request->page_token());
    });
    if (!users.ok()) return rpc::ToGrpc(users.status());
    for (const UserWithGrants& user : *users) *reply->add_users() = ToMessage(user);
    if (users->size() == base::kPageRowsMax) {
      reply->set_next_page_token(users->back().account.name);
    }
    return Status::OK;
  }

  Status DeleteUser(ServerContext* call, const v1::DeleteUserRequest* request,
                    v1::DeleteUserResponse*) override {
    return Change(*call, [&](store::Txn& txn, const Caller& admin) {
      return server::DeleteUser(txn, admin, request->user());
    });
  }

  Status SetPassword(ServerContext* call, const v1::SetPasswordRequest* request,
                     v1::SetPasswordResponse*) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    const absl::StatusOr<std::string> hash = Hash(request->password());
    if (!hash.ok()) return rpc::ToGrpc(hash.status());
    return rpc::ToGrpc(options_.store.Write(
        [&](store::Txn& txn) { return server::SetPassword(txn, *admin, request->user(), *hash); }));
  }

  Status CreateProject(ServerContext* call, const v1::CreateProjectRequest* request,
                       v1::Project* reply) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    return Write(reply, [&](store::Txn& txn) {
      return server::CreateProject(txn, *admin, request->name(), options_.random);
    });
  }

  Status ListProjects(ServerContext* call, const v1::ListProjectsRequest* request,
                      v1::ListProjectsResponse* reply) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    const auto projects = ReadFrom(options_.store, [&](store::Txn& txn) {
      return server::ListProjects(txn, *admin, request->page_token());
    });
    if (!projects.ok()) return rpc::ToGrpc(projects.status());
    for (const store::Project& project : *projects) *reply->add_projects() = ToMessage(project);
    if (projects->size() == base::kPageRowsMax) {
      reply->set_next_page_token(projects->back().name);
    }
    return Status::OK;
  }

  Status DeleteProject(ServerContext* call, const v1::DeleteProjectRequest* request,
                       v1::DeleteProjectResponse*) override {
    return Change(*call, [&](store::Txn& txn, const Caller& admin) {
      return server::DeleteProject(txn, admin, request->project());
    });
  }

  Status GrantRole(ServerContext* call, const v1::GrantRoleRequest* request,
                   v1::User* reply) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    const RoleChange change = {
        .user = request->user(), .project = request->project(), .role = request->role()};
    return Write(reply, [&](store::Txn& txn) { return server::GrantRole(txn, *admin, change); });
  }

  Status RevokeRole(ServerContext* call, const v1::RevokeRoleRequest* request,
                    v1::User* reply) override {
    const absl::StatusOr<Caller> admin = Admin(*call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    const RoleChange change = {.user = request->user(), .project = request->project()};
    return Write(reply, [&](store::Txn& txn) { return server::RevokeRole(txn, *admin, change); });
  }

 private:
  // The caller, if it is an admin: before a password is hashed for it.
  absl::StatusOr<Caller> Admin(const ServerContext& call) {
    absl::StatusOr<Caller> caller = CallerOf(call, options_.authenticator);
    if (caller.ok() && !caller->is_admin) return AdminRequired();
    return caller;
  }

  // Before the transaction: it takes long.
  absl::StatusOr<std::string> Hash(const std::string& password) {
    GREGALE_RETURN_IF_ERROR(CheckPassword(password));
    return options_.passwords.Hash(password);
  }

  template <class Body>
  Status Change(const ServerContext& call, const Body& body) {
    const absl::StatusOr<Caller> admin = Admin(call);
    if (!admin.ok()) return rpc::ToGrpc(admin.status());
    return rpc::ToGrpc(options_.store.Write([&](store::Txn& txn) { return body(txn, *admin); }));
  }

  // Runs `body` (Txn& -> StatusOr) and converts what it returns.
  template <class Message, class Body>
  Status Write(Message* reply, const Body& body) {
    const auto row = WriteTo(options_.store, body);
    if (!row.ok()) return rpc::ToGrpc(row.status());
    *reply = ToMessage(*row);
    return Status::OK;
  }

  const Options options_;
};

AccountEdge::AccountEdge(const Options& options) : service_(std::make_unique<Service>(options)) {}
AccountEdge::~AccountEdge() = default;

grpc::Service* AccountEdge::service() { return service_.get(); }

}  // namespace gregale::server
