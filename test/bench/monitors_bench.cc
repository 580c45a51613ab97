// What very many monitors cost: starts gregale-executor, gives it monitors of addresses in
// 127.0.0.0/8 by a session, one workflow each, and measures the process: starting and updating all,
// probing, one update and one cancel at a time, failures, cancelling all. Prints one JSON object.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "bench/executor_process.h"
#include "bench/failure_desk.h"
#include "bench/monitor_session.h"

namespace gregale::bench {
namespace {

struct Options {
  std::string executor;
  MonitorPlan plan;
  double seconds = 10;
  int singles = 0;  // updates and cancels one at a time
  int failing = 0;  // targets that break; needs a network namespace of its own
};

// So many monitors are asked for their longest gap.
constexpr int kSample = 5000;
constexpr int kCount = 3;  // of the policy that MonitorSession writes

void Print(const char* name, double value) { std::printf("\"%s\": %.4f, ", name, value); }

double Percentile(std::vector<double> values, double share) {
  if (values.empty()) Fail("nothing was measured");
  std::sort(values.begin(), values.end());
  const auto index = static_cast<size_t>(share * static_cast<double>(values.size()));
  return values[std::min(index, values.size() - 1)];
}

// Addresses that answer until their routes are taken away; then their probes are lost on the way.
class BreakableTargets {
 public:
  explicit BreakableTargets(int count) : count_(count) {
    Run("ip link set lo up && ip link add broken0 type veth peer name nobody0 && "
        "ip link set broken0 arp off up && ip link set nobody0 up && "
        "ip addr add 10.99.0.1/32 dev broken0 && "
        "ip route add 10.88.0.0/16 dev broken0 src 10.99.0.1");
    Routes("add");
  }
  static std::string Address(int i) {
    return "10.88." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1);
  }
  void Break() { Routes("del"); }

 private:
  void Routes(const char* word) const {
    std::string lines;
    for (int i = 0; i < count_; ++i) {
      lines += std::string("route ") + word + " local " + Address(i) + "/32 dev lo table local\n";
    }
    std::ofstream("/tmp/gregale-bench-routes") << lines;
    Run("ip -batch /tmp/gregale-bench-routes; rm /tmp/gregale-bench-routes");
  }
  static void Run(const std::string& command) {
    if (std::system(("bash -c \"" + command + "\"").c_str()) != 0) Fail("no routes of our own");
  }

  const int count_;
};

class Measurement {
 public:
  explicit Measurement(const Options& options)
      : options_(options),
        first_failing_(options.plan.monitors),
        last_(options.plan.monitors + options.failing),
        desk_(kCount, options.plan.interval, options.plan.interval) {
    if (options.failing > 0) breakable_ = std::make_unique<BreakableTargets>(options.failing);
    const std::string address = "127.0.0.1:" + std::to_string(FreePort());
    executor_ = std::make_unique<Process>(std::vector<std::string>{
        options.executor, "--grpc", address, "--log-level", "warning", "--capacity",
        std::to_string(last_), "--conductors", desk_.address(), "--id", "bench"});
    session_ = std::make_unique<MonitorSession>(address, options.plan);
    empty_bytes_ = executor_->ResidentBytes();
    for (int i = 0; i < options.failing; ++i) {
      session_->set_address(first_failing_ + i, BreakableTargets::Address(i));
    }
  }

  void Run() {
    std::printf("{");
    Print("monitors", options_.plan.monitors);
    Print("interval_s", options_.plan.interval);
    MeasureBulk("start", &MonitorSession::Start);
    executor_->Watch(options_.plan.delay + 3 * options_.plan.interval);  // phases are spread
    MeasureBulk("update", &MonitorSession::Update);
    executor_->Watch(options_.plan.interval);
    MeasureProbing();
    if (options_.singles > 0) MeasureSingles();
    if (options_.failing > 0) MeasureFailures();
    MeasureBulk("cancel", &MonitorSession::Cancel);
    std::printf("\"end\": 0}\n");
  }

 private:
  using BulkCommand = double (MonitorSession::*)(int, int);

  void MeasureBulk(const std::string& name, BulkCommand command) {
    const double cpu = executor_->CpuSeconds();
    const uint64_t probes = session_->Totals().sent();
    const double seconds = (session_.get()->*command)(0, last_);
    Print((name + "_s").c_str(), seconds);
    Print((name + "_cpu_s").c_str(), executor_->CpuSeconds() - cpu);
    Print((name + "_probes").c_str(), static_cast<double>(session_->Totals().sent() - probes));
  }

  void MeasureProbing() {
    // What these see counts from here on.
    const int sample = std::min(kSample, last_);
    session_->Update(0, sample);
    executor_->Watch(options_.plan.interval);
    const v1::ProbeTotals before = session_->Totals();
    const double cpu_before = executor_->CpuSeconds();
    const double begin = Now();
    executor_->Watch(options_.seconds);
    const double cpu = executor_->CpuSeconds() - cpu_before;
    const double seconds = Now() - begin;
    const v1::ProbeTotals after = session_->Totals();
    const auto probes = static_cast<double>(after.sent() - before.sent());
    Print("probes_per_s", probes / seconds);
    Print("probes_planned_per_s", last_ / options_.plan.interval);
    Print("probes_failed", static_cast<double>(after.failed() - before.failed()));
    Print("cpu_share", cpu / seconds);
    Print("cpu_us_per_probe", 1e6 * cpu / probes);
    Print("latest_ms", 1000 * (session_->LongestGap(sample) - options_.plan.interval));
    Print("bytes_per_monitor", (executor_->ResidentBytes() - empty_bytes_) / last_);
    Print("resident_bytes", executor_->ResidentBytes());
  }

  void MeasureSingles() {
    std::vector<double> updates, cancels;
    for (int i = 0; i < options_.singles; ++i) updates.push_back(session_->Update(i, i + 1));
    for (int i = 0; i < options_.singles; ++i) cancels.push_back(session_->Cancel(i, i + 1));
    for (const double share : {0.5, 0.99}) {
      const std::string name = share < 0.9 ? "p50" : "p99";
      Print(("update_ms_" + name).c_str(), 1000 * Percentile(updates, share));
      Print(("cancel_ms_" + name).c_str(), 1000 * Percentile(cancels, share));
    }
  }

  void MeasureFailures() {
    breakable_->Break();
    executor_->Watch((kCount + 2) * options_.plan.interval);
    const std::vector<double> lateness = desk_.lateness();
    Print("failures_reported", static_cast<double>(lateness.size()));
    Print("failure_late_ms_p50", 1000 * Percentile(lateness, 0.5));
    Print("failure_late_ms_p99", 1000 * Percentile(lateness, 0.99));
  }

  const Options options_;
  const int first_failing_;
  const int last_;
  FailureDesk desk_;
  std::unique_ptr<BreakableTargets> breakable_;
  std::unique_ptr<Process> executor_;
  std::unique_ptr<MonitorSession> session_;
  double empty_bytes_ = 0;
};

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{"Measures gregale-executor with very many monitors; prints one JSON object."};
  app.add_option("--executor", options.executor, "The program")->required();
  app.add_option("--monitors", options.plan.monitors)->capture_default_str();
  app.add_option("--interval", options.plan.interval, "Seconds; the timeout, too")
      ->capture_default_str();
  app.add_option("--delay", options.plan.delay, "Seconds before the first probe")
      ->capture_default_str();
  app.add_option("--driver", options.plan.driver, "ping or http_ping")->capture_default_str();
  app.add_option("--port", options.plan.port, "Of http_ping")->capture_default_str();
  app.add_flag("--keep-alive", options.plan.keep_alive, "Of http_ping: probes share connections");
  app.add_option("--seconds", options.seconds, "Of probing")->capture_default_str();
  app.add_option("--singles", options.singles, "Updates and cancels, one at a time")
      ->capture_default_str();
  app.add_option("--failing", options.failing,
                 "Targets that break; only in a network namespace of its own (unshare -n)")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  Measurement(options).Run();
  return 0;
}

}  // namespace
}  // namespace gregale::bench

int main(int argc, char** argv) { return gregale::bench::Main(argc, argv); }
