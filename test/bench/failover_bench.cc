// failover_bench --bin DIRECTORY [--monitors N] [--interval S]: a conductor on a SQLite file and
// three executors, as processes. The first has all N monitors (pings of addresses in 127.0.0.0/8);
// it is killed (SIGKILL), and the others take over. Every echo request that is on the wire is seen
// by a socket of the bench, so what is said about gaps is not Gregale's word. Prints a line of
// JSON: the gaps between the last probe before and the first after, and when all monitors were
// placed and confirmed, after the end of the lease. Only in a network namespace of its own
// (unshare -n).
#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/ip.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>
#include <unordered_map>

#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "base/yaml.h"
#include "bench/executor_process.h"
#include "bench/targets.h"
#include "conductor/monitor_workflow.h"
#include "store/placement_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::bench {
namespace {

constexpr double kLease = 5;  // the conductor's default
constexpr int kRowsPerTransaction = 1000;
constexpr char kVim[] = "00000000-0000-4000-8000-00000000000a";
constexpr char kVnfd[] = "00000000-0000-4000-8000-00000000000b";

struct Flags {
  std::string bin;
  int monitors = 10'000;
  double interval = 1;
};

// The clock of the kernel's time stamps.
double CalendarNow() { return absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()); }

void Check(const absl::Status& status) {
  if (!status.ok()) Fail(status.ToString());
}

// The times of the echo requests to each address.
class Wire {
 public:
  Wire() : fd_(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)) {
    const icmp_filter requests = {.data = ~(1u << ICMP_ECHO)};
    const int bytes = 64 << 20;
    const int on = 1;
    const timeval patience = {.tv_sec = 0, .tv_usec = 100'000};
    if (fd_ < 0 || setsockopt(fd_, SOL_RAW, ICMP_FILTER, &requests, sizeof requests) != 0 ||
        setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 ||
        setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on) != 0 ||
        setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0) {
      Fail("no raw socket");
    }
    thread_ = std::thread([this] { Listen(); });
  }
  ~Wire() {
    stopping_ = true;
    thread_.join();
    close(fd_);
  }
  // Gaps over this time are kept: from the last probe before it to the first after it, of each
  // address.
  void Mark(double time) { mark_ = time; }
  void Stop() { stopping_ = true; }
  size_t addresses() const { return seen_; }
  // Sorted; after Stop() and a while. An address that was not probed again has the greatest gap.
  std::vector<double> Gaps(double end) {
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([] {});
    std::vector<double> gaps;
    for (const auto& [address, times] : times_) {
      gaps.push_back((times.after > 0 ? times.after : end) - times.before);
    }
    std::ranges::sort(gaps);
    return gaps;
  }

 private:
  struct Times {
    double before = 0;
    double after = 0;
  };

  void Listen() {
    std::array<char, 2048> packet;
    alignas(cmsghdr) std::array<char, 128> control;
    while (!stopping_) {
      iovec part = {packet.data(), packet.size()};
      msghdr message = {};
      message.msg_iov = &part;
      message.msg_iovlen = 1;
      message.msg_control = control.data();
      message.msg_controllen = control.size();
      const ssize_t size = recvmsg(fd_, &message, 0);
      if (size < static_cast<ssize_t>(sizeof(iphdr))) continue;
      const auto* header = reinterpret_cast<const iphdr*>(packet.data());
      Times& times = times_[header->daddr];
      seen_ = times_.size();
      const double sent = SentAt(message);
      if (sent <= mark_) {
        times.before = sent;
      } else if (times.after == 0) {
        times.after = sent;
      }
    }
  }

  // As the kernel saw it, however late we read it.
  static double SentAt(msghdr& message) {
    timeval time = {};
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
      if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMP) continue;
      std::memcpy(&time, CMSG_DATA(part), sizeof time);
    }
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  }

  const int fd_;
  std::unordered_map<uint32_t, Times> times_;
  std::atomic<size_t> seen_ = 0;
  std::atomic<double> mark_ = 1e18;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

class Bench {
 public:
  explicit Bench(Flags flags) : flags_(std::move(flags)) {
    std::string pattern = std::filesystem::temp_directory_path() / "gregale-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) Fail("no folder");
    folder_ = pattern;
    auto opened = store::Store::Open(Url(), clock_);
    Check(opened.status());
    store_ = *std::move(opened);
    Fill();
  }
  ~Bench() { std::filesystem::remove_all(folder_); }

  void Run() {
    const int port = FreePort();
    const std::string conductors = "127.0.0.1:" + std::to_string(port);
    Process conductor({flags_.bin + "/gregale-conductor", "--store", Url(), "--secret-key-file",
                       folder_ + "/key", "--grpc", conductors, "--log-level", "warning"});
    // The first has by far the most room, and so nothing is moved to those that join.
    auto first = StartExecutor("first", conductors, 1'000'000);
    Until(conductor, "all monitors run",
          [&] { return CountConfirmed("first") == flags_.monitors; });
    const auto second = StartExecutor("second", conductors, 60'000);
    const auto third = StartExecutor("third", conductors, 60'000);
    Wire wire;
    Until(conductor, "all are probed",
          [&] { return wire.addresses() == static_cast<size_t>(flags_.monitors); });
    conductor.Watch(flags_.interval + 2);
    first.reset();
    const double killed = Now();
    wire.Mark(CalendarNow());
    const double placed =
        Until(conductor, "all are placed", [&] { return CountConfirmed("first", 0) == 0; });
    const double confirmed = Until(conductor, "all are confirmed", [&] {
      return CountConfirmed("second") + CountConfirmed("third") == flags_.monitors;
    });
    conductor.Watch(flags_.interval + 1);
    wire.Stop();
    Print(wire.Gaps(CalendarNow()), placed - killed, confirmed - killed);
  }

 private:
  std::string Url() const { return base::Cat("sqlite://", folder_, "/bench.db"); }

  std::unique_ptr<Process> StartExecutor(const std::string& id, const std::string& conductors,
                                         int capacity) const {
    return std::make_unique<Process>(std::vector<std::string>{
        flags_.bin + "/gregale-executor", "--grpc", "127.0.0.1:" + std::to_string(FreePort()),
        "--id", id, "--conductors", conductors, "--capacity", std::to_string(capacity),
        "--log-level", "warning"});
  }

  // When it came true.
  template <class Condition>
  static double Until(const Process& conductor, const char* what, const Condition& condition) {
    const double deadline = Now() + 120;
    while (!condition()) {
      if (Now() > deadline) Fail(base::Cat("waited too long until ", what));
      conductor.Watch(0.02);
    }
    return Now();
  }

  // The executor's monitors whose confirmed version is at least this.
  int CountConfirmed(const std::string& executor, int version = 1) {
    int count = 0;
    Check(store_->Read([&](store::Txn& txn) -> absl::Status {
      const store::SqlValue parameters[] = {store::TextValue(executor), int64_t{version}};
      GREGALE_ASSIGN_OR_RETURN(const auto rows,
                               txn.Query("SELECT COUNT(*) FROM placement WHERE executor_id = ? "
                                         "AND acked_version >= ?",
                                         parameters));
      count = static_cast<int>(rows.at(0).Int(0));
      return absl::OkStatus();
    }));
    return count;
  }

  void Fill() {
    const std::string policy =
        base::Cat("{name: ping, parameters: {monitoring_delay: 0, interval: ", flags_.interval,
                  ", timeout: 1}, actions: {failure: log}}");
    tosca::Vnfd vnfd;
    tosca::Vdu vdu;
    vdu.name = "VDU1";
    vdu.properties = vdu.compute = base::Json::object();
    vdu.monitoring_policy = *base::ParseYamlAsJson(policy);
    vdu.has_management_cp = true;
    vnfd.vdus.push_back(std::move(vdu));
    vnfd.policies = base::Json::array();
    auto monitored = conductor::MonitoredVdus(vnfd);
    Check(monitored.status());
    monitored_ = *std::move(monitored);
    Check(store_->Write([&](store::Txn& txn) -> absl::Status {
      store::Vim vim;
      vim.id = kVim;
      vim.name = vim.type = "local";
      GREGALE_RETURN_IF_ERROR(store::InsertVim(txn, vim));
      store::Vnfd row;
      row.id = kVnfd;
      row.name = "vnfd";
      row.template_source = "onboarded";
      return store::InsertVnfd(txn, row);
    }));
    for (int done = 0; done < flags_.monitors; done += kRowsPerTransaction) {
      Check(store_->Write([&](store::Txn& txn) -> absl::Status {
        for (int i = done; i < std::min(flags_.monitors, done + kRowsPerTransaction); ++i) {
          GREGALE_RETURN_IF_ERROR(Add(txn, i));
        }
        return absl::OkStatus();
      }));
    }
  }

  absl::Status Add(store::Txn& txn, int i) {
    store::Vnf vnf;
    vnf.id = base::NewUuid(random_);
    vnf.name = base::Cat("vnf-", i);
    vnf.vnfd_id = kVnfd;
    vnf.vim_id = kVim;
    vnf.status = store::VnfStatus::kActive;
    vnf.mistral_action_id = base::NewUuid(random_);
    const std::vector<store::VduInstance> instances = {
        {.vnf_id = vnf.id, .vdu = "VDU1", .addresses = {TargetAddress(i)}}};
    store::Placement placement;
    placement.vnf_id = vnf.id;
    placement.action_id = vnf.mistral_action_id;
    placement.workflow_name = conductor::MonitorWorkflowName(vnf.id);
    GREGALE_ASSIGN_OR_RETURN(placement.definition,
                             conductor::GenerateMonitorWorkflow(vnf.id, monitored_));
    GREGALE_ASSIGN_OR_RETURN(const base::Json input,
                             conductor::MonitorInput(vnf.id, monitored_, instances));
    placement.input = base::DumpJson(input);
    vnf.attributes["monitoring_workflow"] = placement.definition;
    GREGALE_RETURN_IF_ERROR(store::InsertVnf(txn, vnf));
    GREGALE_RETURN_IF_ERROR(store::ReplaceVduInstances(txn, vnf.id, instances));
    return store::InsertPlacement(txn, placement);
  }

  void Print(const std::vector<double>& gaps, double placed, double confirmed) const {
    const auto part = [&](double share) {
      return gaps.at(static_cast<size_t>(share * static_cast<double>(gaps.size() - 1)));
    };
    std::printf(
        "{\"monitors\": %d, \"interval\": %g, \"gap_s_min\": %.3f, \"gap_s_p50\": %.3f, "
        "\"gap_s_p99\": %.3f, \"gap_s_max\": %.3f, \"placed_s\": %.3f, \"confirmed_s\": %.3f}\n",
        flags_.monitors, flags_.interval, part(0), part(0.5), part(0.99), part(1), placed,
        confirmed);
  }

  const Flags flags_;
  std::string folder_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_;
  std::vector<conductor::MonitoredVdu> monitored_;
};

}  // namespace
}  // namespace gregale::bench

int main(int argc, char** argv) {
  gregale::bench::Flags flags;
  CLI::App app{"Kills the executor that has all monitors, and measures the gaps on the wire."};
  app.add_option("--bin", flags.bin, "Where the programs are")->required();
  app.add_option("--monitors", flags.monitors)->check(CLI::Range(1, 100'000));
  app.add_option("--interval", flags.interval)->check(CLI::Range(0.1, 60.0));
  CLI11_PARSE(app, argc, argv);
  if (std::system("ip link set lo up") != 0) gregale::bench::Fail("no network namespace");
  gregale::bench::Bench(flags).Run();
  return 0;
}
