#include "cli/up_plan.h"

#include <utility>

#include "base/text.h"
#include "cli/admin_token.h"

namespace gregale::cli {
namespace {

std::string Loopback(uint16_t port) { return base::Cat("127.0.0.1:", static_cast<int>(port)); }

// The arguments of `name`, with those that every program takes.
std::vector<std::string> Arguments(const UpOptions& options, const std::string& name,
                                   std::vector<std::string> own) {
  std::vector<std::string> argv = {options.program_directory + "/gregale-" + name};
  argv.insert(argv.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  argv.insert(argv.end(), {"--log-level", options.log_level});
  return argv;
}

}  // namespace

UpPlan PlanUp(const UpOptions& options) {
  const std::string& directory = options.directory;
  const std::string store = base::Cat("sqlite://", directory, "/gregale.db");
  const std::string key = directory + "/secret.key";
  const std::string server = Loopback(options.server_port);
  const std::string conductor = Loopback(options.conductor_port);
  const std::string executor = Loopback(options.executor_port);
  const std::string rest = Loopback(options.rest_port);

  UpPlan plan;
  plan.state.version = GREGALE_VERSION;
  plan.state.rest = rest;
  const auto add = [&](const std::string& name, const std::string& address, absl::Duration grace,
                       std::vector<std::string> own) {
    plan.programs.push_back({.name = "gregale-" + name,
                             .argv = Arguments(options, name, std::move(own)),
                             .log_path = base::Cat(directory, "/log/gregale-", name, ".log"),
                             .grace = grace});
    plan.state.processes.push_back({.name = name, .address = address});
  };
  // The conductor is the last to go: it hears from the executor that its monitors have ended.
  add("executor", executor, absl::Seconds(3),
      {"--grpc", executor, "--advertise", executor, "--id", "executor-1", "--conductors",
       conductor});
  std::vector<std::string> server_flags = {
      "--store", store,  "--secret-key-file",   key,      "--rest",    rest,
      "--grpc",  server, "--default-local-vim", "--auth", options.auth};
  if (options.auth == "accounts") {
    server_flags.insert(server_flags.end(), {"--token-file", AdminTokenPath(directory)});
  }
  add("server", server, absl::Seconds(3), std::move(server_flags));
  add("conductor", conductor, absl::Seconds(5),
      {"--store", store, "--secret-key-file", key, "--grpc", conductor, "--id", "conductor-1",
       "--lease", base::Cat(options.lease_seconds), "--local-vim-dir", directory + "/vim",
       // Who may onboard a descriptor here may use this machine's network anyway.
       "--notify-allow", "http://,https://"});
  plan.teardown = plan.programs.back().argv;
  plan.teardown.push_back("--teardown-local-vim");
  plan.teardown_log = plan.programs.back().log_path;
  return plan;
}

}  // namespace gregale::cli
