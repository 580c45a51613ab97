#include "workflow/engine.h"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace gregale::workflow {
namespace {

using base::Json;

// A command in one line.
std::string Text(const Command& command) {
  struct Visitor {
    std::string operator()(const StartAction& c) const {
      return "start " + c.task + " " + c.action + " " + c.input.dump();
    }
    std::string operator()(const UpdateAction& c) const {
      return "update " + c.action_id + " " + c.input.dump();
    }
    std::string operator()(const CancelAction& c) const { return "cancel " + c.action_id; }
    std::string operator()(const Finish& c) const {
      return "finish " + c.state + " " + c.output.dump();
    }
  };
  return std::visit(Visitor{}, command);
}

// An execution of a text, driven by events.
class Run {
 public:
  explicit Run(const std::string& yaml) : execution_(*ParseWorkflow(yaml)) {}

  std::vector<std::string> operator()(const Event& event) {
    const auto commands = execution_.Step(event);
    if (!commands.ok()) return {"error " + std::string(commands.status().message())};
    std::vector<std::string> lines;
    for (const Command& command : *commands) lines.push_back(Text(command));
    return lines;
  }

 private:
  Execution execution_;
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
  CHECK(
      run(Start{input}) ==
      Lines{
          R"(start monitor_VDU1 vnf.ping {"addresses":["10.0.0.1"],)"
          R"("nested":{"vnf":"x","count":3}})",
          R"(start monitor_VDU2 vnf.http_ping {"addresses":null})"});
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

TEST_CASE("a stop cancels what runs") {
  Run run(kMonitor);
  run(Start{{{"addresses", Json::object()}, {"vnf", "x"}}});
  CHECK(run(Stop{"deleted"}) == Lines{"cancel monitor_VDU1-1", "cancel monitor_VDU2-2",
                                      R"(finish CANCELLED {"result":"deleted"})"});
  CHECK(run(ActionSucceeded{"monitor_VDU1-1", nullptr}).empty());
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
  CHECK(run(Start{{{"x", 2}}}) == Lines{R"(start a std.echo {"output":2})"});
  CHECK(run(ActionSucceeded{"a-1", 2}) == Lines{"start b std.noop {}", "start d std.noop {}"});
  CHECK(run(ActionSucceeded{"b-2", nullptr}).empty());
  CHECK(run(ActionSucceeded{"d-3", nullptr}) == Lines{R"(finish SUCCESS {"y":2})"});
}

TEST_CASE("an error is handled by on-error") {
  Run run(kChain);
  run(Start{{{"x", 2}}});
  CHECK(run(ActionFailed{"a-1", "boom"}) == Lines{"start c std.noop {}", "start d std.noop {}"});
}

TEST_CASE("fail ends the execution with its message") {
  Run run(kChain);
  run(Start{{{"x", 1}}});
  CHECK(run(ActionSucceeded{"a-1", 1}) == Lines{R"(finish ERROR {"result":"too small"})"});
}

TEST_CASE("an error that nobody handles fails the execution once nothing runs") {
  Run run(kMonitor);
  run(Start{{{"addresses", Json::object()}, {"vnf", "x"}}});
  CHECK(run(ActionFailed{"monitor_VDU1-1", "boom"}).empty());
  const Lines end = run(ActionSucceeded{"monitor_VDU2-2", nullptr});
  REQUIRE(end.size() == 1);
  CHECK(end[0].rfind("finish ERROR {\"result\":\"Failure caused by error in tasks: monitor_VDU1",
                     0) == 0);
}

}  // namespace
}  // namespace gregale::workflow
