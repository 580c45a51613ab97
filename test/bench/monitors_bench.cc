// What very many monitors cost: starts gregale-executor, gives it ping monitors of addresses in
// 127.0.0.0/8 by a session, one workflow each, and measures the process while they run.
//
// Usage: monitors_bench EXECUTOR_BINARY [MONITORS [SECONDS]]. Prints one JSON line per figure; exit
// status 1 where a goal was missed.
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/channel.h"

extern char** environ;

namespace gregale {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kIntervalSeconds = 1;
constexpr char kWorkflow[] = R"(
version: "2.0"
watch:
  type: direct
  input: [addresses]
  tasks:
    monitor:
      action: vnf.ping
      input: {vdu: VDU1, addresses: <% $.addresses %>, monitoring_delay: 0, interval: 1, timeout: 1,
              count: 3, actions: {failure: [respawn]}}
)";

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "monitors_bench: %s\n", what.c_str());
  std::exit(2);
}

int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, length) != 0 || getsockname(fd, generic, &length) != 0) Fail("no port");
  close(fd);
  return ntohs(address.sin_port);
}

// The executor as a child; dies with this object.
class Executor {
 public:
  Executor(const std::string& binary, const std::string& address) {
    std::vector<std::string> words = {binary, "--grpc", address, "--log-level", "warning"};
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    if (posix_spawn(&pid_, binary.c_str(), nullptr, nullptr, argv.data(), environ) != 0) {
      Fail("cannot start " + binary);
    }
  }
  ~Executor() {
    kill(pid_, SIGTERM);
    waitpid(pid_, nullptr, 0);
  }

  // Lets it work for this time; fails where it dies.
  void Watch(double seconds) const {
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    pollfd wait = {.fd = fd, .events = POLLIN, .revents = 0};
    if (poll(&wait, 1, static_cast<int>(seconds * 1000)) != 0) Fail("the executor has died");
    close(fd);
  }
  // Time on a processor so far.
  double CpuSeconds() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
    std::string stat((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(stat.substr(stat.rfind(')') + 2));
    std::string word;
    double ticks = 0;
    for (int field = 3; field <= 15 && fields >> word; ++field) {
      if (field >= 14) ticks += std::stod(word);  // utime, stime
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  }
  double ResidentBytes() const {
    std::ifstream file("/proc/" + std::to_string(pid_) + "/statm");
    double all = 0, resident = 0;
    file >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
  }

 private:
  pid_t pid_ = 0;
};

std::string ActionId(int number) {
  char text[40];
  std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", number);
  return text;
}

std::string Address(int number) {
  return "127." + std::to_string(1 + number / 60'000) + "." + std::to_string(number / 240 % 250) +
         "." + std::to_string(number % 240 + 1);
}

void AddStart(int number, v1::SessionCommand* command) {
  auto* start = command->add_start();
  start->set_action_id(ActionId(number));
  start->set_version(1);
  start->mutable_spec()->mutable_workflow()->set_definition(kWorkflow);
  auto& input = *start->mutable_spec()->mutable_input()->mutable_fields();
  input["addresses"].mutable_list_value()->add_values()->set_string_value(Address(number));
}

// Starts the monitors and waits until all run; returns the seconds that took.
double StartMonitors(v1::VNFPolicyMonitorRPC::Stub& stub, int monitors) {
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  rpc::SetDeadline(context, absl::Minutes(1));
  const auto session = stub.Session(&context);
  v1::SessionCommand command;
  command.mutable_open()->set_conductor_id("bench");
  command.mutable_open()->set_epoch(1);
  session->Write(command);
  v1::SessionEvent event;
  if (!session->Read(&event)) Fail("no session: " + session->Finish().error_message());
  const auto begin = Clock::now();
  for (int next = 0; next < monitors;) {
    command.Clear();
    while (next < monitors && command.start_size() < 1000) AddStart(next++, &command);
    session->Write(command);
  }
  for (int running = 0; running < monitors;) {
    if (!session->Read(&event)) Fail("session lost: " + session->Finish().error_message());
    for (const auto& result : event.results()) {
      if (result.outcome() != v1::SessionEvent::ActionResult::OUTCOME_RUNNING) {
        Fail("refused: " + result.error());
      }
      ++running;
    }
  }
  context.TryCancel();  // the monitors run on
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

struct Totals {
  double probes = 0;
  double answers = 0;
  double longest_gap_seconds = 0;
};

Totals ListAll(v1::VNFPolicyMonitorRPC::Stub& stub) {
  Totals totals;
  v1::ListRequest request;
  do {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    v1::ListResponse page;
    if (!stub.List(&context, request, &page).ok()) Fail("cannot list");
    for (const auto& action : page.actions()) {
      for (const auto& target : action.targets()) {
        const auto& gap = target.longest_gap();
        totals.probes += static_cast<double>(target.probes_sent());
        totals.answers += static_cast<double>(target.probes_answered());
        totals.longest_gap_seconds =
            std::max(totals.longest_gap_seconds,
                     static_cast<double>(gap.seconds()) + static_cast<double>(gap.nanos()) / 1e9);
      }
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return totals;
}

bool Print(const char* figure, double value, const char* unit, double goal) {
  const bool met = value < goal;
  std::printf(
      "{\"figure\": \"%s\", \"value\": %.3f, \"unit\": \"%s\", \"goal\": %g, \"met\": %s}\n",
      figure, value, unit, goal, met ? "true" : "false");
  return met;
}

int Measure(const std::string& binary, int monitors, double seconds) {
  const std::string address = "127.0.0.1:" + std::to_string(FreePort());
  const Executor executor(binary, address);
  const auto stub = v1::VNFPolicyMonitorRPC::NewStub(rpc::Dial(address));
  const double starting = StartMonitors(*stub, monitors);
  executor.Watch(5);  // until the phases are spread
  const double cpu_before = executor.CpuSeconds();
  const Totals before = ListAll(*stub);
  const auto begin = Clock::now();
  executor.Watch(seconds);
  const double cpu = executor.CpuSeconds() - cpu_before;
  const double elapsed = std::chrono::duration<double>(Clock::now() - begin).count();
  const double resident = executor.ResidentBytes();
  const Totals after = ListAll(*stub);

  bool met = Print("monitors_cpu", 100 * cpu / elapsed, "% of a core", 10);
  met &= Print("monitors_longest_lateness", 1000 * (after.longest_gap_seconds - kIntervalSeconds),
               "ms", 100);
  met &= Print("monitors_unanswered",
               (after.probes - before.probes) - (after.answers - before.answers), "probes",
               0.01 * (after.probes - before.probes));
  met &= Print("monitors_start", 1e6 * starting / monitors, "us per monitor", 100);
  met &= Print("monitors_probes_off_plan",
               std::abs(monitors * elapsed - (after.probes - before.probes)), "probes",
               0.01 * monitors * elapsed);
  met &= Print("monitors_resident", resident / 1e6, "MB", 500);
  return met ? 0 : 1;
}

}  // namespace
}  // namespace gregale

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: monitors_bench EXECUTOR_BINARY [MONITORS [SECONDS]]\n");
    return 2;
  }
  const int monitors = argc > 2 ? std::atoi(argv[2]) : 2000;
  const double seconds = argc > 3 ? std::atof(argv[3]) : 20;
  return gregale::Measure(argv[1], monitors, seconds);
}
