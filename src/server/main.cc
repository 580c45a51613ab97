// gregale-server: the REST and gRPC interfaces over the store. Keeps no state of its own.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret_box.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "rpc/server.h"
#include "server/authentication.h"
#include "server/grpc_edge.h"
#include "server/http_server.h"
#include "server/local_name.h"
#include "server/mistral/mistral_error.h"
#include "server/rest_api.h"
#include "server/tacker_error.h"
#include "server/template_cache.h"
#include "server/vim_handlers.h"
#include "store/store.h"

namespace gregale::server {
namespace {

struct Flags {
  std::string store;
  std::string secret_key_file;
  std::string rest = "127.0.0.1:9890";
  std::string grpc = "127.0.0.1:9891";
  std::string mistral;
  bool default_local_vim = false;
  bool insecure_bind = false;
  Authentication::Options auth;
  base::LogLevel log_level = base::LogLevel::kInfo;
  rpc::TransportFlags transport;
};

void Declare(CLI::App& app, Flags& flags) {
  static const std::map<std::string, base::LogLevel> kLevels = {
      {"debug", base::LogLevel::kDebug},
      {"info", base::LogLevel::kInfo},
      {"warning", base::LogLevel::kWarning},
      {"error", base::LogLevel::kError}};
  static const std::map<std::string, Authentication::Mode> kModes = {
      {"accounts", Authentication::Mode::kAccounts},
      {"keystone", Authentication::Mode::kKeystone},
      {"noauth", Authentication::Mode::kNone}};
  app.add_option("--store", flags.store,
                 "Where the state is: sqlite:///absolute/path or postgresql://USER@HOST/DATABASE")
      ->required();
  app.add_option("--secret-key-file", flags.secret_key_file,
                 "The key that seals the VIMs' secrets; made where there is none")
      ->required();
  app.add_option("--rest", flags.rest, "HOST:PORT of the REST API")->capture_default_str();
  app.add_option("--grpc", flags.grpc, "HOST:PORT of the gRPC services")->capture_default_str();
  rpc::AddTransportFlags(app, flags.transport);
  app.add_option("--mistral", flags.mistral,
                 "HOST:PORT where only Mistral's API is, 127.0.0.1:8989 for its clients' default; "
                 "it is below /v2 of --rest, too");
  app.add_flag("--default-local-vim", flags.default_local_vim,
               "Register this machine as the default VIM where there is none");
  app.add_flag("--insecure-bind", flags.insecure_bind,
               "With --auth noauth: serve addresses that other machines reach all the same");
  app.add_option("--auth", flags.auth.mode,
                 "Who may ask: users of this store (accounts) or of another Keystone (keystone), "
                 "and tokens of --token-file; or everybody (noauth)")
      ->transform(CLI::CheckedTransformer(kModes).description(""))
      ->default_str("accounts");
  app.add_option("--token-file", flags.auth.token_file,
                 "Lines TOKEN PROJECT ROLE, mode 0600; read again when it changes");
  app.add_option("--keystone-url", flags.auth.keystone_url,
                 "The other Keystone: http://keystone:5000/v3");
  app.add_option("--public-url", flags.auth.public_url,
                 "What clients are told to call, https://nfv.example.org; else what they called");
  app.add_option("--log-level", flags.log_level, "debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(kLevels, CLI::ignore_case).description(""))
      ->default_str("info");
  app.footer(
      "Example:\n  gregale-server --store sqlite:///var/lib/gregale/gregale.db "
      "--secret-key-file /var/lib/gregale/secret.key --default-local-vim");
}

bool IsOpenToAll(const Flags& flags) { return flags.auth.mode == Authentication::Mode::kNone; }

// With noauth whoever reaches the port may do anything: so nobody but this machine may reach it,
// unless that is what is wanted.
absl::Status CheckBind(std::string_view flag, const std::string& address, const Flags& flags) {
  GREGALE_ASSIGN_OR_RETURN(const HostPort parsed, ParseHostPort(address));
  if (!IsOpenToAll(flags) || flags.insecure_bind || IsLoopback(parsed.host)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      base::Cat(flag, " ", address, " can be reached from other machines, and --auth noauth lets ",
                "all of them in: bind to 127.0.0.1, or say --insecure-bind"));
}

// Each connection is a descriptor; the usual limit of 1,024 is less than we take.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = 4 * base::kHttpConnectionsMax;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, wanted));
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) base::LogWarning("cannot raise the descriptor limit");
}

absl::Status Serve(const Flags& flags, base::ShutdownSignal& shutdown) {
  GREGALE_RETURN_IF_ERROR(CheckBind("--rest", flags.rest, flags));
  GREGALE_RETURN_IF_ERROR(CheckBind("--grpc", flags.grpc, flags));
  if (!flags.mistral.empty()) {
    GREGALE_RETURN_IF_ERROR(CheckBind("--mistral", flags.mistral, flags));
  }
  const base::SystemClock clock;
  base::SystemRandom random;
  GREGALE_ASSIGN_OR_RETURN(const base::SecretBox secrets,
                           base::SecretBox::FromKeyFile(flags.secret_key_file));
  GREGALE_ASSIGN_OR_RETURN(const std::unique_ptr<store::Store> store,
                           store::Store::Open(flags.store, clock));
  GREGALE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Authentication> authentication,
      Authentication::Create(flags.auth, {.store = *store, .random = random, .clock = clock}));
  TemplateCache templates;
  HandlerContext handlers = {.random = random,
                             .secrets = secrets,
                             .templates = templates,
                             .public_url = flags.auth.public_url};
  if (flags.default_local_vim) {
    const Caller admin = {.tenant_id = std::string(kAdminProject), .is_admin = true};
    GREGALE_RETURN_IF_ERROR(
        store->Write([&](store::Txn& txn) { return EnsureDefaultLocalVim(txn, admin, handlers); }));
  }

  RestApi api(
      {.tacker = {.store = *store,
                  .handlers = handlers,
                  .authenticator = authentication->authenticator(),
                  .identity = authentication->identity(),
                  .hosts = IsOpenToAll(flags) && !flags.insecure_bind ? HostPolicy::kLocalNamesOnly
                                                                      : HostPolicy::kAny},
       .only_project = IsOpenToAll(flags) ? kMistralProject : ""});
  if (handlers.public_url.empty()) handlers.public_url = base::Cat("http://", flags.rest);
  GrpcEdge edge(
      {.store = *store, .handlers = handlers, .authenticator = authentication->authenticator()});
  std::vector<grpc::Service*> services = edge.services();
  if (AccountEdge* accounts = authentication->account_edge())
    services.push_back(accounts->service());
  GREGALE_ASSIGN_OR_RETURN(rpc::Transport transport,
                           rpc::ChooseTransport(flags.transport, {flags.grpc}));
  GREGALE_ASSIGN_OR_RETURN(const std::unique_ptr<rpc::Server> grpc,
                           rpc::Server::Start({.address = flags.grpc,
                                               .services = std::move(services),
                                               .transport = std::move(transport)}));
  GREGALE_ASSIGN_OR_RETURN(
      const std::unique_ptr<HttpServer> rest,
      HttpServer::Start({.address = flags.rest,
                         .handle = [&](const HttpRequest& r) { return api.Handle(r); },
                         .refuse = TackerError},
                        clock));
  std::unique_ptr<HttpServer> mistral;
  if (!flags.mistral.empty()) {
    GREGALE_ASSIGN_OR_RETURN(
        mistral,
        HttpServer::Start(
            {.address = flags.mistral,
             .handle = [&](const HttpRequest& r) { return api.HandleMistral(r); },
             .refuse = [](const absl::Status& s) { return MistralError(s, BodyKind::kJson); }},
            clock));
  }
  base::LogInfo("serving",
                {{"rest_port", base::Cat(rest->port())},
                 {"grpc_port", base::Cat(grpc->port())},
                 {"mistral_port", mistral == nullptr ? "none" : base::Cat(mistral->port())}});
  shutdown.Wait();
  base::LogInfo("stopping");
  edge.EndWatches();
  return absl::OkStatus();
}

}  // namespace
}  // namespace gregale::server

int main(int argc, char** argv) {
  gregale::base::ShutdownSignal shutdown;
  CLI::App app("Gregale's REST and gRPC server.", "gregale-server");
  gregale::server::Flags flags;
  gregale::server::Declare(app, flags);
  CLI11_PARSE(app, argc, argv);
  gregale::base::InitLog("server", flags.log_level);
  gregale::server::RaiseDescriptorLimit();
  const absl::Status status = gregale::server::Serve(flags, shutdown);
  if (status.ok()) return 0;
  std::fprintf(stderr, "gregale-server: %s\n", std::string(status.message()).c_str());
  return 1;
}
