// Work whose instructions are counted (counted_work_test.py): the same on every machine, with a
// simulated clock and a network that answers at once.
//
// Usage: counted_work probes|workflows COUNT. Does at least so many.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "executor/action_library.h"
#include "executor/probe_table.h"
#include "executor/target.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"
#include "workflow/engine.h"

namespace gregale::bench {
namespace {

using executor::IpAddress;
using executor::ProbeTable;
using executor::Target;

// Every probe is answered in the next millisecond.
class Echo final : public executor::Prober {
 public:
  Echo(base::Scheduler& scheduler, ProbeTable& table)
      : scheduler_(scheduler), table_(table), alarm_(scheduler, [this] { Answer(); }) {}
  void Probe(const executor::ProbeRequest& request) override {
    waiting_.emplace_back(request.id, request.address);
    if (!alarm_.armed()) alarm_.SetAfter(absl::Milliseconds(1));
  }
  void Poll() override {}
  size_t answered() const { return answered_; }

 private:
  void Answer() {
    for (const auto& [id, address] : waiting_) {
      table_.OnSent(id, scheduler_.Now() - absl::Milliseconds(1));
      table_.OnAnswer(id, address, scheduler_.Now());
    }
    answered_ += waiting_.size();
    waiting_.clear();
  }

  base::Scheduler& scheduler_;
  ProbeTable& table_;
  base::Alarm alarm_;
  std::vector<std::pair<executor::ProbeId, IpAddress>> waiting_;
  size_t answered_ = 0;
};

class Deaf final : public executor::TargetObserver {
 public:
  void OnProbe(Target&, std::string_view) override {}
  void OnFailed(Target&) override { std::abort(); }
  void OnRecovered(Target&) override {}
};

void MakeProbes(size_t count) {
  constexpr int kTargets = 1000;
  base::SimScheduler scheduler;
  base::SeededRandom random(1);
  ProbeTable table(scheduler, random);
  Echo echo(scheduler, table);
  Deaf deaf;
  policies::MonitorParameters parameters;
  parameters.timing = {.interval = absl::Seconds(1), .timeout = absl::Seconds(1), .count = 3};
  std::vector<std::unique_ptr<Target>> targets;
  for (int i = 0; i < kTargets; ++i) {
    const auto address =
        IpAddress::Parse("10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1));
    targets.push_back(std::make_unique<Target>(table, echo, *address, parameters, deaf));
  }
  while (echo.answered() < count) scheduler.RunFor(absl::Seconds(1));
}

void RunWorkflows(size_t count) {
  const auto workflow = workflow::ParseWorkflow(
      "version: '2.0'\nwf:\n  input: [n]\n  tasks:\n    t:\n      action: std.sleep seconds=<% $.n "
      "%>\n");
  if (!workflow.ok()) std::abort();
  const executor::ActionLibrary library;
  for (size_t i = 0; i < count; ++i) {
    workflow::Execution execution(*workflow, library);
    base::Json input = base::Json::object();
    input["n"] = 1;
    const auto begun = execution.Step(
        {absl::UnixEpoch(), workflow::Start{.input = std::move(input), .seed_low = i}});
    if (!begun.ok()) std::abort();
    const auto& start = std::get<workflow::StartAction>(begun->front());
    const auto ended = execution.Step(
        {absl::UnixEpoch(), workflow::ActionDone{.action_id = start.action_id, .value = nullptr}});
    if (!ended.ok()) std::abort();
  }
}

}  // namespace
}  // namespace gregale::bench

int main(int argc, char** argv) {
  const std::string_view what = argc == 3 ? argv[1] : "";
  const size_t count = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
  if (what == "probes") {
    gregale::bench::MakeProbes(count);
  } else if (what == "workflows") {
    gregale::bench::RunWorkflows(count);
  } else {
    std::fprintf(stderr, "usage: counted_work probes|workflows COUNT\n");
    return 2;
  }
  return 0;
}
