#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "cli/password_input.h"
#include "client/account_client.h"

namespace gregale::cli {
namespace {

// What the commands are given; each uses some of it.
struct AccountArguments {
  std::string user;
  std::string project;
  std::string role = "member";
};

// A server that keeps no accounts does not know the service.
absl::Status Explained(const ServerConnection& server, const absl::Status& error) {
  if (error.code() == absl::StatusCode::kUnimplemented) {
    return absl::FailedPreconditionError(
        "this server keeps no accounts: start it with --auth accounts");
  }
  return server.Explain(error);
}

// "acme (member), lab (admin)".
std::string ShownGrants(const v1::User& user) {
  std::vector<std::string> shown;
  for (const v1::User::Grant& grant : user.grants()) {
    shown.push_back(base::Cat(grant.project_name(), " (", grant.role(), ")"));
  }
  return base::Join(shown, ", ");
}

// Asks for one page after the other.
template <class Request, class List, class Take>
absl::Status ForEachPage(const ServerConnection& server, List list, const Take& take) {
  const client::AccountClient accounts(server.channel());
  Request request;
  do {
    const auto page = (accounts.*list)(request);
    if (!page.ok()) return Explained(server, page.status());
    take(*page);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

Table UserTable() { return Table({{"id", "ID"}, {"name", "NAME"}, {"grants", "PROJECTS"}}); }

void AddUser(Table& table, const v1::User& user) {
  table.Add({user.id(), user.name(), ShownGrants(user)});
}

absl::Status PrintUser(const Context& context, const ServerConnection& server,
                       const absl::StatusOr<v1::User>& user) {
  if (!user.ok()) return Explained(server, user.status());
  Table table = UserTable();
  AddUser(table, *user);
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunUserAdd(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::CreateUserRequest request;
  request.set_name(arguments.user);
  request.set_project(arguments.project);
  request.set_role(arguments.role);
  GREGALE_ASSIGN_OR_RETURN(*request.mutable_password(), AskPassword(context.err));
  return PrintUser(context, server, client::AccountClient(server.channel()).CreateUser(request));
}

absl::Status RunUserList(const Context& context, const AccountArguments&) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  Table table = UserTable();
  GREGALE_RETURN_IF_ERROR(ForEachPage<v1::ListUsersRequest>(
      server, &client::AccountClient::ListUsers, [&](const v1::ListUsersResponse& page) {
        for (const v1::User& user : page.users()) AddUser(table, user);
      }));
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunUserDelete(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::DeleteUserRequest request;
  request.set_user(arguments.user);
  const auto deleted = client::AccountClient(server.channel()).DeleteUser(request);
  return deleted.ok() ? absl::OkStatus() : Explained(server, deleted.status());
}

absl::Status RunUserPasswd(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::SetPasswordRequest request;
  request.set_user(arguments.user);
  GREGALE_ASSIGN_OR_RETURN(*request.mutable_password(), AskPassword(context.err));
  const auto set = client::AccountClient(server.channel()).SetPassword(request);
  return set.ok() ? absl::OkStatus() : Explained(server, set.status());
}

absl::Status RunGrant(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::GrantRoleRequest request;
  request.set_user(arguments.user);
  request.set_project(arguments.project);
  request.set_role(arguments.role);
  return PrintUser(context, server, client::AccountClient(server.channel()).GrantRole(request));
}

absl::Status RunRevoke(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::RevokeRoleRequest request;
  request.set_user(arguments.user);
  request.set_project(arguments.project);
  return PrintUser(context, server, client::AccountClient(server.channel()).RevokeRole(request));
}

absl::Status RunProjectAdd(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::CreateProjectRequest request;
  request.set_name(arguments.project);
  const auto project = client::AccountClient(server.channel()).CreateProject(request);
  if (!project.ok()) return Explained(server, project.status());
  Table table({{"id", "ID"}, {"name", "NAME"}});
  table.Add({project->id(), project->name()});
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunProjectList(const Context& context, const AccountArguments&) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  Table table({{"id", "ID"}, {"name", "NAME"}});
  GREGALE_RETURN_IF_ERROR(ForEachPage<v1::ListProjectsRequest>(
      server, &client::AccountClient::ListProjects, [&](const v1::ListProjectsResponse& page) {
        for (const v1::Project& project : page.projects())
          table.Add({project.id(), project.name()});
      }));
  Print(table, context.settings.format, context.out);
  return absl::OkStatus();
}

absl::Status RunProjectDelete(const Context& context, const AccountArguments& arguments) {
  GREGALE_ASSIGN_OR_RETURN(const ServerConnection server, ServerConnection::Open(context.settings));
  v1::DeleteProjectRequest request;
  request.set_project(arguments.project);
  const auto deleted = client::AccountClient(server.channel()).DeleteProject(request);
  return deleted.ok() ? absl::OkStatus() : Explained(server, deleted.status());
}

// One subcommand with its arguments.
class Subcommand {
 public:
  using Run = absl::Status (*)(const Context&, const AccountArguments&);
  Subcommand(CLI::App* parent, const char* name, const char* what, Command& chosen, Run run)
      : arguments_(std::make_shared<AccountArguments>()),
        command_(parent->add_subcommand(name, what)) {
    command_->callback([&chosen, run, arguments = arguments_] {
      chosen = [run, arguments](const Context& context) { return run(context, *arguments); };
    });
  }
  Subcommand& User() {
    command_->add_option("user", arguments_->user, "name, or id")->required()->type_name("USER");
    return *this;
  }
  Subcommand& Project() {
    command_->add_option("project", arguments_->project, "name, or id")
        ->required()
        ->type_name("PROJECT");
    return *this;
  }
  Subcommand& ProjectOption() {
    command_->add_option("--project", arguments_->project, "where the user has a role: name, or id")
        ->required()
        ->type_name("PROJECT");
    return *this;
  }
  Subcommand& RoleOption() {
    command_->add_option("--role", arguments_->role, "member, or admin (of everything)")
        ->check(CLI::IsMember({"member", "admin"}))
        ->capture_default_str();
    return *this;
  }

 private:
  std::shared_ptr<AccountArguments> arguments_;
  CLI::App* command_;
};

}  // namespace

void AddUserCommand(CLI::App& program, Command& chosen) {
  CLI::App* user = program.add_subcommand("user", "The users of a server with --auth accounts");
  user->require_subcommand(1);
  user->footer(
      "Passwords are asked for, or read from standard input.\n"
      "Examples:\n"
      "  gregale user add alice --project acme\n"
      "  gregale user add root --project admin --role admin < password-file\n"
      "  gregale user passwd alice               ends alice's tokens, too\n"
      "  gregale user list\n"
      "  gregale user delete alice");
  Subcommand(user, "add", "Add a user with a role in a project", chosen, RunUserAdd)
      .User()
      .ProjectOption()
      .RoleOption();
  Subcommand(user, "list", "Every user", chosen, RunUserList);
  Subcommand(user, "delete", "Remove a user", chosen, RunUserDelete).User();
  Subcommand(user, "passwd", "Set a user's password", chosen, RunUserPasswd).User();
}

void AddProjectCommand(CLI::App& program, Command& chosen) {
  CLI::App* project =
      program.add_subcommand("project", "The projects of a server with --auth accounts");
  project->require_subcommand(1);
  project->footer(
      "Examples:\n"
      "  gregale project add acme\n"
      "  gregale project grant acme alice --role member\n"
      "  gregale project revoke acme alice\n"
      "  gregale project list\n"
      "  gregale project delete acme             only if it owns nothing");
  Subcommand(project, "add", "Add a project", chosen, RunProjectAdd).Project();
  Subcommand(project, "list", "Every project", chosen, RunProjectList);
  Subcommand(project, "delete", "Remove a project", chosen, RunProjectDelete).Project();
  Subcommand(project, "grant", "Give a user a role in a project", chosen, RunGrant)
      .Project()
      .User()
      .RoleOption();
  Subcommand(project, "revoke", "Take a user's role in a project away", chosen, RunRevoke)
      .Project()
      .User();
}

}  // namespace gregale::cli
