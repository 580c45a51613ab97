#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/random.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "cli/admin_token.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/readiness.h"
#include "cli/up_plan.h"
#include "cli/up_session.h"

namespace gregale::cli {
namespace {

absl::StatusOr<std::string> OwnDirectory() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(base::Cat("/proc/self/exe: ", error.message()));
  return path.parent_path().string();
}

absl::Status CheckPorts(const UpOptions& options) {
  const std::pair<const char*, uint16_t> ports[] = {{"--rest-port", options.rest_port},
                                                    {"--server-port", options.server_port},
                                                    {"--conductor-port", options.conductor_port},
                                                    {"--executor-port", options.executor_port}};
  for (const auto& [option, port] : ports) {
    const absl::Status free = CheckPortFree(port);
    if (!free.ok()) {
      return absl::AlreadyExistsError(
          base::Cat(std::string(free.message()), "; choose another with ", option));
    }
  }
  return absl::OkStatus();
}

void PrintAddresses(const UpPlan& plan, const UpOptions& options, std::ostream& out) {
  out << "REST       http://" << plan.state.rest << "\n";
  for (auto process = plan.state.processes.rbegin(); process != plan.state.processes.rend();
       ++process) {
    out << process->name << std::string(11 - process->name.size(), ' ') << process->address
        << "  (gRPC)\n";
  }
  out << "data       " << options.directory << std::endl;
  if (geteuid() != 0) {
    out << "not root: the local VIM can make no VDUs, and ping needs "
           "net.ipv4.ping_group_range"
        << std::endl;
  }
}

absl::Status RunUp(const Context& context, UpOptions options) {
  // Before any thread is there, so that none of them takes the signals.
  base::ShutdownSignal shutdown;
  options.directory = DataDirectory(context.settings.dir);
  GREGALE_ASSIGN_OR_RETURN(options.program_directory, OwnDirectory());
  GREGALE_ASSIGN_OR_RETURN(const base::UniqueFd taken, TakeDirectory(options.directory));
  GREGALE_RETURN_IF_ERROR(CheckPorts(options));
  if (options.auth == "accounts") {
    base::SystemRandom random;
    GREGALE_RETURN_IF_ERROR(EnsureAdminToken(options.directory, random));
  }
  PrintAddresses(PlanUp(options), options, context.out);
  return UpSession(options, context.clock, shutdown, context.out).Run();
}

}  // namespace

void AddUpCommand(CLI::App& program, Command& chosen) {
  const auto options = std::make_shared<UpOptions>();
  CLI::App* up = program.add_subcommand(
      "up", "Run a server, a conductor and an executor on this machine until Ctrl-C");
  const auto port = [up](const char* name, uint16_t& value, const char* what) {
    up->add_option(name, value, what)->check(CLI::Range(1, 65535))->capture_default_str();
  };
  port("--rest-port", options->rest_port, "the server's REST API");
  port("--server-port", options->server_port, "the server's gRPC");
  port("--conductor-port", options->conductor_port, "the conductor's gRPC");
  port("--executor-port", options->executor_port, "the executor's gRPC");
  up->add_option("--lease", options->lease_seconds,
                 "seconds after which a silent executor or conductor is taken for lost")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  up->add_option("--auth", options->auth,
                 "who may ask: everybody on this machine (noauth), or users (accounts)")
      ->check(CLI::IsMember({"noauth", "accounts"}))
      ->capture_default_str();
  up->add_option("--log-level", options->log_level, "of the processes")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  up->footer(
      "Keeps everything in one directory (--dir): the store gregale.db, the key secret.key, log/.\n"
      "Restarts what dies. Stopping removes every VDU of the local VIM; VNFs that exist come back\n"
      "when it is started again. With --auth accounts, whoever may read admin.token there is an\n"
      "admin; gregale reads it by itself.\n"
      "Examples:\n"
      "  gregale up\n"
      "  gregale up --dir /tmp/try --lease 2\n"
      "  gregale up --auth accounts           then: gregale user add ...\n"
      "  gregale up --rest-port 8890 --server-port 8891 --conductor-port 8892 --executor-port "
      "8893");
  up->callback([&chosen, options] {
    chosen = [options](const Context& context) { return RunUp(context, *options); };
  });
}

}  // namespace gregale::cli
