#include "workflow/engine.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "workflow/execution_state.h"
#include "workflow/model.h"

namespace gregale::workflow {
namespace {

using base::Json;

// Takes every action that is named in it, whatever its input.
class AnyActions : public Library {
 public:
  explicit AnyActions(Definitions definitions = {}) : definitions_(std::move(definitions)) {}

  std::shared_ptr<const Workflow> FindWorkflow(const std::string& name) const override {
    for (const auto& workflow : definitions_.workflows) {
      if (WorkflowName(*workflow) == name) return workflow;
    }
    return nullptr;
  }
  absl::Status CheckAction(const std::string& name, const Json&) const override {
    return name == "no.such" ? absl::NotFoundError("no such action") : absl::OkStatus();
  }

 private:
  Definitions definitions_;
};

// An execution of a text, driven by events. Actions and timers have short names: the task's with a
// number, as in "a-1". Between two events it is saved and loaded.
class Run {
 public:
  explicit Run(const std::string& yaml)
      : library_(*ParseWorkflowList(yaml)),
        workflow_(*ParseWorkflow(yaml, FirstName(yaml))),
        execution_(workflow_, library_) {}

  std::vector<std::string> operator()(decltype(Event::what) what) {
    if (state().root() != nullptr) Reload();
    if (auto* done = std::get_if<ActionDone>(&what)) done->action_id = ids_[done->action_id];
    const auto commands = execution_.Step({absl::UnixEpoch(), std::move(what)});
    if (!commands.ok()) return {"error " + std::string(commands.status().message())};
    std::vector<std::string> lines;
    for (const Command& command : *commands) {
      lines.push_back(std::visit([this](const auto& c) { return Text(c); }, command));
    }
    return lines;
  }
  std::vector<std::string> Succeed(const std::string& action, Json result = nullptr) {
    return (*this)(ActionDone{action, State::kSuccess, std::move(result)});
  }
  std::vector<std::string> Fail(const std::string& action, Json error) {
    return (*this)(ActionDone{action, State::kError, std::move(error)});
  }
  // Fires the oldest timer.
  std::vector<std::string> Fire() {
    return (*this)(TimerFired{execution_.state().timers.begin()->first});
  }
  const ExecutionState& state() const { return execution_.state(); }
  State StateOf(const std::string& task) const {
    for (const auto& each : state().root()->tasks) {
      if (each->spec->name == task) return each->state;
    }
    return State::kIdle;
  }

 private:
  static std::string FirstName(const std::string& yaml) {
    return WorkflowName(*ParseWorkflowList(yaml)->workflows.front());
  }
  void Reload() {
    const std::string saved = execution_.Save().dump();
    Execution loaded(workflow_, library_);
    REQUIRE(loaded.Load(Json::parse(saved)).ok());
    REQUIRE(loaded.Save().dump() == saved);
    execution_ = std::move(loaded);
  }
  std::string Text(const StartAction& c) {
    const std::string name = c.task + "-" + std::to_string(++started_);
    ids_[name] = c.action_id;
    return "start " + name + " " + c.action + " " + c.input.dump();
  }
  std::string Text(const UpdateAction& c) {
    return "update " + NameOf(c.action_id) + " " + c.input.dump();
  }
  std::string Text(const CancelAction& c) { return "cancel " + NameOf(c.action_id); }
  std::string Text(const SetTimer& c) { return "wait " + absl::FormatDuration(c.delay); }
  std::string Text(const Finish& c) {
    return "finish " + std::string(StateName(c.state)) + " " + c.output.dump();
  }
  std::string NameOf(const std::string& id) const {
    for (const auto& [name, known] : ids_) {
      if (known == id) return name;
    }
    return "?";
  }

  AnyActions library_;
  std::shared_ptr<const Workflow> workflow_;
  Execution execution_;
  std::map<std::string, std::string> ids_;
  int started_ = 0;
};

using Lines = std::vector<std::string>;

constexpr char kMonitor[] = R"(
version: '2.0'
vnf_id_7:
  type: direct
  input:
    - addresses
    - vnf
  tasks:
    monitor_VDU1:
      action: vnf.ping
      input:
        addresses: <% $.addresses.get('VDU1') %>
        nested: {vnf: <% $.vnf %>, count: 3}
    monitor_VDU2:
      action: vnf.http_ping
      input:
        addresses: <% $.addresses.get('VDU2') %>
)";

TEST_CASE("start tasks run at once, with inputs from expressions") {
  Run run(kMonitor);
  const Json input = {{"addresses", {{"VDU1", {"10.0.0.1"}}}}, {"vnf", "x"}};
  CHECK(run(Start{input}) == Lines{R"(start monitor_VDU1-1 vnf.ping {"addresses":["10.0.0.1"],)"
                                   R"("nested":{"vnf":"x","count":3}})",
                                   R"(start monitor_VDU2-2 vnf.http_ping {"addresses":null})"});
}

TEST_CASE("a changed input updates the actions whose input it changes") {
  Run run(kMonitor);
  run(Start{{{"addresses", {{"VDU1", {"10.0.0.1"}}}}, {"vnf", "x"}}});
  CHECK(
      run(InputChanged{{{"addresses", {{"VDU1", {"10.0.0.9"}}}}, {"vnf", "x"}}}) ==
      Lines{R"(update monitor_VDU1-1 {"addresses":["10.0.0.9"],"nested":{"vnf":"x","count":3}})"});
}

TEST_CASE("an input that does not fit is refused and changes nothing") {
  Run run(kMonitor);
  CHECK(run(Start{{{"addresses", Json::object()}, {"z", 1}}}) ==
        Lines{"error Invalid input [name=vnf_id_7, class=DirectWorkflowSpec, missing=['vnf'], "
              "unexpected=['z']]"});
  CHECK(run(Start{{{"addresses", Json::object()}, {"vnf", 1}}}).size() == 2);
}

TEST_CASE("what was not saved by the engine is not loaded") {
  const auto workflow = ParseWorkflow(kMonitor);
  const AnyActions library;
  for (const char* saved :
       {"null", "{}", R"({"runs": []})", R"({"runs": [{"workflow": "x"}]})",
        R"({"runs": [{"workflow": "vnf_id_7", "state": "RUNNING", "tasks": [{"name": "none"}]}]})",
        R"({"runs": [{"workflow": "vnf_id_7", "state": 7}]})"}) {
    INFO(saved);
    Execution execution(*workflow, library);
    CHECK(execution.Load(Json::parse(saved)).code() == absl::StatusCode::kDataLoss);
  }
}

TEST_CASE("a stop cancels what runs") {
  Run run(kMonitor);
  run(Start{{{"addresses", Json::object()}, {"vnf", "x"}}});
  CHECK(run(Stop{.reason = "deleted"}) == Lines{"cancel monitor_VDU1-1", "cancel monitor_VDU2-2",
                                                R"(finish CANCELLED {"result":"deleted"})"});
  CHECK(run.Succeed("monitor_VDU1-1").empty());
}

constexpr char kChain[] = R"(
version: '2.0'
w:
  input: [x]
  output: {y: <% $.got %>}
  tasks:
    a:
      action: std.echo output=<% $.x %>
      publish: {got: <% task().result %>}
      on-success:
        - b: <% $.got > 1 %>
        - fail(msg="too small"): <% $.got <= 1 %>
      on-error: c
      on-complete: d
    b: {action: std.noop}
    c: {action: std.noop}
    d: {action: std.noop}
)";

TEST_CASE("a task leads on by its clauses and publishes") {
  Run run(kChain);
  CHECK(run(Start{{{"x", 2}}}) == Lines{R"(start a-1 std.echo {"output":2})"});
  CHECK(run.Succeed("a-1", 2) == Lines{"start b-2 std.noop {}", "start d-3 std.noop {}"});
  CHECK(run.Succeed("b-2").empty());
  CHECK(run.Succeed("d-3") == Lines{R"(finish SUCCESS {"y":2})"});
}

TEST_CASE("an error is handled by on-error") {
  Run run(kChain);
  run(Start{{{"x", 2}}});
  CHECK(run.Fail("a-1", "boom") == Lines{"start c-2 std.noop {}", "start d-3 std.noop {}"});
}

TEST_CASE("fail ends the execution with its message") {
  Run run(kChain);
  run(Start{{{"x", 1}}});
  CHECK(run.Succeed("a-1", 1) == Lines{R"(finish ERROR {"result":"too small"})"});
}

TEST_CASE("an error that nobody handles fails the execution once nothing runs") {
  Run run(kMonitor);
  run(Start{{{"addresses", Json::object()}, {"vnf", "x"}}});
  CHECK(run.Fail("monitor_VDU1-1", "boom").empty());
  const Lines end = run.Succeed("monitor_VDU2-2");
  REQUIRE(end.size() == 1);
  CHECK(end[0].rfind("finish ERROR {\"result\":\"Failure caused by error in tasks: monitor_VDU1",
                     0) == 0);
}

TEST_CASE("a join waits for all, and merges what they published") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: std.echo output=1, publish: {x: <% task().result %>}, on-success: j}
    b: {action: std.echo output=2, publish: {y: <% task().result %>}, on-success: j}
    j: {join: all, action: std.echo, input: {output: <% $.x + $.y %>}}
)");
  run(Start{});
  CHECK(run.Succeed("a-1", 1) == Lines{"wait 0"});
  CHECK(run.Fire().empty());
  CHECK(run.StateOf("j") == State::kWaiting);
  CHECK(run.Succeed("b-2", 2) == Lines{"wait 0"});
  CHECK(run.Fire() == Lines{R"(start j-3 std.echo {"output":3})"});
}

TEST_CASE("a join that cannot come together fails") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.noop, on-success: j}
    j: {join: all}
)");
  run(Start{});
  run.Succeed("a-1");
  run.Fire();
  run.Fail("b-2", "boom");
  run.Fire();
  CHECK(run.StateOf("j") == State::kError);
  CHECK(run.state().root()->state == State::kError);
}

TEST_CASE("a join that cannot come together is not tried again") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: std.noop, on-success: j}
    b: {action: std.noop, on-success: j}
    j: {join: all, retry: {count: 3, delay: 0}}
)");
  run(Start{});
  run.Succeed("a-1");
  run.Fail("b-2", "boom");
  run.Fire();
  CHECK(run.StateOf("j") == State::kError);
  CHECK(run.state().root()->tasks.back()->attempts.empty());
}

TEST_CASE("with-items keeps to its concurrency and gives results in order") {
  Run run(R"(
version: '2.0'
w:
  output: {all: <% task(t).result %>}
  tasks:
    t:
      with-items: i in <% [1, 2, 3] %>
      concurrency: 2
      action: std.echo output=<% $.i %>
)");
  CHECK(run(Start{}) ==
        Lines{R"(start t-1 std.echo {"output":1})", R"(start t-2 std.echo {"output":2})"});
  CHECK(run.Succeed("t-2", "b") == Lines{R"(start t-3 std.echo {"output":3})"});
  CHECK(run.Succeed("t-3", "c").empty());
  CHECK(run.Succeed("t-1", "a") == Lines{R"(finish SUCCESS {"all":["a","b","c"]})"});
}

TEST_CASE("retry runs an action again after the delay, and no oftener than it says") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    t: {action: std.fail, retry: {count: 1, delay: 3}}
)");
  run(Start{});
  CHECK(run.Fail("t-1", "boom") == Lines{"wait 3s"});
  CHECK(run.StateOf("t") == State::kDelayed);
  CHECK(run.Fire() == Lines{"start t-2 std.fail {}"});
  CHECK(run.Fail("t-2", "boom").size() == 1);
  CHECK(run.StateOf("t") == State::kError);
}

TEST_CASE("a timeout stops the action and fails the task; each attempt has its own") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    t: {action: std.sleep, timeout: 5, retry: {count: 1, delay: 1}}
)");
  CHECK(run(Start{}) == Lines{"wait 5s", "start t-1 std.sleep {}"});
  CHECK(run.Fire() == Lines{"cancel t-1", "wait 1s"});
  CHECK(run.Fire() == Lines{"wait 5s", "start t-2 std.sleep {}"});
  run.Fire();
  CHECK(run.StateOf("t") == State::kError);
}

TEST_CASE("pause holds back what comes next, resume lets it go") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: std.noop, on-success: b}
    b: {action: std.noop}
)");
  run(Start{});
  CHECK(run(Pause{}).empty());
  CHECK(run.Succeed("a-1").empty());
  CHECK(run(Resume{}) == Lines{"start b-2 std.noop {}"});
  CHECK(run.Succeed("b-2") == Lines{"finish SUCCESS {}"});
}

TEST_CASE("a sub-workflow's output is its task's result, and its error its task's error") {
  constexpr char kText[] = R"(
version: '2.0'
w:
  output: {got: <% task(t).result.x %>}
  tasks:
    t:
      workflow: sub x=1
sub:
  input: [x]
  output: {x: <% $.x + 1 %>}
  tasks:
    s: {action: std.noop}
)";
  Run run(kText);
  CHECK(run(Start{}) == Lines{"start s-1 std.noop {}"});
  SECTION("success") { CHECK(run.Succeed("s-1") == Lines{R"(finish SUCCESS {"got":2})"}); }
  SECTION("failure") {
    run.Fail("s-1", "boom");
    CHECK(run.StateOf("t") == State::kError);
    CHECK(run.state().root()->state == State::kError);
  }
  SECTION("stopped with its parent") {
    CHECK(run(Stop{}).front() == "cancel s-1");
    CHECK(run.state().runs[1]->state == State::kCancelled);
  }
}

TEST_CASE("a failed task can be run again or be skipped") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: std.fail, on-success: b}
    b: {action: std.noop}
)");
  run(Start{});
  run.Fail("a-1", "boom");
  REQUIRE(run.state().root()->state == State::kError);
  const std::string task = run.state().root()->tasks[0]->id;
  SECTION("rerun") {
    CHECK(run(Rerun{.task_id = task}) == Lines{"start a-2 std.fail {}"});
    CHECK(run.Succeed("a-2") == Lines{"start b-3 std.noop {}"});
    CHECK(run.Succeed("b-3") == Lines{"finish SUCCESS {}"});
  }
  SECTION("skip") {
    CHECK(run(Skip{task}) == Lines{"start b-2 std.noop {}"});
    CHECK(run.StateOf("a") == State::kSkipped);
  }
  SECTION("unknown") { CHECK(run(Rerun{.task_id = "x"}).front().rfind("error", 0) == 0); }
}

TEST_CASE("an unknown action fails the execution, whatever on-error says") {
  Run run(R"(
version: '2.0'
w:
  tasks:
    a: {action: no.such, on-error: b}
    b: {action: std.noop}
)");
  const Lines lines = run(Start{});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("Failed to find action [action_name=no.such") != std::string::npos);
  CHECK(run.state().root()->tasks.size() == 1);
}

TEST_CASE("a reverse workflow runs what its target requires") {
  Run run(R"(
version: '2.0'
w:
  type: reverse
  tasks:
    a: {action: std.noop}
    b: {action: std.noop, requires: a}
    c: {action: std.noop}
)");
  CHECK(run(Start{}).front().rfind("error Invalid task name", 0) == 0);
  CHECK(run(Start{.params = {{"task_name", "b"}}}) == Lines{"start a-1 std.noop {}"});
  CHECK(run.Succeed("a-1") == Lines{"start b-2 std.noop {}"});
  CHECK(run.Succeed("b-2") == Lines{"finish SUCCESS {}"});
}

}  // namespace
}  // namespace gregale::workflow
