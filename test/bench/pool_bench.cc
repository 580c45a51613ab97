// pool_bench monitors N | storm N: what a conductor does when very much happens at once, on a
// SQLite file with a commit for each transaction, as in operation. Prints a line of JSON.
//
//   monitors N   an executor with N monitors is lost: how long until all have a home again
//   storm N      N VNFs fail at once: how many of their reports are answered in a second, by how
//                much the process grows, and how many VNFs are replaced (none)
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/random.h"
#include "base/text.h"
#include "conductor/placement.h"
#include "conductor/policy_action_handler.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/vim_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

namespace gregale::conductor {
namespace {

constexpr int kRowsPerTransaction = 1000;
constexpr absl::Duration kLong = absl::Hours(1);
constexpr char kVim[] = "00000000-0000-4000-8000-00000000000a";
constexpr char kVnfd[] = "00000000-0000-4000-8000-00000000000b";

// Nobody is asked.
class NoLine : public WitnessLine {
  void Probe(const std::string&, const v1::ProbeRequest&, absl::Duration, Done) override {}
};

class Bench {
 public:
  explicit Bench(int count) : count_(count) {
    std::string pattern = std::filesystem::temp_directory_path() / "gregale-bench-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) Die(absl::InternalError("no folder"));
    folder_ = pattern;
    auto opened = store::Store::Open(base::Cat("sqlite://", folder_, "/bench.db"), clock_);
    if (!opened.ok()) Die(opened.status());
    store_ = *std::move(opened);
    Fill();
  }
  ~Bench() { std::filesystem::remove_all(folder_); }

  void LoseExecutor() {
    Heartbeat("a", kLong);
    PlaceAll();
    Heartbeat("b", kLong);
    Heartbeat("c", kLong);
    Heartbeat("a", -absl::Seconds(1));  // its lease is over
    const base::MonoTime begin = clock_.Mono();
    PlaceAll();
    Print("executor_lost_placed_again", absl::ToDoubleSeconds(clock_.Mono() - begin), "s");
  }

  void Storm() {
    Heartbeat("a", kLong);
    PlaceAll();
    Acknowledge();
    NoLine line;
    WitnessDesk desk(*store_, line, [] {});
    const policies::GuardSettings guards;
    StormGuard storms(*store_, clock_, guards);
    const PolicyActionEnvironment environment{*store_, random_, storms, desk, guards};
    const double megabytes = ResidentMegabytes();
    const base::MonoTime begin = clock_.Mono();
    int held = 0;
    for (const Reporter& reporter : reporters_) held += IsHeld(environment, reporter) ? 1 : 0;
    const double seconds = absl::ToDoubleSeconds(clock_.Mono() - begin);
    Print("storm_reports_answered", static_cast<double>(reporters_.size()) / seconds, "reports/s");
    Print("storm_memory", ResidentMegabytes() - megabytes, "MB");
    Print("storm_vnfs_replaced", static_cast<double>(reporters_.size()) - held, "VNFs");
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
    vnf.name = base::Cat("vnf-", i);
    vnf.vnfd_id = kVnfd;
    vnf.vim_id = kVim;
    vnf.status = store::VnfStatus::kActive;
    vnf.mistral_action_id = base::NewUuid(random_);
    GREGALE_RETURN_IF_ERROR(store::InsertVnf(txn, vnf));
    store::VduInstance instance;
    instance.vnf_id = vnf.id;
    instance.vdu = "VDU1";
    instance.addresses = {"198.18.0.3"};
    GREGALE_RETURN_IF_ERROR(store::ReplaceVduInstances(txn, vnf.id, {instance}));
    store::Placement placement;
    placement.vnf_id = vnf.id;
    placement.action_id = vnf.mistral_action_id;
    placement.definition = std::string(600, 'x');  // about what a generated workflow has
    placement.input = R"({"vnf_id": "...", "addresses": {"VDU1": ["198.18.0.3"]}})";
    return store::InsertPlacement(txn, placement);
  }
  void Heartbeat(const std::string& id, absl::Duration lease) {
    store::Executor executor;
    executor.id = id;
    executor.incarnation = id;
    executor.address = "127.0.0.1:1";
    executor.capacity = 1'000'000;
    Write([&](store::Txn& txn) { return store::HeartbeatExecutor(txn, executor, lease); });
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
        GREGALE_ASSIGN_OR_RETURN(const auto page,
                                 store::ListPlacementsOf(txn, "a", after, kRowsPerTransaction));
        for (const store::Placement& placement : page) {
          GREGALE_RETURN_IF_ERROR(store::AckPlacement(txn, placement.action_id, placement.version));
          reporters_.push_back({placement.vnf_id, placement.action_id});
          after = placement.vnf_id;
        }
        more = !page.empty();
        return absl::OkStatus();
      });
    }
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
  std::vector<Reporter> reporters_;
};

}  // namespace
}  // namespace gregale::conductor

int main(int argc, char** argv) {
  const int count = argc == 3 ? atoi(argv[2]) : 0;
  const bool storm = argc == 3 && strcmp(argv[1], "storm") == 0;
  if (count <= 0 || (!storm && strcmp(argv[1], "monitors") != 0)) {
    std::fprintf(stderr, "usage: pool_bench monitors|storm N\n");
    return EXIT_FAILURE;
  }
  gregale::base::InitLog("pool_bench", gregale::base::LogLevel::kError);
  gregale::conductor::Bench bench(count);
  storm ? bench.Storm() : bench.LoseExecutor();
  return EXIT_SUCCESS;
}
