#include "executor/action_runner.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "executor/fake_network.h"
#include "executor/fake_reporter.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::Json;
using v1::MonitorEvent;
using Response = v1::ExecutePolicyActionResponse;

constexpr char kVnf[] = "550e8400-e29b-41d4-a716-446655440000";
constexpr char kOne[] = "00000000-0000-4000-8000-000000000001";
constexpr char kTwo[] = "00000000-0000-4000-8000-000000000002";

// Two VDUs, each with its own task, as the conductors generate it.
constexpr char kTwoVdus[] = R"(
version: "2.0"
two_vdus:
  type: direct
  input: [addresses]
  tasks:
    one:
      action: vnf.ping
      input: {vdu: VDU1, addresses: <% $.addresses.get(VDU1) %>, monitoring_delay: 0, interval: 1,
              timeout: 0.5, count: 2, actions: {failure: [respawn]}}
    two:
      action: vnf.ping
      input: {vdu: VDU2, addresses: <% $.addresses.get(VDU2) %>, monitoring_delay: 0, interval: 1,
              timeout: 0.5, count: 2, actions: {failure: [respawn]}}
)";

Json Addresses(const std::string& one, const std::string& two) {
  Json addresses = Json::object();
  addresses["VDU1"] = Json::array({one});
  addresses["VDU2"] = Json::array({two});
  Json input = Json::object();
  input["addresses"] = std::move(addresses);
  return input;
}

struct Bench {
  absl::Status Start(const std::string& id, const std::string& definition, Json input) {
    const auto workflow = runner.ParseWorkflow(definition, "", kVnf);
    REQUIRE(workflow.ok());
    RunSpec spec;
    spec.action_id = id;
    spec.vnf_id = kVnf;
    spec.owner = RunOwner::kSession;
    spec.version = 1;
    spec.workflow = workflow->workflow;
    spec.plan = workflow->plan;
    spec.input = std::move(input);
    return runner.Start(std::move(spec));
  }
  absl::Status StartAction(const std::string& id, const std::string& action, Json input) {
    RunSpec spec;
    spec.action_id = id;
    spec.action = action;
    spec.owner = RunOwner::kSession;
    spec.input = std::move(input);
    return runner.Start(std::move(spec));
  }
  v1::ListResponse List() {
    v1::ListResponse response;
    runner.List({}, &response);
    return response;
  }

  base::SimScheduler scheduler;
  base::SeededRandom random{5};
  ProbeTable table{scheduler, random};
  FakeNetwork network{scheduler, table};
  FakeReporter reporter;
  const ActionEnvironment environment{
      scheduler, random, table, {network, network, network, network, network}, reporter};
  ActionRunner runner{environment, 3};
};

TEST_CASE("A workflow's tasks each watch their VDU; incidents are numbered within the action id") {
  Bench bench;
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  bench.scheduler.RunFor(absl::Seconds(5));
  REQUIRE(bench.List().actions_size() == 1);
  REQUIRE(bench.List().actions(0).targets_size() == 2);
  CHECK(bench.List().actions(0).workflow_name() == "two_vdus");
  CHECK(bench.List().actions(0).version() == 1);
  bench.network.At("10.0.0.1").alive = false;
  bench.network.At("10.0.0.2").alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 2; },
                                   absl::Seconds(10)));
  CHECK(bench.reporter.reports[0].vdu() != bench.reporter.reports[1].vdu());
  CHECK(bench.reporter.reports[0].incident() == 1);
  CHECK(bench.reporter.reports[1].incident() == 2);
}

TEST_CASE("BAD_ACTION for one task ends everything under the action id") {
  Bench bench;
  std::vector<std::string> ended;
  bench.runner.set_on_end([&](const RunHead& run, const ActionOutcome& end) {
    ended.push_back(run.action_id.ToText() + " " + end.reason);
  });
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  REQUIRE(bench.Start(kTwo, kTwoVdus, Addresses("10.0.0.3", "10.0.0.4")).ok());
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 1; },
                                   absl::Seconds(10)));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_BAD_ACTION);
  const size_t healthy = bench.network.CountSentTo("10.0.0.2");
  const size_t other = bench.network.CountSentTo("10.0.0.3");
  bench.scheduler.RunFor(absl::Seconds(5));
  CHECK(ended == std::vector<std::string>{std::string(kOne) + " BAD_ACTION"});
  CHECK(bench.network.CountSentTo("10.0.0.2") == healthy);
  CHECK(bench.network.CountSentTo("10.0.0.3") > other);
  CHECK(bench.runner.size() == 1);
}

TEST_CASE("A run that starts again under its action id uses no incident number twice") {
  Bench bench;
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 1; },
                                   absl::Seconds(10)));
  REQUIRE(bench.runner.Kill(kOne, "killed").ok());
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 2; },
                                   absl::Seconds(10)));
  CHECK(bench.reporter.reports[0].incident() == 1);
  CHECK(bench.reporter.reports[1].incident() == 2);
}

TEST_CASE("An update of one VDU's address leaves the other's probing alone, and ends holds") {
  Bench bench;
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  bench.network.At("10.0.0.2").alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 1; },
                                   absl::Seconds(10)));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_ACCEPTED);
  const auto sent = bench.List().actions(0).targets(0).probes_sent();
  REQUIRE(bench.runner.SetInput(kOne, Addresses("10.0.0.1", "10.0.0.5"), 2).ok());
  const auto action = bench.List().actions(0);
  CHECK(action.version() == 2);
  CHECK(action.targets(0).address() == "10.0.0.1");
  CHECK(action.targets(0).probes_sent() == sent);
  CHECK(action.targets(1).address() == "10.0.0.5");
  // The same input again, as after a respawn that has kept the address.
  bench.network.At("10.0.0.5").alive = false;
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 2; },
                                   absl::Seconds(10)));
  bench.reporter.AnswerReport(1, Response::DISPOSITION_ACCEPTED);
  REQUIRE(bench.runner.SetInput(kOne, Addresses("10.0.0.1", "10.0.0.5"), 3).ok());
  REQUIRE(bench.scheduler.RunUntil([&] { return bench.reporter.reports.size() == 3; },
                                   absl::Seconds(10)));
  CHECK(bench.reporter.reports[2].incident() == 3);
}

TEST_CASE("An update that is wrong for one task changes none") {
  Bench bench;
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  const absl::Status status = bench.runner.SetInput(kOne, Addresses("10.0.0.7", "no address"), 2);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  auto action = bench.List().actions(0);
  CHECK(action.version() == 1);
  CHECK(action.targets(0).address() == "10.0.0.1");
  CHECK(action.targets(1).address() == "10.0.0.2");
  // And the next good one finds everything as it was.
  REQUIRE(bench.runner.SetInput(kOne, Addresses("10.0.0.7", "10.0.0.8"), 2).ok());
  action = bench.List().actions(0);
  CHECK(action.targets(0).address() == "10.0.0.7");
  CHECK(action.targets(1).address() == "10.0.0.8");
}

TEST_CASE("Update replaces the keys that it names and keeps the others") {
  Bench bench;
  REQUIRE(bench
              .StartAction(kOne, "vnf.ping",
                           {{"vdu", "VDU1"}, {"addresses", "10.0.0.1"}, {"interval", 2}})
              .ok());
  REQUIRE(bench.runner.Update(kOne, {{"addresses", {"10.0.0.2"}}}).ok());
  const auto target = bench.List().actions(0).targets(0);
  CHECK(target.vdu() == "VDU1");
  CHECK(target.address() == "10.0.0.2");
  CHECK(target.interval().seconds() == 2);
  CHECK(bench.runner.Update(kOne, Json::array()).code() == absl::StatusCode::kInvalidArgument);
  CHECK(bench.runner.Update(kTwo, Json::object()).code() == absl::StatusCode::kNotFound);
}

TEST_CASE("Runs that are done end, with the reason") {
  Bench bench;
  std::vector<std::string> ended;
  bench.runner.set_on_end(
      [&](const RunHead&, const ActionOutcome& end) { ended.push_back(end.reason); });
  SECTION("an action alone") {
    REQUIRE(bench.StartAction(kOne, "std.echo", {{"output", 1}, {"delay", 3}}).ok());
    bench.scheduler.RunFor(absl::Milliseconds(2900));
    CHECK(ended.empty());
    bench.scheduler.RunFor(absl::Milliseconds(200));
  }
  SECTION("a workflow") {
    constexpr char kChain[] = R"(
version: "2.0"
chain:
  type: direct
  tasks:
    first:
      action: std.noop
      on-success: [second]
    second:
      action: std.echo output='done'
)";
    REQUIRE(bench.Start(kOne, kChain, Json::object()).ok());
    CHECK(ended.empty());
    bench.scheduler.RunFor(absl::Seconds(1));
  }
  CHECK(ended == std::vector<std::string>{"success"});
  CHECK(bench.runner.size() == 0);
}

TEST_CASE("A workflow whose second task cannot start ends with the reason") {
  Bench bench;
  std::vector<std::string> ended;
  bench.runner.set_on_end(
      [&](const RunHead&, const ActionOutcome& end) { ended.push_back(end.reason); });
  constexpr char kBroken[] = R"(
version: "2.0"
broken:
  type: direct
  tasks:
    first:
      action: std.noop
      on-success: [second]
    second:
      action: vnf.ping
      input: {addresses: nonsense}
)";
  REQUIRE(bench.Start(kOne, kBroken, Json::object()).ok());
  bench.scheduler.RunFor(absl::Seconds(1));
  REQUIRE(ended.size() == 1);
  CHECK_THAT(ended[0], Catch::Matchers::Contains("nonsense"));
}

TEST_CASE("Watchers see what their filter lets pass, from the present state on") {
  Bench bench;
  REQUIRE(bench.Start(kOne, kTwoVdus, Addresses("10.0.0.1", "10.0.0.2")).ok());
  std::vector<MonitorEvent::Kind> all;
  std::vector<MonitorEvent::Kind> other;
  const auto watch_all =
      bench.runner.Watch({.action_id = {}, .vnf_id = kVnf, .include_probes = false},
                         [&](const MonitorEvent& event) { all.push_back(event.kind()); });
  auto watch_other =
      bench.runner.Watch({.action_id = kTwo, .vnf_id = {}, .include_probes = true},
                         [&](const MonitorEvent& event) { other.push_back(event.kind()); });
  CHECK(all == std::vector{MonitorEvent::KIND_SNAPSHOT, MonitorEvent::KIND_SNAPSHOT});
  all.clear();
  REQUIRE(bench.Start(kTwo, kTwoVdus, Addresses("10.0.0.3", "10.0.0.4")).ok());
  bench.scheduler.RunFor(absl::Seconds(3));
  CHECK(all == std::vector{MonitorEvent::KIND_STARTED});
  REQUIRE(other.size() > 4);
  CHECK(other[0] == MonitorEvent::KIND_STARTED);
  CHECK(other[1] == MonitorEvent::KIND_PROBE);
  watch_other.reset();
  const size_t seen = other.size();
  REQUIRE(bench.runner.Kill(kTwo, "killed").ok());
  CHECK(other.size() == seen);
  CHECK(all.back() == MonitorEvent::KIND_ENDED);
  CHECK(bench.runner.Kill(kTwo, "killed").code() == absl::StatusCode::kNotFound);
}

TEST_CASE("The list comes in pages, in order, and by VNF") {
  Bench bench;
  const std::string three = "00000000-0000-4000-8000-000000000003";
  for (const std::string& id : {three, std::string(kOne), std::string(kTwo)}) {
    REQUIRE(bench.StartAction(id, "vnf.ping", {{"addresses", "10.0.0.1"}}).ok());
  }
  v1::ListRequest request;
  request.set_page_size(2);
  v1::ListResponse page;
  bench.runner.List(request, &page);
  REQUIRE(page.actions_size() == 2);
  CHECK(page.actions(0).action_id() == kOne);
  CHECK(page.actions(1).action_id() == kTwo);
  request.set_page_token(page.next_page_token());
  page.Clear();
  bench.runner.List(request, &page);
  REQUIRE(page.actions_size() == 1);
  CHECK(page.actions(0).action_id() == three);
  CHECK(page.next_page_token().empty());
  request.Clear();
  request.set_vnf_id(kVnf);
  page.Clear();
  bench.runner.List(request, &page);
  CHECK(page.actions_size() == 0);
  CHECK(bench.StartAction("00000000-0000-4000-8000-000000000004", "std.noop", Json::object())
            .code() == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("A definition is parsed once, and the cache is bounded") {
  WorkflowCache cache(2);
  const auto text = [](int n) {
    return "version: '2.0'\nw" + std::to_string(n) +
           ":\n  tasks:\n    t:\n      action: std.noop\n";
  };
  const auto first = cache.Get(text(1), "", "");
  REQUIRE(first.ok());
  CHECK(cache.Get(text(1), "", "")->workflow == first->workflow);
  CHECK(cache.Get(text(1), "w1", "")->workflow != first->workflow);  // another key
  REQUIRE(cache.Get(text(2), "", "").ok());
  CHECK(cache.Get(text(1), "", "")->workflow != first->workflow);  // was dropped
  CHECK_FALSE(cache.Get("nonsense", "", "").ok());
}

}  // namespace
}  // namespace gregale::executor
