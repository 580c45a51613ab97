#include "executor/watch_run.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "executor/action_runner.h"
#include "executor/fake_network.h"
#include "executor/fake_reporter.h"
#include "executor/workflow_cache.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::Json;
using v1::MonitorTarget;

constexpr char kAction[] = "00000000-0000-4000-8000-000000000001";
constexpr char kVnf[] = "550e8400-e29b-41d4-a716-446655440000";
constexpr char kOtherVnf[] = "550e8400-e29b-41d4-a716-446655440001";

// As conductors write it.
std::string WorkflowOf(const std::string& vnf) {
  return "version: '2.0'\nvnf_id_" + vnf + R"(:
  type: direct
  description: Watches the VDUs of VNF )" +
         vnf + R"(
  input: [vnf_id, addresses]
  tasks:
    monitor_ping_VDU1:
      action: vnf.ping
      input: {vdu: VDU1, addresses: "<% $.addresses.get('VDU1') %>", interval: 1, count: 3,
              monitoring_delay: 0, timeout: 0.5, actions: {failure: [respawn]}}
    monitor_ping_VDU2:
      action: vnf.ping
      input: {vdu: VDU2, addresses: "<% $.addresses.get('VDU2') %>", interval: 1, count: 3,
              monitoring_delay: 0, timeout: 0.5, actions: {failure: [log]}}
)";
}

Json Input(const std::string& vnf, const std::string& first, const std::string& second) {
  Json input = Json::object();
  input["vnf_id"] = vnf;
  input["addresses"]["VDU1"] = Json::array({first});
  input["addresses"]["VDU2"] = Json::array({second});
  return input;
}

struct Deaf final : RunObserver {
  void OnEvent(Run&, const v1::MonitorEvent&) override {}
  void OnEnd(Run&, const ActionOutcome&) override {}
};

struct Bench {
  RunSpec Spec(const std::string& definition, Json input, const std::string& vnf = kVnf) {
    const auto known = cache.Get(definition, "", vnf);
    REQUIRE(known.ok());
    return {.action_id = kAction,
            .vnf_id = vnf,
            .workflow = known->workflow,
            .input = std::move(input),
            .plan = known->plan};
  }
  std::string Targets(const Run& run) {
    v1::MonitorAction action;
    run.Describe(&action);
    std::string text;
    for (const MonitorTarget& target : action.targets()) {
      text += target.vdu() + " " + target.address() + " " + std::to_string(target.state()) + "; ";
    }
    return text;
  }

  base::SimScheduler scheduler;
  base::SeededRandom random{5};
  ProbeTable table{scheduler, random};
  FakeNetwork network{scheduler, table};
  FakeReporter reporter;
  const ActionEnvironment environment{
      scheduler, random, table, {network, network, network, network, network}, reporter};
  Deaf observer;
  WorkflowCache cache{10};
};

TEST_CASE("Texts that differ in the VNF's id alone are one workflow, each with its own name") {
  Bench bench;
  const auto one = bench.cache.Get(WorkflowOf(kVnf), "", kVnf);
  const auto two = bench.cache.Get(WorkflowOf(kOtherVnf), "", kOtherVnf);
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  CHECK(one->plan != nullptr);
  CHECK(one->plan == two->plan);
  CHECK(NameFor(*one->workflow, kVnf) == std::string("vnf_id_") + kVnf);
  CHECK(NameFor(*two->workflow, kOtherVnf) == std::string("vnf_id_") + kOtherVnf);
}

TEST_CASE("A text in which the VNF's id means something is a workflow of its own") {
  Bench bench;
  const auto text = [](const std::string& vnf) {
    std::string with_id = WorkflowOf(vnf);
    return with_id.replace(with_id.find("vdu: VDU1"), 9, "vdu: " + vnf);
  };
  const auto one = bench.cache.Get(text(kVnf), "", kVnf);
  const auto two = bench.cache.Get(text(kOtherVnf), "", kOtherVnf);
  REQUIRE(one.ok());
  REQUIRE(two.ok());
  REQUIRE(one->plan != nullptr);
  CHECK(one->plan != two->plan);
  CHECK(one->plan->settings(0)->vdu == kVnf);
}

TEST_CASE("What does more than to watch has no plan") {
  Bench bench;
  const std::string more =
      GENERATE("      on-success: monitor_ping_VDU2\n", "      wait-before: 3\n",
               "      timeout: 3\n", "      with-items: i in [1, 2]\n", "      target: elsewhere\n",
               "      retry: {count: 2, delay: 1}\n");
  std::string text = WorkflowOf(kVnf);
  text.insert(text.find("    monitor_ping_VDU2"), more);
  const auto known = bench.cache.Get(text, "", kVnf);
  REQUIRE(known.ok());
  CHECK(known->plan == nullptr);
}

TEST_CASE("It watches what the engine would, before and after an update, and keeps its input") {
  Bench bench;
  const Json before = Input(kVnf, "10.0.0.1", "10.0.0.2");
  const Json after = Input(kVnf, "10.0.0.1", "10.0.0.3");
  const auto watch =
      WatchRun::Start(bench.environment, bench.observer, bench.Spec(WorkflowOf(kVnf), before));
  RunSpec spec = bench.Spec(WorkflowOf(kVnf), before);
  spec.workflow = CopyFor(*spec.workflow, kVnf);
  const auto engine = ActionRun::Start(bench.environment, bench.observer, std::move(spec));
  REQUIRE(watch.ok());
  REQUIRE(engine.ok());
  bench.scheduler.RunFor(absl::Seconds(5));
  CHECK(bench.Targets(**watch) == bench.Targets(**engine));
  CHECK((*watch)->input() == before);
  REQUIRE((*watch)->SetInput(after).ok());
  REQUIRE((*engine)->SetInput(after).ok());
  bench.scheduler.RunFor(absl::Seconds(5));
  CHECK(bench.Targets(**watch) == bench.Targets(**engine));
  CHECK(bench.Targets(**watch) == "VDU1 10.0.0.1 2; VDU2 10.0.0.3 2; ");
  CHECK((*watch)->input() == after);

  v1::MonitorAction one;
  (*watch)->Describe(&one);
  v1::MonitorAction two;
  (*engine)->Describe(&two);
  CHECK(one.workflow_name() == two.workflow_name());
  CHECK(one.vnf_id() == two.vnf_id());
}

TEST_CASE("An input that does not fit changes nothing") {
  Bench bench;
  const Json before = Input(kVnf, "10.0.0.1", "10.0.0.2");
  const auto run =
      WatchRun::Start(bench.environment, bench.observer, bench.Spec(WorkflowOf(kVnf), before));
  REQUIRE(run.ok());
  const Json wrong = GENERATE_COPY(Json::object(), Json(3), Input(kVnf, "10.0.0.1", "nowhere"));
  CHECK((*run)->SetInput(wrong).code() == absl::StatusCode::kInvalidArgument);
  CHECK((*run)->input() == before);
}

}  // namespace
}  // namespace gregale::executor
