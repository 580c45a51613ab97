#include "executor/monitor_action.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "executor/fake_network.h"
#include "executor/fake_reporter.h"
#include "policies/monitoring.h"
#include "support/seeded_random.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::Json;
using v1::MonitorEvent;
using v1::MonitorTarget;
using Response = v1::ExecutePolicyActionResponse;

constexpr char kAction[] = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
constexpr char kVnf[] = "550e8400-e29b-41d4-a716-446655440000";

Json Input(std::vector<std::string> addresses) {
  Json input = {{"vdu", "VDU1"},
                {"monitoring_delay", 1},
                {"count", 3},
                {"interval", 1},
                {"timeout", 0.5},
                {"recovery_count", 2},
                {"actions", {{"failure", Json::array({"respawn", "log"})}}}};
  input["addresses"] = addresses;
  return input;
}

// One monitor action with everything around it simulated.
struct Bench : ActionHost {
  explicit Bench(const Json& input, std::string vnf = kVnf) : vnf_(std::move(vnf)) {
    const ActionKind* ping = FindActionKind("vnf.ping");
    REQUIRE(ping->check(input).ok());
    action = ping->make(input, {.environment = environment, .host = *this, .done = [this](auto o) {
                                  outcomes.push_back(o);
                                  action.reset();
                                }});
  }
  std::string action_id() const override { return id_; }
  std::string vnf_id() const override { return vnf_; }
  uint64_t NextIncident() override { return ++incidents; }
  bool Wants(MonitorEvent::Kind kind) const override { return kind != MonitorEvent::KIND_PROBE; }
  void Publish(MonitorEvent event) override { events.push_back(std::move(event)); }

  std::vector<MonitorTarget> Targets() const {
    google::protobuf::RepeatedPtrField<MonitorTarget> targets;
    action->AppendTargets(&targets);
    return {targets.begin(), targets.end()};
  }
  bool RunUntilReports(size_t count, absl::Duration limit = absl::Seconds(60)) {
    return scheduler.RunUntil([&] { return reporter.reports.size() >= count; }, limit);
  }

  const std::string id_ = kAction;
  const std::string vnf_;
  base::SimScheduler scheduler;
  base::SeededRandom random{3};
  ProbeTable table{scheduler, random};
  FakeNetwork network{scheduler, table};
  FakeReporter reporter;
  ActionEnvironment environment{
      scheduler, random, table, {network, network, network, network, network}, reporter};
  uint64_t incidents = 0;
  std::vector<MonitorEvent> events;
  std::vector<ActionOutcome> outcomes;
  std::unique_ptr<Action> action;
};

TEST_CASE("An incident is reported once, with what the conductors need, and then held") {
  Bench bench(Input({"10.0.0.1"}));
  bench.scheduler.RunFor(absl::Seconds(5));
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_UP);
  const absl::Time broken = bench.scheduler.WallNow();
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  const auto& report = bench.reporter.reports[0];
  CHECK(report.action_id() == kAction);
  CHECK(report.vnf_id() == kVnf);
  CHECK(report.vdu() == "VDU1");
  CHECK(report.policy() == "ping");
  CHECK(report.address() == "10.0.0.1");
  CHECK(report.monitor_return_value() == "failure");
  REQUIRE(report.policy_actions_size() == 2);
  CHECK(report.policy_actions(0) == "respawn");
  CHECK(report.policy_actions(1) == "log");
  CHECK(report.incident() == 1);
  CHECK(report.failed_probes() == 3);
  CHECK(report.reason() == "timeout");
  CHECK(report.since().seconds() >= absl::ToUnixSeconds(broken));
  CHECK(report.since().seconds() <= absl::ToUnixSeconds(broken) + 2);
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_REPORTING);
  CHECK(bench.Targets()[0].incident() == 1);

  bench.reporter.AnswerReport(
      0, GENERATE(Response::DISPOSITION_ACCEPTED, Response::DISPOSITION_DUPLICATE,
                  Response::DISPOSITION_HELD));
  bench.scheduler.RunFor(absl::Seconds(120));
  CHECK(bench.reporter.reports.size() == 1);
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_HOLDING);
  CHECK(bench.network.CountSentTo("10.0.0.1") > 100);  // still probed
  REQUIRE(bench.events.size() == 2);
  CHECK(bench.events[0].kind() == MonitorEvent::KIND_FAILURE);
  CHECK(bench.events[1].kind() == MonitorEvent::KIND_REPORTED);
  CHECK(bench.outcomes.empty());
}

TEST_CASE("A report that was held back is repeated with the same number while the target is dead") {
  Bench bench(Input({"10.0.0.1"}));
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_HELD, absl::Seconds(5));
  bench.scheduler.RunFor(absl::Milliseconds(4900));
  CHECK(bench.reporter.reports.size() == 1);
  REQUIRE(bench.RunUntilReports(2, absl::Milliseconds(200)));
  CHECK(bench.reporter.reports[1].incident() == 1);
  SECTION("it has recovered meanwhile") {
    bench.reporter.AnswerReport(1, Response::DISPOSITION_HELD, absl::Seconds(5));
    bench.network.At("10.0.0.1").alive = true;
    bench.scheduler.RunFor(absl::Seconds(60));
    REQUIRE(bench.reporter.reports.size() == 3);
    CHECK(bench.reporter.reports[2].monitor_return_value() == "recovery");
    CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_UP);
  }
  SECTION("it is accepted") {
    bench.reporter.AnswerReport(1, Response::DISPOSITION_ACCEPTED);
    bench.scheduler.RunFor(absl::Seconds(60));
    CHECK(bench.reporter.reports.size() == 2);
  }
}

TEST_CASE("BAD_ACTION makes the action ask for the end of its run, once") {
  Bench bench(Input({"10.0.0.1", "10.0.0.2"}));
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_BAD_ACTION);
  REQUIRE(bench.outcomes.size() == 1);
  CHECK(bench.outcomes[0].kind == ActionOutcome::Kind::kExitRun);
  CHECK(bench.outcomes[0].reason == "BAD_ACTION");
  const size_t before = bench.network.CountSentTo("10.0.0.2");
  bench.scheduler.RunFor(absl::Seconds(10));
  CHECK(bench.network.CountSentTo("10.0.0.2") == before);
}

TEST_CASE("A recovery ends the hold; a new failure is a new incident") {
  Bench bench(Input({"10.0.0.1"}));
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  SECTION("after the answer") { bench.reporter.AnswerReport(0, Response::DISPOSITION_ACCEPTED); }
  SECTION("before any conductor has answered") {}
  bench.network.At("10.0.0.1").alive = true;
  bench.scheduler.RunFor(absl::Seconds(10));
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_UP);
  CHECK_FALSE(bench.reporter.IsOpen(0));
  CHECK(bench.events.back().kind() == MonitorEvent::KIND_RECOVERY);
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(3));
  CHECK(bench.reporter.reports[2].incident() > bench.reporter.reports[0].incident());
}

TEST_CASE("While no conductor answers, one report of each target is kept: its latest state") {
  Json input = Input({"10.0.0.1", "10.0.0.2"});
  input["actions"]["recovery"] = "log";
  Bench bench(input);
  const auto turn = [&](bool alive) {
    const size_t before = bench.reporter.reports.size();
    for (const char* address : {"10.0.0.1", "10.0.0.2"}) bench.network.At(address).alive = alive;
    bench.RunUntilReports(before + 2);
  };
  for (int i = 0; i < 20; ++i) turn(i % 2 == 1);
  const size_t made = bench.reporter.reports.size();
  REQUIRE(made > 4);
  size_t open = 0;
  for (size_t i = 0; i < made; ++i) {
    if (!bench.reporter.IsOpen(i)) continue;
    ++open;
    CHECK(i + 2 >= made);  // the newest of each
  }
  CHECK(open == 2);
}

TEST_CASE("A recovery is reported as the failure was, with the policy's actions for it") {
  Json input = Input({"10.0.0.1"});
  const bool has_actions = GENERATE(true, false);
  if (has_actions) input["actions"]["recovery"] = "log";
  Bench bench(input);
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_ACCEPTED);
  bench.network.At("10.0.0.1").alive = true;
  REQUIRE(bench.RunUntilReports(2));
  CHECK(bench.reporter.reports[1].monitor_return_value() == "recovery");
  CHECK(bench.reporter.reports[1].policy_actions_size() == (has_actions ? 1 : 0));
  CHECK(bench.reporter.reports[1].incident() == 2);
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_UP);
}

TEST_CASE("Incidents of several targets have different numbers") {
  Bench bench(Input({"10.0.0.1", "10.0.0.2", "fd00::1"}));
  for (const char* address : {"10.0.0.1", "10.0.0.2", "fd00::1"}) {
    bench.network.At(address).alive = false;
  }
  REQUIRE(bench.RunUntilReports(3));
  std::vector<uint64_t> numbers;
  for (const auto& report : bench.reporter.reports) numbers.push_back(report.incident());
  CHECK(numbers == std::vector<uint64_t>{1, 2, 3});
}

TEST_CASE("Nothing is reported without actions for the event, or without a VNF") {
  Json input = Input({"10.0.0.1"});
  const bool without_vnf = GENERATE(true, false);
  if (!without_vnf) input.erase("actions");
  Bench bench(input, without_vnf ? "" : kVnf);
  bench.network.At("10.0.0.1").alive = false;
  bench.scheduler.RunFor(absl::Seconds(30));
  CHECK(bench.reporter.reports.empty());
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_HOLDING);
  REQUIRE(bench.events.size() == 1);
  CHECK(bench.events[0].kind() == MonitorEvent::KIND_FAILURE);
}

TEST_CASE("An update keeps, adds and removes targets by address") {
  Bench bench(Input({"10.0.0.1", "10.0.0.2"}));
  bench.scheduler.RunFor(absl::Seconds(10));
  const auto before = bench.Targets();
  REQUIRE(bench.action->Check(Input({"10.0.0.3", "10.0.0.1"})).ok());
  bench.action->Update(Input({"10.0.0.3", "10.0.0.1"}));
  const auto after = bench.Targets();
  REQUIRE(after.size() == 2);
  CHECK(after[0].address() == "10.0.0.3");
  CHECK(after[0].state() == MonitorTarget::STATE_WAITING);
  CHECK(after[1].address() == "10.0.0.1");
  CHECK(after[1].probes_sent() == before[0].probes_sent());
  CHECK(after[1].state() == MonitorTarget::STATE_UP);
  const size_t removed = bench.network.CountSentTo("10.0.0.2");
  bench.scheduler.RunFor(absl::Milliseconds(990));
  CHECK(bench.network.CountSentTo("10.0.0.3") == 0);  // the monitoring delay
  bench.scheduler.RunFor(absl::Seconds(10));
  CHECK(bench.network.CountSentTo("10.0.0.2") == removed);
  CHECK(bench.network.CountSentTo("10.0.0.3") >= 9);
}

TEST_CASE("An update ends holds; what is dead still fails again, as a new incident") {
  Bench bench(Input({"10.0.0.1"}));
  bench.network.At("10.0.0.1").alive = false;
  REQUIRE(bench.RunUntilReports(1));
  bench.reporter.AnswerReport(0, Response::DISPOSITION_ACCEPTED);
  SECTION("with an input") { bench.action->Update(Input({"10.0.0.1"})); }
  SECTION("of other actions of the run") { bench.action->Resume(); }
  CHECK(bench.Targets()[0].state() == MonitorTarget::STATE_WAITING);
  const base::MonoTime resumed = bench.scheduler.Now();
  REQUIRE(bench.RunUntilReports(2));
  CHECK(bench.scheduler.Now() - resumed > absl::Seconds(3));  // the delay, and three probes
  CHECK(bench.reporter.reports[1].incident() == 2);
}

TEST_CASE("An update changes the timing of the targets that stay") {
  Bench bench(Input({"10.0.0.1"}));
  bench.scheduler.RunFor(absl::Seconds(5));
  Json faster = Input({"10.0.0.1"});
  faster["interval"] = 0.1;
  bench.action->Update(faster);
  const size_t before = bench.network.CountSentTo("10.0.0.1");
  bench.scheduler.RunFor(absl::Seconds(10));
  const size_t sent = bench.network.CountSentTo("10.0.0.1") - before;
  CHECK(sent >= 98);
  CHECK(sent <= 104);  // the first gaps are shorter
}

TEST_CASE("An input that is wrong is refused, and says where") {
  Json input = Input({"10.0.0.1"});
  std::string field;
  SECTION("no addresses") { input.erase("addresses"), field = "addresses"; }
  SECTION("no address") { input["addresses"] = "not-an-address", field = "addresses"; }
  SECTION("a multicast address") { input["addresses"] = "224.0.0.1", field = "addresses"; }
  SECTION("a number as address") { input["addresses"] = 7, field = "addresses"; }
  SECTION("unknown event") { input["actions"] = {{"fail", "log"}}, field = "actions"; }
  SECTION("actions of the wrong type") { input["actions"]["failure"] = 3, field = "actions"; }
  SECTION("unknown key") { input["intervall"] = 1, field = "intervall"; }
  SECTION("vdu is no name") { input["vdu"] = Json::array(), field = "vdu"; }
  SECTION("interval out of bounds") { input["interval"] = 0.001, field = "interval"; }
  SECTION("no object") { input = Json::array(), field = "input"; }
  const absl::Status status = FindActionKind("vnf.ping")->check(input);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK_THAT(base::ErrorField(status), Catch::Matchers::Contains(field));
}

TEST_CASE("Of a target that flaps only what lasts is reported") {
  Json input = Input({"10.0.0.1"});
  input["flap_count"] = 2;
  input["flap_window"] = 1000;
  input["flap_hold"] = 30;
  Bench bench(input);
  const auto toggle = [&](bool alive, absl::Duration time) {
    bench.network.At("10.0.0.1").alive = alive;
    bench.scheduler.RunFor(time);
  };
  const auto kinds = [&] {
    std::vector<MonitorEvent::Kind> list;
    for (const MonitorEvent& event : bench.events) list.push_back(event.kind());
    return list;
  };
  bench.scheduler.RunFor(absl::Seconds(3));
  for (int i = 0; i < 2; ++i) {
    toggle(false, absl::Seconds(10));
    toggle(true, absl::Seconds(10));
  }
  CHECK(kinds() == std::vector{MonitorEvent::KIND_FAILURE, MonitorEvent::KIND_RECOVERY,
                               MonitorEvent::KIND_FAILURE, MonitorEvent::KIND_FLAPPING,
                               MonitorEvent::KIND_RECOVERY});
  CHECK(bench.Targets()[0].flapping());
  const size_t reports = bench.reporter.reports.size();

  // Short failures are no news now, nor are their ends.
  for (int i = 0; i < 3; ++i) {
    toggle(false, absl::Seconds(20));
    toggle(true, absl::Seconds(10));
  }
  CHECK(bench.reporter.reports.size() == reports);
  CHECK(bench.events.size() == 5);

  // A failure that lasts is, once.
  toggle(false, absl::Seconds(60));
  REQUIRE(bench.reporter.reports.size() == reports + 1);
  CHECK(bench.reporter.reports.back().monitor_return_value() == "failure");
  CHECK(bench.reporter.reports.back().failed_probes() >= 30);
  bench.reporter.AnswerReport(reports, Response::DISPOSITION_HELD, absl::Seconds(5));
  toggle(true, absl::Seconds(20));
  CHECK(bench.reporter.reports.size() <= reports + 2);  // not repeated while it is well
  const size_t before = bench.reporter.reports.size();
  toggle(false, absl::Seconds(20));
  CHECK(bench.reporter.reports.size() == before + 1);  // but when it is dead again
  CHECK(bench.reporter.reports.back().incident() == bench.reporter.reports[reports].incident());
  toggle(true, absl::Seconds(60));
  CHECK(bench.events.back().kind() == MonitorEvent::KIND_RECOVERY);

  // What replaces it has no history.
  toggle(false, absl::Seconds(60));
  bench.action->Update(input);
  CHECK_FALSE(bench.Targets()[0].flapping());
}

TEST_CASE("A probe that says nothing counts neither way, and is not repeated at once") {
  Bench bench(Input({"10.0.0.1"}));
  bench.network.At("10.0.0.1").says_nothing = true;
  bench.scheduler.RunFor(absl::Seconds(100));
  CHECK(bench.reporter.reports.empty());
  CHECK(bench.network.CountSentTo("10.0.0.1") <= 105);
  CHECK(bench.Targets()[0].last_error() == "unknown: test");
  CHECK(bench.Targets()[0].last_output() == "hm");
}

TEST_CASE("Every driver that probes has its action, and Tacker's action for VIMs is a ping") {
  for (const policies::MonitorDriver& driver : policies::MonitorDrivers()) {
    if (!driver.action.empty()) CHECK(FindActionKind(driver.action) != nullptr);
  }
  const ActionKind* vim_ping = FindActionKind("tacker.vim_ping_action");
  REQUIRE(vim_ping != nullptr);
  const Json input = {
      {"vim_id", "v1"}, {"targetip", "10.0.0.9"}, {"count", 1}, {"timeout", 1}, {"interval", 1}};
  CHECK(vim_ping->check(input).ok());
  CHECK_FALSE(vim_ping->check({{"vim_id", "v1"}}).ok());
  CHECK_FALSE(vim_ping->check({{"targetip", "10.0.0.9"}, {"addresses", "10.0.0.8"}}).ok());
  CHECK_FALSE(vim_ping->check("10.0.0.9").ok());
  Bench bench(Input({"10.0.0.1"}), "");
  bench.action =
      vim_ping->make(input, {.environment = bench.environment, .host = bench, .done = [](auto) {}});
  bench.network.At("10.0.0.9").alive = false;
  bench.scheduler.RunFor(absl::Seconds(5));
  REQUIRE_FALSE(bench.events.empty());
  CHECK(bench.events.back().kind() == MonitorEvent::KIND_FAILURE);
  CHECK(bench.events.back().target().vdu() == "v1");
  CHECK(bench.action->Check(input).ok());
}

}  // namespace
}  // namespace gregale::executor
