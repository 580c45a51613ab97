// pool_bench monitors N | commits N | storm N [URL]: what a conductor does when very much happens
// at once, on a SQLite file with a commit for each transaction, as in operation. Prints a line of
// JSON.
//
//   monitors N   an executor with N monitors is lost: how long until all have a home again
//   commits N    N rows, each in a commit of its own: how many a second
//   storm N      N VNFs fail at once: how many of their reports are answered in a second, by how
//                much the process grows, and how many VNFs are replaced (none)
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/ordered_uuid.h"
#include "base/random.h"
#include "base/text.h"
#include "conductor/placement.h"
#include "conductor/policy_action_handler.h"
#include "store/database_url.h"
#include "store/event_table.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"
#include "support/forwarding_database.h"

namespace gregale::conductor {
namespace {

constexpr int kRowsPerTransaction = 1000;
constexpr absl::Duration kLong = absl::Hours(1);
// About what a generated workflow and a policy have.
const std::string kWorkflow(600, 'x');
const std::string kPolicy(250, 'x');
constexpr char kVim[] = "00000000-0000-4000-8000-00000000000a";
constexpr char kVnfd[] = "00000000-0000-4000-8000-00000000000b";

// Nobody is asked.
class NoLine : public WitnessLine {
  void Probe(const std::string&, const v1::ProbeRequest&, absl::Duration, Done) override {}
};

// A SQLite file with another setting of PRAGMA synchronous.
class SynchronousDatabase : public store::ForwardingDatabase {
 public:
  SynchronousDatabase(std::unique_ptr<store::Database> inner, std::string setting)
      : ForwardingDatabase(std::move(inner)), setting_(std::move(setting)) {}
  absl::StatusOr<std::unique_ptr<store::SqlConnection>> Connect() override {
    GREGALE_ASSIGN_OR_RETURN(auto connection, ForwardingDatabase::Connect());
    const std::string pragma = base::Cat("PRAGMA synchronous = ", setting_);
    GREGALE_RETURN_IF_ERROR(connection->Query(pragma, {}).status());
    return connection;
  }

 private:
  const std::string setting_;
};

class Bench {
 public:
  // `url`: an empty store; nullptr: a SQLite file.
  Bench(int count, const char* url) : count_(count) {
    std::string pattern = std::filesystem::temp_directory_path() / "gregale-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) Die(absl::InternalError("no folder"));
    folder_ = pattern;
    auto opened = store::Store::Open(
        url != nullptr ? url : base::Cat("sqlite://", folder_, "/bench.db"), clock_);
    if (!opened.ok()) Die(opened.status());
    store_ = *std::move(opened);
  }
  ~Bench() { std::filesystem::remove_all(folder_); }

  void LoseExecutor() {
    Fill();
    Heartbeat("a", kLong);
    PlaceAll();
    Heartbeat("b", kLong);
    Heartbeat("c", kLong);
    Heartbeat("a", -absl::Seconds(1));  // its lease is over
    const base::MonoTime begin = clock_.Mono();
    const double processor = ProcessorSeconds();
    PlaceAll();
    Print("executor_lost_placed_again", absl::ToDoubleSeconds(clock_.Mono() - begin), "s");
    Print("executor_lost_processor", ProcessorSeconds() - processor, "s");
  }

  void Storm() {
    Fill();
    Heartbeat("a", kLong);
    PlaceAll();
    Acknowledge();
    const std::vector<Reporter> reporters = ListReporters();
    NoLine line;
    WitnessDesk desk(*store_, line, [] {});
    const policies::GuardSettings guards;
    StormGuard storms(*store_, clock_, guards);
    const PolicyActionEnvironment environment{*store_, random_, storms, desk, guards};
    const double megabytes = ResidentMegabytes();
    const base::MonoTime begin = clock_.Mono();
    int held = 0;
    for (const Reporter& reporter : reporters) held += IsHeld(environment, reporter) ? 1 : 0;
    const double seconds = absl::ToDoubleSeconds(clock_.Mono() - begin);
    Print("storm_reports_answered", static_cast<double>(vnfs_.size()) / seconds, "reports/s");
    Print("storm_memory", ResidentMegabytes() - megabytes, "MB");
    Print("storm_vnfs_replaced", static_cast<double>(vnfs_.size()) - held, "VNFs");
  }

  // Four threads that each commit a row at a time: group commits, safe against the loss of power
  // (FULL), or only against the death of a process (NORMAL).
  void CommitBoth() {
    Print("commits_full", CommitsPerSecond("FULL"), "1/s");
    Print("commits_normal", CommitsPerSecond("NORMAL"), "1/s");
  }

 private:
  struct Reporter {
    std::string vnf_id;
    std::string action_id;
  };

  [[noreturn]] static void Die(const absl::Status& status) {
    std::fprintf(stderr, "pool_bench: %s\n", status.ToString().c_str());
    exit(EXIT_FAILURE);
  }
  double CommitsPerSecond(const std::string& synchronous) {
    constexpr int kThreads = 4;
    auto file = store::DatabaseAt(base::Cat("sqlite://", folder_, "/", synchronous, ".db"), clock_);
    if (!file.ok()) Die(file.status());
    auto store = store::Store::Open(
        std::make_unique<SynchronousDatabase>(*std::move(file), synchronous), clock_);
    if (!store.ok()) Die(store.status());
    const base::MonoTime begin = clock_.Mono();
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < count_ / kThreads; ++k) {
          const absl::Status written = (*store)->Write([](store::Txn& txn) {
            return store::InsertEvent(txn, {.resource_id = kVim, .details = kPolicy});
          });
          if (!written.ok()) Die(written);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    return count_ / absl::ToDoubleSeconds(clock_.Mono() - begin);
  }
  static double ProcessorSeconds() {
    timespec used = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  }
  static double ResidentMegabytes() {
    long pages = 0, resident = 0;
    std::ifstream("/proc/self/statm") >> pages >> resident;
    return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1e6;
  }
  template <class Body>
  void Write(const Body& body) {
    const absl::Status written = store_->Write(body);
    if (!written.ok()) Die(written);
  }
  void Print(const char* figure, double value, const char* unit) const {
    std::printf("{\"figure\": \"%s\", \"n\": %d, \"value\": %.3f, \"unit\": \"%s\"}\n", figure,
                count_, value, unit);
  }

  void Fill() {
    Write([&](store::Txn& txn) -> absl::Status {
      store::Vim vim;
      vim.id = kVim;
      vim.name = "vim";
      vim.type = "local";
      GREGALE_RETURN_IF_ERROR(store::InsertVim(txn, vim));
      store::Vnfd vnfd;
      vnfd.id = kVnfd;
      vnfd.name = "vnfd";
      vnfd.template_source = "onboarded";
      return store::InsertVnfd(txn, vnfd);
    });
    for (int done = 0; done < count_; done += kRowsPerTransaction) {
      Write([&](store::Txn& txn) -> absl::Status {
        for (int i = done; i < std::min(count_, done + kRowsPerTransaction); ++i) {
          GREGALE_RETURN_IF_ERROR(Add(txn, i));
        }
        return absl::OkStatus();
      });
    }
  }
  absl::Status Add(store::Txn& txn, int i) {
    store::Vnf vnf;
    vnf.id = base::NewUuid(random_);
    vnfs_.push_back(vnf.id);
    vnf.name = base::Cat("vnf-", i);
    vnf.vnfd_id = kVnfd;
    vnf.vim_id = kVim;
    vnf.status = store::VnfStatus::kActive;
    vnf.mistral_action_id = base::NewOrderedUuid(random_, txn.now());
    vnf.attributes = {{"monitoring_workflow", kWorkflow}, {"monitoring_policy", kPolicy}};
    GREGALE_RETURN_IF_ERROR(store::InsertVnf(txn, vnf));
    store::VduInstance instance;
    instance.vnf_id = vnf.id;
    instance.vdu = "VDU1";
    instance.addresses = {"198.18.0.3"};
    GREGALE_RETURN_IF_ERROR(store::ReplaceVduInstances(txn, vnf.id, {instance}));
    store::Placement placement;
    placement.vnf_id = vnf.id;
    placement.action_id = vnf.mistral_action_id;
    placement.definition = kWorkflow;
    placement.input = R"({"vnf_id": "...", "addresses": {"VDU1": ["198.18.0.3"]}})";
    return store::InsertPlacement(txn, placement);
  }
  static store::Executor ExecutorOf(const std::string& id) {
    store::Executor executor;
    executor.id = id;
    executor.incarnation = id;
    executor.address = "127.0.0.1:1";
    executor.capacity = 1'000'000;
    return executor;
  }
  void Heartbeat(const std::string& id, absl::Duration lease) {
    Write([&](store::Txn& txn) { return store::HeartbeatExecutor(txn, ExecutorOf(id), lease); });
  }
  void PlaceAll() {
    Placer placer(*store_, random_);
    for (;;) {
      const absl::StatusOr<int> placed = placer.Tick();
      if (!placed.ok()) Die(placed.status());
      if (*placed == 0) return;
    }
  }
  void Acknowledge() {
    std::string after;
    for (bool more = true; more;) {
      Write([&](store::Txn& txn) -> absl::Status {
        GREGALE_ASSIGN_OR_RETURN(
            auto page, store::ListConfirmations(txn, ExecutorOf("a"), after, kRowsPerTransaction));
        for (store::Confirmation& one : page) after = one.action_id, one.version = 1;
        more = !page.empty();
        return store::AckPlacements(txn, page);
      });
    }
  }
  std::vector<Reporter> ListReporters() {
    std::vector<Reporter> reporters;
    Write([&](store::Txn& txn) -> absl::Status {
      for (const std::string& vnf : vnfs_) {
        GREGALE_ASSIGN_OR_RETURN(const store::Placement placement, store::GetPlacement(txn, vnf));
        reporters.push_back({vnf, placement.action_id});
      }
      return absl::OkStatus();
    });
    return reporters;
  }
  static bool IsHeld(const PolicyActionEnvironment& environment, const Reporter& reporter) {
    v1::ExecutePolicyActionRequest request;
    request.set_vnf_id(reporter.vnf_id);
    request.set_action_id(reporter.action_id);
    request.set_monitor_return_value("failure");
    request.add_policy_actions("respawn");
    request.set_vdu("VDU1");
    request.set_policy("ping");
    request.set_address("198.18.0.3");
    request.set_incident(1);
    const auto response = ExecutePolicyAction(environment, request);
    if (!response.ok()) Die(response.status());
    return response->disposition() == v1::ExecutePolicyActionResponse::DISPOSITION_HELD;
  }

  const int count_;
  std::string folder_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::unique_ptr<store::Store> store_;
  std::vector<std::string> vnfs_;
};

}  // namespace
}  // namespace gregale::conductor

int main(int argc, char** argv) {
  using gregale::conductor::Bench;
  const std::map<std::string_view, void (Bench::*)()> figures = {{"monitors", &Bench::LoseExecutor},
                                                                 {"commits", &Bench::CommitBoth},
                                                                 {"storm", &Bench::Storm}};
  const bool complete = argc == 3 || argc == 4;
  const int count = complete ? atoi(argv[2]) : 0;
  const auto figure = figures.find(complete ? argv[1] : "");
  if (count <= 0 || figure == figures.end()) {
    std::fprintf(stderr, "usage: pool_bench monitors|commits|storm N [URL]\n");
    return EXIT_FAILURE;
  }
  gregale::base::InitLog("pool_bench", gregale::base::LogLevel::kError);
  Bench bench(count, argc == 4 ? argv[3] : nullptr);
  (bench.*figure->second)();
  return EXIT_SUCCESS;
}
