#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/error.h"
#include "base/labels.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/random.h"
#include "base/shutdown.h"
#include "base/text.h"
#include "executor/action_runner.h"
#include "executor/action_services.h"
#include "executor/connection_prober.h"
#include "executor/dialer.h"
#include "executor/exec_prober.h"
#include "executor/grpc_edge.h"
#include "executor/icmp_prober.h"
#include "executor/local_program.h"
#include "executor/loop_load.h"
#include "executor/policy_action_client.h"
#include "executor/registry_client.h"
#include "rpc/channel.h"
#include "rpc/server.h"

namespace gregale::executor {
namespace {

// How long calls have to end.
constexpr absl::Duration kServerGrace = absl::Milliseconds(500);
// What is open beside the probes' connections: calls, transfers, check programs.
constexpr rlim_t kOtherDescriptors = 8192;

struct Flags {
  std::string grpc = "127.0.0.1:9893";
  std::string advertise;
  std::string id;
  std::vector<std::string> conductors;
  uint32_t capacity = 100'000;
  int drain_timeout = 30;  // seconds
  int nice = 5;
  base::Labels labels;
  rpc::TransportFlags transport_flags;
  rpc::Transport transport;
  std::string check_dir;
  std::string ssh_keys;
  std::vector<IpAddress> sources;
  std::string log_level = "info";
};

std::string HostName() {
  char name[256] = "executor";
  gethostname(name, sizeof name - 1);
  return std::string(name).substr(0, 64);
}

bool IsExecutorId(const std::string& id) {
  const auto allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  };
  return !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), allowed);
}

base::LogLevel LevelOf(const std::string& name) {
  if (name == "debug") return base::LogLevel::kDebug;
  if (name == "warning") return base::LogLevel::kWarning;
  if (name == "error") return base::LogLevel::kError;
  return base::LogLevel::kInfo;
}

absl::Status ReadSources(const std::vector<std::string>& texts, Flags* flags) {
  for (const std::string& text : texts) {
    GREGALE_ASSIGN_OR_RETURN(flags->sources.emplace_back(), IpAddress::Parse(text));
  }
  return Dialer::CheckSources(flags->sources);
}

// What actions may use of this machine.
void AddActionOptions(CLI::App& app, Flags* flags) {
  app.add_option("--check-dir", flags->check_dir,
                 "Directory of the programs that policies of the driver exec may run (with any\n"
                 "arguments, as this user); none: no program is run")
      ->check(CLI::ExistingDirectory);
  app.add_option("--ssh-keys", flags->ssh_keys,
                 "Directory of the private keys that workflows may name (std.ssh, input\n"
                 "private_key_filename); none: they can name no key")
      ->check(CLI::ExistingDirectory);
  app.add_option_function<std::vector<std::string>>(
         "--probe-from",
         [flags](const std::vector<std::string>& texts) {
           const absl::Status status = ReadSources(texts, flags);
           if (!status.ok())
             throw CLI::ValidationError("--probe-from", std::string(status.message()));
         },
         "Addresses of this machine from which TCP, HTTP and gRPC probes connect, in turn,\n"
         "separated by commas: each has ports of its own, where those of one do not\n"
         "suffice; default: the system's choice")
      ->delimiter(',')
      ->expected(1, static_cast<int>(base::kSourceAddressesMax));
}

// Each connection is a descriptor; the usual limit of 1,024 is less than we take.
void RaiseDescriptorLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted =
      3 * base::kConnectionProbesInFlightMax + base::kConnectionsKeptMax + kOtherDescriptors;
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(limit.rlim_max, wanted));
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) base::LogWarning("cannot raise the descriptor limit");
}

// Probes take processors all the time; what people wait for, on the same machine, goes first.
void GiveWay(int nice) {
  const int now = getpriority(PRIO_PROCESS, 0);
  if (setpriority(PRIO_PROCESS, 0, now + nice) != 0) base::LogWarning("cannot set the niceness");
}

void AddLabelOption(CLI::App& app, base::Labels& labels) {
  const auto read = [&labels](const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      if (!base::AddLabel(text, labels)) throw CLI::ValidationError("--label: must be KEY=VALUE");
    }
    const absl::Status status = base::CheckLabels(labels, "--label");
    if (!status.ok()) throw CLI::ValidationError(std::string(status.message()));
  };
  app.add_option_function<std::vector<std::string>>(
         "--label", read,
         "KEY=VALUE that VIMs and descriptors may ask for, \"site=paris\"; may be repeated")
      ->take_all();
}

// Reads the flags; the exit status where the program is not to run.
std::optional<int> ReadFlags(int argc, char** argv, Flags* flags) {
  flags->id = HostName();
  CLI::App app{
      "Runs workflows and monitor actions: probes the management addresses of VNFs and reports\n"
      "incidents to the conductors. Serves gregale.v1.VNFPolicyMonitorRPC.\n\n"
      "gregale-executor run FILE and gregale-executor validate FILE run or check a workflow here,\n"
      "without any server.\n\n"
      "Example: gregale-executor --grpc 0.0.0.0:9893 --advertise exec1:9893 "
      "--conductors cond1:9892,cond2:9892"};
  app.add_option("--grpc", flags->grpc, "Address to serve on; port 0: any")->capture_default_str();
  app.add_option("--advertise", flags->advertise,
                 "Address at which conductors reach this executor (default: the bound one)");
  app.add_option("--id", flags->id, "Name, the same after a restart: [A-Za-z0-9._-]{1,64}")
      ->capture_default_str();
  app.add_option("--conductors", flags->conductors,
                 "Addresses of conductors, separated by commas; none: serve alone, report nothing")
      ->delimiter(',');
  app.add_option("--capacity", flags->capacity, "The most actions to run at a time")
      ->check(CLI::Range(1u, base::kActionsPerExecutorMax))
      ->capture_default_str();
  rpc::AddTransportFlags(app, flags->transport_flags);
  app.add_option("--drain-timeout", flags->drain_timeout,
                 "Seconds that the monitors have to move elsewhere after SIGTERM")
      ->check(CLI::Range(0, 3600))
      ->capture_default_str();
  AddLabelOption(app, flags->labels);
  AddActionOptions(app, flags);
  app.add_option(
         "--nice", flags->nice,
         "How much further behind other processes of this machine it stands in the line for\n"
         "processors (see nice(1)); 0: not at all")
      ->check(CLI::Range(0, 19))
      ->capture_default_str();
  app.add_option("--log-level", flags->log_level)
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.set_version_flag("--version", GREGALE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  if (!IsExecutorId(flags->id)) {
    std::cerr << "--id: must match [A-Za-z0-9._-]{1,64}\n";
    return 2;
  }
  std::vector<std::string> addresses = flags->conductors;
  addresses.push_back(flags->grpc);
  auto transport = rpc::ChooseTransport(flags->transport_flags, addresses);
  if (!transport.ok()) {
    std::cerr << transport.status().message() << "\n";
    return 2;
  }
  flags->transport = *std::move(transport);
  return std::nullopt;
}

// Where conductors find us: what was asked for, or the address that was bound.
std::string Advertised(const Flags& flags, int port) {
  if (!flags.advertise.empty()) return flags.advertise;
  const std::string host = flags.grpc.substr(0, flags.grpc.rfind(':'));
  return base::Cat(host == "0.0.0.0" || host == "[::]" ? HostName() : host, ":", port);
}

// The executor, wired: everything here lives on the loop's thread, the main one.
class Executor {
 public:
  Executor(const Flags& flags, base::ShutdownSignal& shutdown)
      : flags_(flags), shutdown_(shutdown) {
    for (const bool v6 : {false, true}) {
      const absl::Status& status = icmp_.status(v6);
      if (status.ok()) continue;
      base::LogWarning(v6 ? "cannot ping IPv6 addresses" : "cannot ping IPv4 addresses",
                       {{"error", std::string(status.message())}});
    }
  }

  absl::Status Serve() {
    auto server = rpc::Server::Start({.address = flags_.grpc,
                                      .services = {edge_.service()},
                                      .grace = kServerGrace,
                                      .transport = flags_.transport});
    if (!server.ok()) return server.status();
    server_ = *std::move(server);
    const std::string address = Advertised(flags_, server_->port());
    base::LogInfo("serving", {{"address", base::Cat(flags_.grpc.substr(0, flags_.grpc.rfind(':')),
                                                    ":", server_->port())},
                              {"id", flags_.id},
                              {"incarnation", incarnation_}});
    if (channel_ != nullptr) {
      registry_.emplace(loop_, random_, channel_,
                        RegistryClient::Identity{.executor_id = flags_.id,
                                                 .incarnation = incarnation_,
                                                 .address = address,
                                                 .capacity = flags_.capacity,
                                                 .version = GREGALE_VERSION,
                                                 .labels = flags_.labels},
                        [this] {
                          return RegistryClient::Load{.actions = runner_.size(),
                                                      .busy_permille = load_.Sample()};
                        });
    }
    const absl::Status watched = shutdown_watch_.Watch(shutdown_.fd(), EPOLLIN);
    if (!watched.ok()) return watched;
    loop_.Run();
    if (closing_.joinable()) closing_.join();
    return absl::OkStatus();
  }

 private:
  void OnSignal() {
    shutdown_watch_.Stop();
    base::LogInfo("leaving", {{"actions", std::to_string(runner_.size())}});
    server_->SetServing(false);
    if (registry_) {
      registry_->Drain(absl::Seconds(flags_.drain_timeout), [this] { CloseServer(); });
    } else {
      CloseServer();
    }
  }

  // The loop goes on meanwhile: calls that are open are answered there.
  void CloseServer() {
    closing_ = std::thread([this] {
      server_->Shutdown();
      loop_.Stop();
    });
  }

  const Flags flags_;
  base::ShutdownSignal& shutdown_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  base::EventLoop loop_{clock_};
  const std::string incarnation_ = base::NewUuid(random_);
  ProbeTable table_{loop_, random_};
  IcmpProber icmp_{loop_, random_, table_};
  ConnectionProber http_{loop_, table_, ConverseHttp, {.sources = flags_.sources}};
  ConnectionProber tcp_{loop_, table_, ConverseTcp, {.sources = flags_.sources}};
  ConnectionProber grpc_health_{loop_, table_, ConverseGrpcHealth, {.sources = flags_.sources}};
  ExecProber exec_{loop_, table_, flags_.check_dir};
  const std::shared_ptr<grpc::Channel> channel_ =
      flags_.conductors.empty() ? nullptr : rpc::DialPool(flags_.conductors, flags_.transport);
  const std::unique_ptr<PolicyActionReporter> reporter_ = MakeReporter();
  Transfers transfers_{loop_};
  Workers workers_{loop_};
  const ActionServices services_{transfers_, workers_, ScriptProgram(), flags_.ssh_keys};
  const ActionEnvironment environment_{
      loop_, random_, table_, {icmp_, http_, tcp_, grpc_health_, exec_}, *reporter_, &services_};
  ActionRunner runner_{environment_, flags_.capacity};
  GrpcEdge edge_{environment_, runner_, {flags_.id, incarnation_}};
  LoopLoad load_{clock_};
  std::optional<RegistryClient> registry_;
  std::unique_ptr<rpc::Server> server_;
  std::thread closing_;
  base::FdWatch shutdown_watch_{loop_, [this](uint32_t) { OnSignal(); }};

  std::unique_ptr<PolicyActionReporter> MakeReporter() {
    if (channel_ == nullptr) return std::make_unique<NoConductors>();
    return std::make_unique<PolicyActionClient>(loop_, random_, channel_, flags_.id);
  }
};

int Main(int argc, char** argv) {
  // Before any thread is there (TLS has one), so that none of them takes the signals.
  base::ShutdownSignal shutdown;
  Flags flags;
  if (const auto exit_status = ReadFlags(argc, argv, &flags)) return *exit_status;
  base::InitLog("gregale-executor", LevelOf(flags.log_level));
  RaiseDescriptorLimit();
  GiveWay(flags.nice);
  Executor executor(flags, shutdown);
  const absl::Status status = executor.Serve();
  if (status.ok()) return 0;
  base::LogError("cannot serve", {{"error", std::string(status.message())}});
  return 1;
}

}  // namespace
}  // namespace gregale::executor

int main(int argc, char** argv) {
  const std::string_view word = argc > 1 ? argv[1] : "";
  if (word == "run" || word == "validate") return gregale::executor::RunLocalProgram(argc, argv);
  return gregale::executor::Main(argc, argv);
}
