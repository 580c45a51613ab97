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
  struct Ports {
    const char* option;
    uint16_t first;
    int count;
  };
  for (const auto& [option, first, count] :
       {Ports{"--rest-port", options.rest_port, options.servers},
        Ports{"--server-port", options.server_port, options.servers},
        Ports{"--conductor-port", options.conductor_port, options.conductors},
        Ports{"--executor-port", options.executor_port, options.executors},
        Ports{"--mistral-port", options.mistral_port,
              options.mistral_port == 0 ? 0 : options.servers}}) {
    for (int i = 0; i < count; ++i) {
      const absl::Status free = CheckPortFree(UpPort(first, i));
      if (!free.ok()) {
        return absl::AlreadyExistsError(
            base::Cat(std::string(free.message()), "; choose another with ", option));
      }
    }
  }
  return absl::OkStatus();
}

void PrintAddresses(const UpPlan& plan, const UpOptions& options, std::ostream& out) {
  const auto print = [&](const std::string& what, const std::string& where) {
    out << what << std::string(what.size() < 14 ? 14 - what.size() : 1, ' ') << where << "\n";
  };
  for (const UpState::Process& process : plan.state.processes) {
    if (!process.rest.empty()) print("REST", "http://" + process.rest);
  }
  for (int i = 0; options.mistral_port != 0 && i < options.servers; ++i) {
    print("Mistral", base::Cat("http://127.0.0.1:", UpPort(options.mistral_port, i), "/v2"));
  }
  for (auto process = plan.state.processes.rbegin(); process != plan.state.processes.rend();
       ++process) {
    print(process->name, process->address + "  (gRPC)");
  }
  print("data", options.directory);
  out << std::flush;
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
  if (!options.check_directory.empty()) {
    options.check_directory = std::filesystem::absolute(options.check_directory).string();
  }
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
      "up", "Run servers, conductors and executors on this machine until Ctrl-C");
  const auto port = [up](const char* name, uint16_t& value, const char* what) {
    up->add_option(name, value, what)->check(CLI::Range(1, 65535))->capture_default_str();
  };
  port("--rest-port", options->rest_port, "the server's REST API");
  port("--server-port", options->server_port, "the server's gRPC");
  port("--conductor-port", options->conductor_port, "the conductor's gRPC");
  port("--executor-port", options->executor_port, "the executor's gRPC");
  up->add_option("--mistral-port", options->mistral_port,
                 "Mistral's API alone, which is below /v2 of the REST API, too; 0: not alone")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  const auto count = [up](const char* name, int& value, const char* what) {
    up->add_option(name, value, what)->check(CLI::Range(1, kUpProcessesMax))->capture_default_str();
  };
  count("--servers", options->servers, "how many servers; the ports of each are 10 above the last");
  count("--conductors", options->conductors, "how many conductors, likewise");
  count("--executors", options->executors, "how many executors, likewise");
  up->add_option("--store", options->store,
                 "URL of the store (postgresql://...); default: SQLite in the directory");
  up->add_option("--check-dir", options->check_directory,
                 "directory of the programs that policies of the driver exec may run (with any "
                 "arguments,\nas this user); none: no program is run")
      ->check(CLI::ExistingDirectory);
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
      "  gregale up --executors 2 --check-dir /usr/lib/nagios/plugins\n"
      "  gregale up --store postgresql://gregale@db.example/gregale --conductors 2\n"
      "  gregale up --auth accounts           then: gregale user add ...\n"
      "  gregale up --rest-port 8890 --server-port 8891 --conductor-port 8892 --executor-port "
      "8893 --mistral-port 8894");
  up->callback([&chosen, options] {
    chosen = [options](const Context& context) { return RunUp(context, *options); };
  });
}

}  // namespace gregale::cli
