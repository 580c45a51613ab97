#include "cli/up_plan.h"

#include <utility>

#include "base/text.h"
#include "cli/admin_token.h"

namespace gregale::cli {
namespace {

constexpr int kPortStep = 10;

std::string Loopback(uint16_t port) { return base::Cat("127.0.0.1:", static_cast<int>(port)); }

// Makes the plan, program by program.
class Planner {
 public:
  explicit Planner(const UpOptions& options) : options_(options) {
    plan_.state.version = GREGALE_VERSION;
  }

  void AddExecutor(int i);
  void AddServer(int i);
  void AddConductor(int i);
  UpPlan Finish();

 private:
  // Adds the `i`-th (from 0) gregale-<name>, with the arguments that every program takes.
  void Add(const std::string& name, int i, UpState::Process process, absl::Duration grace,
           std::vector<std::string> own);
  std::string StoreUrl() const {
    return options_.store.empty() ? base::Cat("sqlite://", options_.directory, "/gregale.db")
                                  : options_.store;
  }
  std::string KeyPath() const { return options_.directory + "/secret.key"; }
  std::string Conductors() const;

  const UpOptions& options_;
  UpPlan plan_;
};

// "executor-2"
std::string Id(const std::string& name, int i) { return base::Cat(name, "-", i + 1); }

void Planner::Add(const std::string& name, int i, UpState::Process process, absl::Duration grace,
                  std::vector<std::string> own) {
  process.name = i == 0 ? name : Id(name, i);
  std::vector<std::string> argv = {options_.program_directory + "/gregale-" + name};
  argv.insert(argv.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  argv.insert(argv.end(), {"--log-level", options_.log_level});
  plan_.programs.push_back(
      {.name = "gregale-" + process.name,
       .argv = std::move(argv),
       .log_path = base::Cat(options_.directory, "/log/gregale-", process.name, ".log"),
       .grace = grace});
  plan_.state.processes.push_back(std::move(process));
}

std::string Planner::Conductors() const {
  std::vector<std::string> addresses;
  for (int i = 0; i < options_.conductors; ++i) {
    addresses.push_back(Loopback(UpPort(options_.conductor_port, i)));
  }
  return base::Join(addresses, ",");
}

void Planner::AddExecutor(int i) {
  const std::string address = Loopback(UpPort(options_.executor_port, i));
  std::vector<std::string> flags = {"--grpc", address, "--advertise", address, "--id",
                                    Id("executor", i), "--conductors", Conductors(),
                                    // Less than the grace.
                                    "--drain-timeout", "2"};
  if (!options_.check_directory.empty()) {
    flags.insert(flags.end(), {"--check-dir", options_.check_directory});
  }
  Add("executor", i, {.address = address}, absl::Seconds(3), std::move(flags));
}

void Planner::AddServer(int i) {
  const std::string address = Loopback(UpPort(options_.server_port, i));
  const std::string rest = Loopback(UpPort(options_.rest_port, i));
  std::vector<std::string> flags = {
      "--store", StoreUrl(), "--secret-key-file",   KeyPath(), "--rest",     rest,
      "--grpc",  address,    "--default-local-vim", "--auth",  options_.auth};
  if (options_.mistral_port != 0) {
    flags.insert(flags.end(), {"--mistral", Loopback(UpPort(options_.mistral_port, i))});
  }
  if (options_.auth == "accounts") {
    flags.insert(flags.end(), {"--token-file", AdminTokenPath(options_.directory)});
  }
  Add("server", i, {.address = address, .rest = rest}, absl::Seconds(3), std::move(flags));
}

void Planner::AddConductor(int i) {
  const std::string address = Loopback(UpPort(options_.conductor_port, i));
  Add("conductor", i, {.address = address}, absl::Seconds(5),
      {"--store", StoreUrl(), "--secret-key-file", KeyPath(), "--grpc", address, "--id",
       Id("conductor", i), "--lease", base::Cat(options_.lease_seconds), "--local-vim-dir",
       options_.directory + "/vim",
       // Who may onboard a descriptor here may use this machine's network anyway.
       "--notify-allow", "http://,https://"});
}

UpPlan Planner::Finish() {
  plan_.teardown = plan_.programs.back().argv;
  plan_.teardown.push_back("--teardown-local-vim");
  plan_.teardown_log = plan_.programs.back().log_path;
  return std::move(plan_);
}

}  // namespace

uint16_t UpPort(uint16_t first, int i) { return static_cast<uint16_t>(first + kPortStep * i); }

UpPlan PlanUp(const UpOptions& options) {
  Planner planner(options);
  for (int i = 0; i < options.executors; ++i) planner.AddExecutor(i);
  for (int i = 0; i < options.servers; ++i) planner.AddServer(i);
  // The conductors are the last to go: they hear from the executors that the monitors have ended.
  for (int i = 0; i < options.conductors; ++i) planner.AddConductor(i);
  return planner.Finish();
}

}  // namespace gregale::cli
