#include <algorithm>
#include <ostream>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/data_directory.h"
#include "cli/endpoints.h"
#include "cli/readiness.h"
#include "client/registry_client.h"

namespace gregale::cli {
namespace {

constexpr absl::Duration kAnswerTimeMax = absl::Seconds(2);

client::ChannelOptions ShortChannelTo(const Settings& settings, const std::string& address) {
  client::ChannelOptions options = ChannelTo(settings, address);
  options.timeout = kAnswerTimeMax;
  return options;
}

std::string HealthOf(const Settings& settings, const std::string& address) {
  const client::Channel channel(ShortChannelTo(settings, address));
  const absl::Status health = channel.CheckHealth();
  return health.ok() ? "serving" : base::Cat("not serving: ", std::string(health.message()));
}

// The processes whose addresses are given, else those of `gregale up`.
absl::StatusOr<UpState> ProcessesToShow(const Settings& settings) {
  UpState given;
  if (!settings.server.empty()) {
    given.processes.push_back({.name = "server", .address = settings.server});
  }
  if (!settings.conductor.empty()) {
    given.processes.push_back({.name = "conductor", .address = settings.conductor});
  }
  if (!given.processes.empty()) return given;
  return ReadRunningState(DataDirectory(settings.dir));
}

// Adds a row per process; returns whether all of them serve.
bool AddProcesses(const Settings& settings, const UpState& state, Table& table) {
  const base::Json version = state.version.empty() ? base::Json() : base::Json(state.version);
  bool well = true;
  const auto add = [&](const std::string& name, const std::string& address, pid_t pid,
                       const std::string& health) {
    well = well && health == "serving";
    table.Add({name, address, health, version, pid == 0 ? base::Json() : base::Json(pid)});
  };
  for (const UpState::Process& process : state.processes) {
    add(process.name, process.address, process.pid, HealthOf(settings, process.address));
    if (process.rest.empty()) continue;
    const absl::Status ready = CheckHttpReady(process.rest, kAnswerTimeMax);
    add(process.name + " REST", process.rest, process.pid,
        ready.ok() ? "serving" : base::Cat("not serving: ", std::string(ready.message())));
  }
  return well;
}

void AddExecutors(const Settings& settings, const UpState& state, absl::Time now, Table& table) {
  const auto conductor = std::ranges::find(state.processes, "conductor", &UpState::Process::name);
  if (conductor == state.processes.end()) return;
  const auto address = ConductorAddress(settings);
  if (!address.ok()) return;
  const client::RegistryClient registry(ShortChannelTo(settings, *address));
  const auto executors = registry.ListExecutors(v1::ListExecutorsRequest());
  if (!executors.ok()) return;  // its health has been told
  for (const v1::Executor& executor : executors->executors()) {
    const absl::Duration left = absl::FromUnixSeconds(executor.lease_until().seconds()) +
                                absl::Nanoseconds(executor.lease_until().nanos()) - now;
    table.Add(
        {executor.executor_id(), executor.address(),
         executor.alive()
             ? base::Cat(executor.unreachable() ? "unreachable, "
                         : executor.draining()  ? "draining, "
                                                : "alive, ",
                         absl::FormatDuration(absl::Trunc(left, absl::Milliseconds(100))), " left")
             : std::string("lost"),
         executor.placed(), executor.capacity(), Shown(executor.conductor_id()),
         executor.version()});
  }
}

absl::Status RunStatus(const Context& context) {
  GREGALE_ASSIGN_OR_RETURN(const UpState state, ProcessesToShow(context.settings));
  Table processes({{"process", "PROCESS"},
                   {"address", "ADDRESS"},
                   {"health", "HEALTH"},
                   {"version", "VERSION"},
                   {"pid", "PID"}});
  const bool well = AddProcesses(context.settings, state, processes);
  Table executors({{"executor", "EXECUTOR"},
                   {"address", "ADDRESS"},
                   {"lease", "LEASE"},
                   {"monitors", "MONITORS"},
                   {"capacity", "CAPACITY"},
                   {"session", "SESSION"},
                   {"version", "VERSION"}});
  AddExecutors(context.settings, state, context.clock.Wall(), executors);
  if (context.settings.format == Format::kJson) {
    const base::Json both = {{"processes", processes.Json()}, {"executors", executors.Json()}};
    context.out << base::DumpJson(both) << std::endl;
  } else {
    context.out << processes.Text() << "\n" << executors.Text() << std::flush;
  }
  return well ? absl::OkStatus() : absl::UnavailableError("not every process serves");
}

}  // namespace

void AddStatusCommand(CLI::App& program, Command& chosen) {
  CLI::App* status = program.add_subcommand(
      "status", "Each process: address, health, version, pid; and the executors' leases");
  status->footer(
      "Exit status 0 only if every process serves.\n"
      "Examples:\n"
      "  gregale status\n"
      "  gregale --server 10.0.0.5:9891 --conductor 10.0.0.6:9892 status");
  status->callback([&chosen] { chosen = RunStatus; });
}

}  // namespace gregale::cli
