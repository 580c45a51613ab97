#include "executions/executions.h"

#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "store/definition_table.h"
#include "store/execution_run_table.h"
#include "store/execution_table.h"
#include "support/fake_clock.h"
#include "support/seeded_random.h"

namespace gregale::executions {
namespace {

using base::Json;
using workflow::State;
using Strings = std::vector<std::string>;

constexpr char kSteps[] = R"(version: '2.0'
steps:
  input: [name]
  output: {said: <% $.said %>}
  tasks:
    greet:
      action: std.echo output="hello <% $.name %>"
      publish: {said: <% task().result %>}
      on-success: [wait, note]
    note: {action: std.noop}
    wait:
      action: std.sleep seconds=3
      safe-rerun: true
)";

// A store in memory with definitions in it, and what is done to it in one transaction each.
class World {
 public:
  explicit World(const std::string& workflows) {
    auto definitions = workflow::ParseWorkflowList(workflows);
    REQUIRE(definitions.ok());
    for (const auto& workflow : definitions->workflows) {
      Add("workflow", workflow::WorkflowName(*workflow), workflows);
    }
  }

  void Add(const std::string& kind, const std::string& name, const std::string& text) {
    Do([&](store::Txn& txn) {
      return store::InsertDefinition(txn, {.id = base::NewUuid(random_),
                                           .tenant_id = "t",
                                           .kind = kind,
                                           .name = name,
                                           .text = text,
                                           .scope = "private"});
    });
  }
  absl::Status Try(const std::function<absl::Status(store::Txn&)>& body) {
    return store_->Write(body);
  }
  void Do(const std::function<absl::Status(store::Txn&)>& body) {
    const absl::Status status = Try(body);
    INFO(status);
    REQUIRE(status.ok());
  }
  store::Execution Start(const std::string& name, Json input = Json::object()) {
    store::Execution row;
    Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(
          row,
          executions_.Start(txn, {.tenant_id = "t", .workflow = name, .input = std::move(input)}));
      return absl::OkStatus();
    });
    return row;
  }
  store::Execution Get(const std::string& id) {
    store::Execution row;
    Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(row, store::GetExecution(txn, id));
      return absl::OkStatus();
    });
    return row;
  }
  std::vector<store::ActionRun> Runs() {
    std::vector<store::ActionRun> runs;
    Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(runs, store::ListWaitingActionRuns(txn, {}, 100));
      return absl::OkStatus();
    });
    return runs;
  }
  Strings Tasks() {
    Strings lines;
    Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(const auto tasks, store::ListTaskExecutions(txn, {}));
      for (const auto& task : tasks) lines.push_back(task.name + " " + task.state);
      return absl::OkStatus();
    });
    return lines;
  }
  absl::Status End(const std::string& action_id, State state, Json value) {
    return Try(
        [&](store::Txn& txn) { return executions_.EndAction(txn, action_id, state, value); });
  }
  // Fires what is due after a while.
  void Pass(absl::Duration time) {
    clock_.Advance(time);
    Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(const auto due, store::ListDueTimers(txn, 100));
      for (const auto& timer : due) {
        GREGALE_RETURN_IF_ERROR(executions_.FireTimer(txn, timer));
      }
      return absl::OkStatus();
    });
  }
  Executions& executions() { return executions_; }

 private:
  base::FakeClock clock_;
  base::SeededRandom random_{7};
  std::unique_ptr<store::Store> store_ = *store::Store::Open("sqlite://:memory:", clock_);
  Executions executions_{random_};
};

TEST_CASE("an execution runs from step to step, its actions given to executors") {
  World world(kSteps);
  const store::Execution begun = world.Start("steps", {{"name", "Ada"}});
  CHECK(begun.state == "RUNNING");
  CHECK(world.Tasks() == Strings{"greet SUCCESS", "wait RUNNING", "note SUCCESS"});
  const auto runs = world.Runs();
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].action == "std.sleep");
  CHECK(runs[0].input == R"({"seconds":3})");
  CHECK(runs[0].safe_rerun);
  CHECK(runs[0].execution_id == begun.id);
  CHECK(runs[0].workflow_name == "steps");

  REQUIRE(world.End(runs[0].action_id, State::kSuccess, nullptr).ok());
  const store::Execution ended = world.Get(begun.id);
  CHECK(ended.state == "SUCCESS");
  CHECK(ended.output == R"({"said": "hello Ada"})");
  CHECK(world.Runs().empty());
  CHECK(absl::IsFailedPrecondition(world.End(runs[0].action_id, State::kSuccess, nullptr)));
}

TEST_CASE("an error of the start leaves nothing") {
  World world(kSteps);
  const absl::Status status = world.Try([&](store::Txn& txn) {
    return world.executions().Start(txn, {.tenant_id = "t", .workflow = "steps"}).status();
  });
  CHECK(absl::IsInvalidArgument(status));
  CHECK(status.message() ==
        "Invalid input [name=steps, class=DirectWorkflowSpec, missing=['name']]");
  CHECK(world.Tasks().empty());
  const absl::Status unknown = world.Try([&](store::Txn& txn) {
    return world.executions().Start(txn, {.tenant_id = "other", .workflow = "steps"}).status();
  });
  CHECK(unknown.message() == "Workflow not found [workflow_identifier=steps, namespace=]");
}

TEST_CASE("an id is given once, whoever asks for it again") {
  World world(kSteps);
  const store::Execution begun = world.Start("steps", {{"name", "Ada"}});
  CHECK(absl::IsAlreadyExists(world.Try([&](store::Txn& txn) {
    return world.executions()
        .Start(txn,
               {.tenant_id = "t", .workflow = "steps", .id = begun.id, .input = {{"name", "Eve"}}})
        .status();
  })));
  CHECK(world.Tasks().size() == 3);
}

TEST_CASE("a definition that changes does not change an execution that runs") {
  World world(
      "version: '2.0'\nw:\n  tasks:\n    a: {action: std.sleep, on-success: b}\n"
      "    b: {action: std.echo, input: {output: old}, publish: {said: <% task().result %>}}\n");
  const store::Execution begun = world.Start("w");
  world.Do([&](store::Txn& txn) {
    GREGALE_ASSIGN_OR_RETURN(
        store::Definition definition,
        store::FindDefinition(txn, {.kind = "workflow", .tenant_id = "t", .name = "w"}));
    definition.text = "version: '2.0'\nw:\n  tasks:\n    c: {action: std.noop}\n";
    return store::UpdateDefinition(txn, definition);
  });
  REQUIRE(world.End(world.Runs().at(0).action_id, State::kSuccess, nullptr).ok());
  CHECK(world.Get(begun.id).output == R"({"said": "old"})");
}

TEST_CASE("timers are kept in the store, and fire once") {
  World world("version: '2.0'\nw:\n  tasks:\n    a: {action: std.noop, wait-before: 5}\n");
  const store::Execution begun = world.Start("w");
  CHECK(world.Tasks() == Strings{"a DELAYED"});
  world.Pass(absl::Seconds(4));
  CHECK(world.Get(begun.id).state == "RUNNING");
  world.Pass(absl::Seconds(1));
  CHECK(world.Get(begun.id).state == "SUCCESS");
  world.Do([&](store::Txn& txn) {
    return world.executions().FireTimer(txn, {.root_id = begun.id, .timer = 1});
  });
}

TEST_CASE("a stop stops the actions, a delete takes everything away") {
  World world(kSteps);
  const store::Execution first = world.Start("steps", {{"name", "Ada"}});
  world.Do([&](store::Txn& txn) {
    return world.executions().Stop(txn, first.id, State::kCancelled, "no more");
  });
  CHECK(world.Get(first.id).state == "CANCELLED");
  CHECK(world.Get(first.id).state_info == "no more");
  CHECK(world.Runs().empty());
  world.Start("steps", {{"name", "Eve"}});
  const store::Execution second = world.Start("steps", {{"name", "Bob"}});
  CHECK(world.Runs().size() == 2);
  world.Do([&](store::Txn& txn) { return world.executions().Delete(txn, second.id); });
  CHECK(world.Runs().size() == 1);
  CHECK(world.Tasks().size() == 6);
}

TEST_CASE("a failed task runs again") {
  World world("version: '2.0'\nw:\n  tasks:\n    a: {action: std.sleep}\n");
  const store::Execution begun = world.Start("w");
  REQUIRE(world.End(world.Runs().at(0).action_id, State::kError, "broken").ok());
  CHECK(world.Get(begun.id).state == "ERROR");
  std::string task;
  world.Do([&](store::Txn& txn) {
    GREGALE_ASSIGN_OR_RETURN(const auto tasks, store::ListTaskExecutions(txn, {}));
    task = tasks.at(0).id;
    return world.executions().RerunTask(txn, task, /*reset=*/true);
  });
  CHECK(world.Get(begun.id).state == "RUNNING");
  REQUIRE(world.End(world.Runs().at(0).action_id, State::kSuccess, nullptr).ok());
  CHECK(world.Get(begun.id).state == "SUCCESS");
}

TEST_CASE("a sub-workflow of a workbook is found by its short name, without the workbook, too") {
  World world("version: '2.0'\nother:\n  tasks:\n    a: {action: std.noop}\n");
  const std::string book = R"(version: '2.0'
name: book
workflows:
  upper:
    tasks:
      call: {workflow: lower}
    output: {got: <% task(call).result.said %>}
  lower:
    output: {said: deep}
    tasks:
      a: {action: say}
actions:
  say: {base: std.echo, base-input: {output: x}}
)";
  world.Add("workflow", "book.upper", book);
  world.Add("workflow", "book.lower", book);
  world.Add("action", "book.say", book);
  const store::Execution done = world.Start("book.upper");
  CHECK(done.state_info == "");
  CHECK(done.output == R"({"got": "deep"})");
}

TEST_CASE("an execution that goes on by itself gives way") {
  World world(
      "version: '2.0'\nw:\n  tasks:\n    first: {action: std.noop, on-success: a}\n    a: {action: "
      "std.noop, on-success: a}\n");
  world.Start("w");
  CHECK(world.Runs().size() == 1);
}

TEST_CASE("an action alone") {
  World world("version: '2.0'\nother:\n  tasks:\n    a: {action: std.noop}\n");
  const auto run = [&](NewAction request) {
    request.tenant_id = "t";
    store::ActionExecution row;
    world.Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(row, world.executions().RunAction(txn, request));
      return absl::OkStatus();
    });
    return row;
  };
  SECTION("one that is over at once; its input is no expression") {
    const auto row = run({.name = "std.echo", .input = {{"output", "<% 1 + 1 %>"}}});
    CHECK(row.state == "SUCCESS");
    CHECK(row.output == R"({"result": "<% 1 + 1 %>"})");
    world.Do([&](store::Txn& txn) { return world.executions().DeleteAction(txn, row.id); });
  }
  SECTION("an ad-hoc action for an executor") {
    world.Add("action", "nap",
              "version: '2.0'\nnap:\n  input: [n]\n  base: std.sleep\n  base-input:\n"
              "    seconds: <% $.n %>\n  output: slept <% $ %>\n");
    const auto row = run({.name = "nap", .description = "a short one", .input = {{"n", 2}}});
    CHECK(row.state == "RUNNING");
    CHECK(row.description == "a short one");
    CHECK(row.task_id.empty());
    const auto runs = world.Runs();
    REQUIRE(runs.size() == 1);
    CHECK(runs[0].action_id == row.id);
    CHECK(runs[0].input == R"({"seconds":2})");
    REQUIRE(world.End(row.id, State::kSuccess, 2).ok());
    world.Do([&](store::Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(const auto ended, store::GetActionExecution(txn, row.id));
      CHECK(ended.output == R"({"result": "slept 2"})");
      CHECK(ended.description == "a short one");
      return absl::OkStatus();
    });
    CHECK(world.Tasks().empty());
  }
  SECTION("a wrong input is refused") {
    CHECK(absl::IsInvalidArgument(world.Try([&](store::Txn& txn) {
      return world.executions().RunAction(txn, {.tenant_id = "t", .name = "std.echo"}).status();
    })));
    CHECK(absl::IsNotFound(world.Try([&](store::Txn& txn) {
      return world.executions().RunAction(txn, {.tenant_id = "t", .name = "no.such"}).status();
    })));
  }
}

}  // namespace
}  // namespace gregale::executions
