#include <algorithm>
#include <catch2/catch.hpp>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "base/json.h"
#include "executor/test_executor.h"
#include "rpc/channel.h"
#include "rpc/struct_json.h"

namespace gregale::executor {
namespace {

using base::Json;
using v1::MonitorEvent;
using Response = v1::ExecutePolicyActionResponse;
using Result = v1::SessionEvent::ActionResult;

// Instrumented code is that much slower.
#ifndef __has_feature
#define __has_feature(feature) 0
#endif
constexpr int kSlowdown = __has_feature(thread_sanitizer) ? 10 : 1;

constexpr char kVnf[] = "550e8400-e29b-41d4-a716-446655440000";
constexpr char kOne[] = "00000000-0000-4000-8000-000000000001";
constexpr char kTwo[] = "00000000-0000-4000-8000-000000000002";
constexpr char kWorkflow[] = R"(
version: "2.0"
watch_vnf:
  type: direct
  input: [addresses]
  tasks:
    monitor_vdu1:
      action: vnf.ping
      input:
        vdu: VDU1
        addresses: <% $.addresses %>
        monitoring_delay: 0
        interval: 0.1
        timeout: 0.5
        actions:
          failure: [respawn]
)";

Json PingInput(std::vector<std::string> addresses) {
  Json input = {{"monitoring_delay", 0}, {"count", 3}, {"interval", 0.1}, {"timeout", 0.5}};
  input["addresses"] = std::move(addresses);
  return input;
}

v1::ActionSpec Ping(std::vector<std::string> addresses) {
  v1::ActionSpec spec;
  spec.set_action("vnf.ping");
  *spec.mutable_input() = *rpc::ToStruct(PingInput(std::move(addresses)));
  return spec;
}

v1::ActionSpec WorkflowOf(std::vector<std::string> addresses) {
  v1::ActionSpec spec;
  spec.mutable_workflow()->set_definition(kWorkflow);
  Json input = Json::object();
  input["addresses"] = std::move(addresses);
  *spec.mutable_input() = *rpc::ToStruct(input);
  return spec;
}

// A port of 127.0.0.1 that refuses: what is probed there has failed.
v1::ActionSpec Refused() {
  v1::ActionSpec spec;
  spec.set_action("vnf.http_ping");
  const Json input = {{"vdu", "VDU1"},
                      {"addresses", "127.0.0.1"},
                      {"port", 1},
                      {"retry", 2},
                      {"monitoring_delay", 0},
                      {"interval", 0.05},
                      {"timeout", 0.2},
                      {"actions", {{"failure", "respawn"}}}};
  *spec.mutable_input() = *rpc::ToStruct(input);
  return spec;
}

v1::RunRequest Request(v1::ActionSpec spec, const std::string& action_id = "",
                       const std::string& vnf_id = "") {
  v1::RunRequest request;
  *request.mutable_spec() = std::move(spec);
  request.set_action_id(action_id);
  request.set_vnf_id(vnf_id);
  return request;
}

grpc::Status Kill(TestExecutor& executor, const std::string& action_id) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(10));
  v1::KillRequest request;
  request.set_action_id(action_id);
  v1::KillResponse response;
  return executor.stub().Kill(&context, request, &response);
}

grpc::Status Update(TestExecutor& executor, const std::string& action_id, const Json& parameter) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(10));
  v1::UpdateRequest request;
  request.set_action_id(action_id);
  *request.mutable_parameter() = *rpc::ToStruct(parameter);
  v1::UpdateResponse response;
  return executor.stub().Update(&context, request, &response);
}

TEST_CASE("A Run shows its probes") {
  TestExecutor executor;
  v1::RunRequest request = Request(Ping({"127.1.2.3", "::1"}));
  request.set_include_probes(true);
  RunCall run(executor, request);
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_STARTED, &event));
  CHECK(base::IsUuid(event.action_id()));
  for (int i = 0; i < 5; ++i) {
    REQUIRE(run.Next(MonitorEvent::KIND_PROBE, &event));
    CHECK(event.target().state() == v1::MonitorTarget::STATE_UP);
    CHECK(event.reason().empty());
  }
  CHECK(event.target().last_latency().nanos() > 0);
}

// From the cancellation of a Run to the event that a watcher sees.
absl::Duration TimeToStop(TestExecutor& executor) {
  RunCall run(executor, Request(Ping({"127.1.2.3", "::1"})));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_STARTED, &event));
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(10));
  v1::WatchRequest watch;
  watch.set_action_id(event.action_id());
  const auto watcher = executor.stub().Watch(&context, watch);
  for (int target = 0; target < 2; ++target) {
    REQUIRE(watcher->Read(&event));
    CHECK(event.kind() == MonitorEvent::KIND_SNAPSHOT);
  }
  const base::SystemClock clock;
  const base::MonoTime cancelled = clock.Mono();
  run.Cancel();
  REQUIRE(watcher->Read(&event));
  const absl::Duration elapsed = clock.Mono() - cancelled;
  CHECK(event.kind() == MonitorEvent::KIND_ENDED);
  CHECK(event.reason() == "cancelled");
  CHECK_FALSE(watcher->Read(&event));
  CHECK(watcher->Finish().ok());
  CHECK(executor.List().empty());
  return elapsed;
}

TEST_CASE("Cancelling a Run stops its action within 100 ms") {
  TestExecutor executor;
  std::vector<absl::Duration> times;
  for (int i = 0; i < 7; ++i) times.push_back(TimeToStop(executor));
  std::sort(times.begin(), times.end());
  CHECK(times[times.size() / 2] < absl::Milliseconds(100) * kSlowdown);
}

TEST_CASE("Kill ends the Run of the action; a second Kill does not find it") {
  TestExecutor executor;
  RunCall run(executor, Request(WorkflowOf({"127.0.0.1"}), kOne));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_STARTED, &event));
  CHECK(Kill(executor, kOne).ok());
  REQUIRE(run.Next(MonitorEvent::KIND_ENDED, &event));
  CHECK(event.reason() == "killed");
  CHECK(run.Finish().ok());
  CHECK(Kill(executor, kOne).error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("Update replaces the addresses of a running workflow") {
  TestExecutor executor;
  RunCall run(executor, Request(WorkflowOf({"127.0.0.1", "127.0.0.2"}), kOne));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_STARTED, &event));
  CHECK(Update(executor, kOne, {{"addresses", {"127.0.0.2", "127.0.0.3"}}}).ok());
  REQUIRE(run.Next(MonitorEvent::KIND_UPDATED, &event));
  auto actions = executor.List();
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].workflow_name() == "watch_vnf");
  REQUIRE(actions[0].targets_size() == 2);
  CHECK(actions[0].targets(0).address() == "127.0.0.2");
  CHECK(actions[0].targets(1).address() == "127.0.0.3");

  const grpc::Status wrong = Update(executor, kOne, {{"addresses", {"127.0.0.4", "nonsense"}}});
  CHECK(wrong.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK_THAT(wrong.error_message(), Catch::Matchers::Contains("nonsense"));
  CHECK(executor.List()[0].targets(1).address() == "127.0.0.3");
  CHECK(Update(executor, kTwo, Json::object()).error_code() == grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("What cannot run is refused, with the reason") {
  TestExecutor executor(nullptr, 1);
  const auto run = [&](const v1::RunRequest& request) {
    return RunCall(executor, request).Finish();
  };
  v1::RunRequest request = Request(Ping({"127.0.0.1"}));
  SECTION("no action") { request.mutable_spec()->clear_what(); }
  SECTION("unknown action") { request.mutable_spec()->set_action("vnf.pong"); }
  SECTION("bad address") { request = Request(Ping({"localhost"})); }
  SECTION("bad action id") { request.set_action_id("one"); }
  SECTION("bad VNF id") { request.set_vnf_id("VNF"); }
  SECTION("bad workflow") { request.mutable_spec()->mutable_workflow()->set_definition("{{{"); }
  SECTION("missing workflow") {
    request = Request(WorkflowOf({"127.0.0.1"}));
    request.mutable_spec()->mutable_workflow()->set_name("other");
  }
  SECTION("missing input of a workflow") {
    request = Request(WorkflowOf({"127.0.0.1"}));
    request.mutable_spec()->clear_input();
  }
  SECTION("a workflow text that is too large") {
    request.mutable_spec()->mutable_workflow()->set_definition(std::string(300'000, ' '));
  }
  const grpc::Status status = run(request);
  CHECK(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK_FALSE(status.error_message().empty());
  CHECK(executor.List().empty());

  RunCall first(executor, Request(Ping({"127.0.0.1"}), kOne));
  MonitorEvent event;
  REQUIRE(first.Next(MonitorEvent::KIND_STARTED, &event));
  CHECK(run(Request(Ping({"127.0.0.1"}), kOne)).error_code() == grpc::StatusCode::ALREADY_EXISTS);
  CHECK(run(Request(Ping({"127.0.0.1"}), kTwo)).error_code() ==
        grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(executor.List().size() == 1);
}

TEST_CASE("BAD_ACTION ends the action, and its Run says so") {
  FakeConductor conductor;
  conductor.AnswerReports(Response::DISPOSITION_BAD_ACTION);
  TestExecutor executor(&conductor);
  RunCall run(executor, Request(Refused(), kOne, kVnf));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_FAILURE, &event));
  CHECK(event.reason() == "connection refused");
  REQUIRE(run.Next(MonitorEvent::KIND_ENDED, &event));
  CHECK(event.reason() == "BAD_ACTION");
  CHECK(run.Finish().ok());
  CHECK(executor.List().empty());
  REQUIRE(conductor.reports().size() == 1);
  const auto report = conductor.reports()[0];
  CHECK(report.context().at("executor") == TestExecutor::kId);
  CHECK(report.action_id() == kOne);
  CHECK(report.vnf_id() == kVnf);
  CHECK(report.policy() == "http_ping");
}

TEST_CASE("A report is repeated with its number until a conductor takes it") {
  FakeConductor conductor;
  conductor.AnswerReports(Response::DISPOSITION_ACCEPTED, 3);
  TestExecutor executor(&conductor);
  RunCall run(executor, Request(Refused(), kOne, kVnf));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_REPORTED, &event));
  CHECK(event.reason() == "failure");
  CHECK(event.target().state() == v1::MonitorTarget::STATE_HOLDING);
  const auto reports = conductor.reports();
  CHECK(reports.size() >= 4);
  for (const auto& report : reports) CHECK(report.incident() == 1);
}

TEST_CASE("Heartbeats say who is here and how busy, until the executor drains") {
  FakeConductor conductor;
  TestExecutor executor(&conductor, 7);
  RunCall run(executor, Request(Ping({"127.0.0.1"})));
  MonitorEvent event;
  REQUIRE(run.Next(MonitorEvent::KIND_STARTED, &event));
  REQUIRE(conductor.AwaitHeartbeats(4));
  const auto beats = conductor.heartbeats();
  CHECK(beats.back().executor_id() == TestExecutor::kId);
  CHECK(beats.back().address() == executor.address());
  CHECK(beats.back().capacity() == 7);
  CHECK(beats.back().load() == 1);
  CHECK(beats.back().incarnation() == beats.front().incarnation());
  CHECK_FALSE(beats.back().draining());
  std::promise<void> told;
  executor.OnLoop([&] { executor.registry().Drain(absl::Seconds(5), [&] { told.set_value(); }); });
  told.get_future().wait();
  CHECK(conductor.heartbeats().back().draining());
}

v1::SessionCommand StartCommand(const std::string& id, v1::ActionSpec spec, uint64_t version) {
  v1::SessionCommand command;
  auto* start = command.add_start();
  start->set_action_id(id);
  start->set_vnf_id(kVnf);
  *start->mutable_spec() = std::move(spec);
  start->set_version(version);
  return command;
}

TEST_CASE("A session starts, updates and cancels actions, and hears what became of each") {
  TestExecutor executor;
  SessionCall session(executor, 1);
  CHECK(session.Inventory().empty());

  REQUIRE(session.Send(StartCommand(kOne, WorkflowOf({"127.0.0.1"}), 3)));
  Result result = session.ResultFor(kOne);
  CHECK(result.outcome() == Result::OUTCOME_RUNNING);
  CHECK(result.version() == 3);

  SECTION("again, at the same version") {
    REQUIRE(session.Send(StartCommand(kOne, WorkflowOf({"127.0.0.9"}), 3)));
    CHECK(session.ResultFor(kOne).version() == 3);
    CHECK(executor.List()[0].targets(0).address() == "127.0.0.1");
  }
  SECTION("again, at a newer version") {
    REQUIRE(session.Send(StartCommand(kOne, WorkflowOf({"127.0.0.9"}), 4)));
    CHECK(session.ResultFor(kOne).version() == 4);
    CHECK(executor.List()[0].targets(0).address() == "127.0.0.9");
  }
  SECTION("updated") {
    v1::SessionCommand command;
    auto* update = command.add_update();
    update->set_action_id(kOne);
    update->set_version(5);
    *update->mutable_parameter() = *rpc::ToStruct(Json{{"addresses", {"127.0.0.8"}}});
    REQUIRE(session.Send(command));
    result = session.ResultFor(kOne);
    CHECK(result.outcome() == Result::OUTCOME_RUNNING);
    CHECK(result.version() == 5);
    CHECK(executor.List()[0].targets(0).address() == "127.0.0.8");
    update->set_version(4);  // older than what is in force
    *update->mutable_parameter() = *rpc::ToStruct(Json{{"addresses", {"127.0.0.7"}}});
    REQUIRE(session.Send(command));
    CHECK(session.ResultFor(kOne).version() == 5);
    CHECK(executor.List()[0].targets(0).address() == "127.0.0.8");
  }
  SECTION("cancelled, twice") {
    v1::SessionCommand command;
    command.add_cancel()->set_action_id(kOne);
    REQUIRE(session.Send(command));
    CHECK(session.ResultFor(kOne).outcome() == Result::OUTCOME_ENDED);
    CHECK(executor.List().empty());
    REQUIRE(session.Send(command));
    CHECK(session.ResultFor(kOne).outcome() == Result::OUTCOME_ENDED);
  }
  SECTION("one that cannot run") {
    REQUIRE(session.Send(StartCommand(kTwo, Ping({"nonsense"}), 1)));
    result = session.ResultFor(kTwo);
    CHECK(result.outcome() == Result::OUTCOME_REFUSED);
    CHECK_THAT(result.error(), Catch::Matchers::Contains("nonsense"));
  }
  SECTION("killed by somebody else") {
    CHECK(Kill(executor, kOne).ok());
    result = session.ResultFor(kOne);
    CHECK(result.outcome() == Result::OUTCOME_ENDED);
    CHECK(result.error() == "killed");
    v1::SessionCommand command;
    command.add_cancel()->set_action_id(kOne);
    REQUIRE(session.Send(command));
    CHECK(session.ResultFor(kOne).outcome() == Result::OUTCOME_ENDED);
  }
}

TEST_CASE("Very many commands in one frame are all answered, in order") {
  TestExecutor executor;
  SessionCall session(executor, 1);
  session.Inventory();
  v1::SessionCommand command;
  for (int i = 0; i < 1000; ++i) {
    auto* start = command.add_start();
    start->set_action_id("00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i));
    start->set_vnf_id(kVnf);
    *start->mutable_spec() = WorkflowOf({"127.3.0." + std::to_string(i % 200 + 1)});
    start->set_version(1);
  }
  REQUIRE(session.Send(command));
  std::vector<std::string> answered;
  v1::SessionEvent event;
  while (answered.size() < 1000 && session.Next(&event)) {
    for (const auto& result : event.results()) {
      CHECK(result.outcome() == Result::OUTCOME_RUNNING);
      answered.push_back(result.action_id());
    }
  }
  REQUIRE(answered.size() == 1000);
  CHECK(std::is_sorted(answered.begin(), answered.end()));
}

TEST_CASE("An action that ends by itself is told to the session") {
  FakeConductor conductor;
  conductor.AnswerReports(Response::DISPOSITION_BAD_ACTION);
  TestExecutor executor(&conductor);
  SessionCall session(executor, 1);
  session.Inventory();
  REQUIRE(session.Send(StartCommand(kOne, Refused(), 2)));
  CHECK(session.ResultFor(kOne).outcome() == Result::OUTCOME_RUNNING);
  const Result result = session.ResultFor(kOne);
  CHECK(result.outcome() == Result::OUTCOME_ENDED);
  CHECK(result.error() == "BAD_ACTION");
  CHECK(result.version() == 2);
}

TEST_CASE("Actions outlive their session; the next one finds them and takes over") {
  TestExecutor executor;
  {
    SessionCall lost(executor, 5);
    lost.Inventory();
    REQUIRE(lost.Send(StartCommand(kOne, Ping({"127.0.0.1"}), 1)));
    lost.ResultFor(kOne);
  }
  RunCall mine(executor, Request(Ping({"127.0.0.1"}), kTwo));  // no concern of the conductors
  MonitorEvent event;
  REQUIRE(mine.Next(MonitorEvent::KIND_STARTED, &event));

  SessionCall first(executor, 5);
  CHECK(first.Inventory() == std::vector<std::string>{kOne});
  SessionCall older(executor, 4);
  CHECK(older.Finish().error_code() == grpc::StatusCode::FAILED_PRECONDITION);
  SessionCall newer(executor, 6);
  CHECK(newer.Inventory() == std::vector<std::string>{kOne});
  CHECK(first.Finish().error_code() == grpc::StatusCode::ABORTED);
  REQUIRE(newer.Send(StartCommand(kOne, Ping({"127.0.0.1"}), 1)));
  CHECK(newer.ResultFor(kOne).outcome() == Result::OUTCOME_RUNNING);
  v1::SessionCommand command;
  command.add_cancel()->set_action_id(kTwo);
  REQUIRE(newer.Send(command));
  newer.ResultFor(kTwo);
  CHECK(executor.List().size() == 2);
}

TEST_CASE("A session that breaks the rules is ended with the reason") {
  TestExecutor executor;
  SECTION("without open") {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    const auto stream = executor.stub().Session(&context);
    stream->Write(StartCommand(kOne, Ping({"127.0.0.1"}), 1));
    v1::SessionEvent event;
    CHECK_FALSE(stream->Read(&event));
    CHECK(stream->Finish().error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  }
  SECTION("with a frame that is too long") {
    SessionCall session(executor, 1);
    session.Inventory();
    v1::SessionCommand command;
    for (int i = 0; i < 1001; ++i) command.add_cancel()->set_action_id(kOne);
    session.Send(command);
    CHECK(session.Finish().error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  }
  CHECK(executor.List().empty());
}

TEST_CASE("Runs that start and are cancelled all the time leave nothing behind") {
  TestExecutor executor;
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([&executor, c] {
      for (int i = 0; i < 25; ++i) {
        RunCall run(executor, Request(Ping({"127.0." + std::to_string(c) + ".1"})));
        MonitorEvent event;
        if (i % 2 == 0) run.Next(MonitorEvent::KIND_STARTED, &event);
        run.Cancel();
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  // The last cancellations are on their way: they come before an answer to a later call, or soon.
  bool empty = false;
  for (int i = 0; i < 1000 && !empty; ++i) empty = executor.List().empty();
  CHECK(empty);
}

TEST_CASE("What does not run here is not found") {
  TestExecutor executor;
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(10));
  v1::WatchRequest watch;
  watch.set_action_id(kOne);
  const auto watcher = executor.stub().Watch(&context, watch);
  MonitorEvent event;
  CHECK_FALSE(watcher->Read(&event));
  CHECK(watcher->Finish().error_code() == grpc::StatusCode::NOT_FOUND);
}

}  // namespace
}  // namespace gregale::executor
