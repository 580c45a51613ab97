#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/execution_clock.h"
#include "conductor/executor_registry.h"
#include "conductor/fake_executors.h"
#include "conductor/session_pool.h"
#include "conductor/world.h"
#include "store/cron_trigger_table.h"
#include "store/definition_table.h"
#include "store/execution_run_table.h"
#include "store/execution_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

using base::Json;
using Result = v1::SessionEvent::ActionResult;

constexpr char kWorkflows[] = R"(version: '2.0'
call:
  output: {got: <% $.got %>}
  output-on-error: {failed: true}
  tasks:
    send:
      action: std.http url="http://127.0.0.1/"
      publish: {got: <% task().result %>}
again:
  tasks:
    send: {action: std.http url="http://127.0.0.1/", safe-rerun: true}
aimed:
  tasks:
    send: {action: std.http url="http://127.0.0.1/", target: exec-2}
late:
  tasks:
    wait: {wait-before: 5, action: std.noop}
)";

std::string AddressOf(const std::string& executor) {
  return executor == "exec-1" ? "127.0.0.1:1" : "127.0.0.1:2";
}

// A store with workflows, conductors that hold sessions, and executors.
class Lab {
 public:
  Lab() {
    for (const std::string name : {"call", "again", "aimed", "late"}) {
      world.Write([&](store::Txn& txn) {
        return store::InsertDefinition(txn, {.id = base::NewUuid(world.random),
                                             .tenant_id = "t",
                                             .kind = "workflow",
                                             .name = name,
                                             .text = kWorkflows,
                                             .scope = "private"});
      });
    }
    AddExecutor("exec-1");
  }

  void AddExecutor(const std::string& id) {
    FakeExecutors::Executor& executor = At(id);
    executor.id = id;
    executor.incarnation = base::NewUuid(world.random);
  }

  FakeExecutors::Executor& At(const std::string& id) { return executors.At(AddressOf(id)); }
  void Finish(const std::string& id, const std::string& call, Result::Outcome outcome,
              const std::string& value) {
    executors.Finish(AddressOf(id), call, outcome, value);
  }

  std::unique_ptr<SessionPool> NewPool(std::string conductor_id) {
    return std::make_unique<SessionPool>(
        ExecutorLink::Environment{.store = *world.store,
                                  .clock = world.clock,
                                  .dialer = executors,
                                  .executions = executions,
                                  .conductor_id = std::move(conductor_id),
                                  .wake = [] {}},
        kLease);
  }

  void Heartbeat(const std::string& id) {
    v1::HeartbeatRequest request;
    request.set_executor_id(id);
    request.set_incarnation(At(id).incarnation);
    request.set_address(AddressOf(id));
    request.set_capacity(1000);
    REQUIRE(conductor::Heartbeat(*world.store, kLease, request).ok());
  }

  void Live(absl::Duration time) {
    for (absl::Duration t; t < time; t += absl::Milliseconds(100)) {
      for (const std::string& id : alive) Heartbeat(id);
      REQUIRE(pool->Tick().ok());
      executors.Run();
      REQUIRE(pool->Tick().ok());
      REQUIRE(clock.Tick().ok());
      world.clock.Advance(absl::Milliseconds(100));
    }
  }

  std::string Start(const std::string& workflow) {
    store::Execution row;
    world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(row,
                               executions.Start(txn, {.tenant_id = "t", .workflow = workflow}));
      return absl::OkStatus();
    });
    return row.id;
  }
  store::Execution Execution(const std::string& id) {
    store::Execution row;
    world.Read([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(row, store::GetExecution(txn, id));
      return absl::OkStatus();
    });
    return row;
  }
  // The only action that runs on an executor.
  std::string OnlyCall(const std::string& executor = "exec-1") {
    REQUIRE(At(executor).running.size() == 1);
    return At(executor).running.begin()->first;
  }

  World world;
  FakeExecutors executors;
  executions::Executions executions{world.random};
  ExecutionClock clock{*world.store, executions, world.clock, kLease};
  std::vector<std::string> alive = {"exec-1"};
  std::unique_ptr<SessionPool> pool = NewPool("c1");
};

TEST_CASE("an action is run by an executor, and its result goes on in the execution") {
  Lab lab;
  const std::string id = lab.Start("call");
  lab.Live(absl::Seconds(1));
  const std::string call = lab.OnlyCall();
  CHECK(lab.Execution(id).state == "RUNNING");
  SECTION("success") {
    lab.Finish("exec-1", call, Result::OUTCOME_SUCCEEDED, R"({"content": 7})");
    lab.Live(absl::Seconds(1));
    CHECK(lab.Execution(id).state == "SUCCESS");
    CHECK(Json::parse(lab.Execution(id).output) == Json({{"got", {{"content", 7}}}}));
  }
  SECTION("failure") {
    lab.Finish("exec-1", call, Result::OUTCOME_FAILED, R"("no route")");
    lab.Live(absl::Seconds(1));
    CHECK(lab.Execution(id).state == "ERROR");
    CHECK(Json::parse(lab.Execution(id).output).at("failed") == true);
  }
  CHECK(lab.At("exec-1").kept.empty());  // it was told to forget
  CHECK(lab.At("exec-1").calls == std::map<std::string, int>{{call, 1}});
}

TEST_CASE("an action that was handed over waits for its end, and needs no executor") {
  Lab lab;
  const std::string id = lab.Start("call");
  lab.Live(absl::Seconds(1));
  const std::string call = lab.OnlyCall();
  lab.Finish("exec-1", call, Result::OUTCOME_HANDED_OVER, "");
  lab.Live(absl::Seconds(1));
  CHECK(lab.At("exec-1").kept.empty());
  lab.alive.clear();  // the executor is gone
  lab.Live(absl::Seconds(20));
  CHECK(lab.Execution(id).state == "RUNNING");
  lab.world.Write([&](store::Txn& txn) {
    return lab.executions.EndAction(txn, call, workflow::State::kSuccess, 1);
  });
  CHECK(lab.Execution(id).state == "SUCCESS");
}

TEST_CASE("an action is not begun twice where the session breaks or another conductor takes over") {
  Lab lab;
  const std::string id = lab.Start("call");
  bool finished_meanwhile = GENERATE(false, true);
  lab.Live(absl::Seconds(1));
  const std::string call = lab.OnlyCall();
  lab.executors.Disconnect(AddressOf("exec-1"));
  if (finished_meanwhile) lab.Finish("exec-1", call, Result::OUTCOME_SUCCEEDED, "1");
  if (GENERATE(false, true)) {
    lab.pool.reset();  // dies; its claim runs out
    lab.pool = lab.NewPool("c2");
  }
  lab.Live(absl::Seconds(10));
  CHECK(lab.At("exec-1").calls == std::map<std::string, int>{{call, 1}});
  if (!finished_meanwhile) lab.Finish("exec-1", call, Result::OUTCOME_SUCCEEDED, "1");
  lab.Live(absl::Seconds(1));
  CHECK(lab.Execution(id).state == "SUCCESS");
  CHECK(lab.At("exec-1").calls == std::map<std::string, int>{{call, 1}});
}

TEST_CASE("an action that was given, and not sent, is sent by the next session") {
  Lab lab;
  lab.Live(absl::Seconds(1));
  const std::string id = lab.Start("call");
  REQUIRE(lab.pool->Tick().ok());  // gives it; the executor does not read any more
  lab.executors.Disconnect(AddressOf("exec-1"));
  lab.Live(absl::Seconds(5));
  lab.Finish("exec-1", lab.OnlyCall(), Result::OUTCOME_SUCCEEDED, "1");
  lab.Live(absl::Seconds(1));
  CHECK(lab.Execution(id).state == "SUCCESS");
}

TEST_CASE("what an executor ran that is lost fails, or is run again where that is safe") {
  Lab lab;
  const std::string once = lab.Start("call");
  const std::string again = lab.Start("again");
  lab.Live(absl::Seconds(1));
  REQUIRE(lab.At("exec-1").running.size() == 2);
  if (GENERATE(false, true)) {
    lab.alive = {"exec-2"};  // its lease runs out
    lab.AddExecutor("exec-2");
  } else {
    lab.executors.Disconnect(AddressOf("exec-1"));  // it comes back with nothing
    lab.At("exec-1") = {};
    lab.AddExecutor("exec-1");
  }
  lab.Live(absl::Seconds(20));
  const store::Execution failed = lab.Execution(once);
  CHECK(failed.state == "ERROR");
  CHECK_THAT(failed.state_info, Catch::Contains("Heartbeat wasn't received."));
  CHECK(lab.Execution(again).state == "RUNNING");
  const std::string home = lab.alive.front();
  lab.Finish(home, lab.OnlyCall(home), Result::OUTCOME_SUCCEEDED, "1");
  lab.Live(absl::Seconds(1));
  CHECK(lab.Execution(again).state == "SUCCESS");
}

TEST_CASE("what an earlier life of an executor was given is not begun in the next") {
  Lab lab;
  lab.Start("call");
  lab.Live(absl::Milliseconds(500));
  lab.executors.Disconnect(AddressOf("exec-1"));
  lab.At("exec-1") = {};
  lab.AddExecutor("exec-1");
  lab.Live(absl::Milliseconds(500));  // it is known before its loss is looked for
  CHECK(lab.At("exec-1").epoch > 0);
  CHECK(lab.At("exec-1").calls.empty());
}

TEST_CASE("an execution that cannot be read keeps no other one") {
  Lab lab;
  const std::string broken = lab.Start("call");
  const std::string late = lab.Start("late");
  const std::string good = lab.Start("call");
  lab.Live(absl::Seconds(1));
  for (const std::string& id : {broken, late}) {
    lab.world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(auto run, store::GetExecutionRun(txn, id));
      run->state = "nonsense";
      return store::UpdateExecutionRun(txn, *run);
    });
  }
  SECTION("by what came of its actions") {
    for (const auto& [call, count] : lab.At("exec-1").calls) {
      lab.Finish("exec-1", call, Result::OUTCOME_SUCCEEDED, "1");
    }
    lab.Live(absl::Seconds(8));  // the broken timer fires, too
    CHECK(lab.Execution(good).state == "SUCCESS");
    CHECK(lab.At("exec-1").kept.empty());
    CHECK(lab.At("exec-1").calls.size() == 2);  // nothing was begun again
  }
  SECTION("by the loss of its executor") {
    lab.alive.clear();
    lab.Live(absl::Seconds(20));
    CHECK(lab.Execution(good).state == "ERROR");
  }
  lab.world.Read([&](store::Txn& txn) -> absl::Status {
    CHECK(store::ListLostActionRuns(txn, 10)->empty());
    CHECK(store::ListDueTimers(txn, 10)->empty());
    return absl::OkStatus();
  });
}

TEST_CASE("an action of an execution that is stopped is stopped") {
  Lab lab;
  const std::string id = lab.Start("call");
  lab.Live(absl::Seconds(1));
  const std::string call = lab.OnlyCall();
  lab.world.Write([&](store::Txn& txn) {
    return lab.executions.Stop(txn, id, workflow::State::kCancelled, std::nullopt);
  });
  const bool too_late = GENERATE(false, true);
  if (too_late) lab.Finish("exec-1", call, Result::OUTCOME_SUCCEEDED, "1");
  lab.Live(absl::Seconds(2));
  CHECK(lab.At("exec-1").running.empty());
  CHECK(lab.At("exec-1").kept.empty());
  CHECK(lab.Execution(id).state == "CANCELLED");
  lab.world.Read([&](store::Txn& txn) -> absl::Status {
    CHECK(store::ListPendingCancels(txn, "exec-1", 10)->empty());
    return absl::OkStatus();
  });
}

TEST_CASE("an action goes to the executor that it names") {
  Lab lab;
  const std::string id = lab.Start("aimed");
  lab.Live(absl::Seconds(1));
  CHECK(lab.At("exec-1").running.empty());
  lab.AddExecutor("exec-2");
  lab.alive.push_back("exec-2");
  lab.Live(absl::Seconds(1));
  CHECK(lab.At("exec-2").running.size() == 1);
}

TEST_CASE("an executor that is full is asked again") {
  Lab lab;
  lab.At("exec-1").full = true;
  const std::string id = lab.Start("call");
  lab.Live(absl::Seconds(2));
  CHECK(lab.At("exec-1").calls.empty());
  lab.At("exec-1").full = false;
  lab.Live(absl::Seconds(3));
  lab.Finish("exec-1", lab.OnlyCall(), Result::OUTCOME_SUCCEEDED, "1");
  lab.Live(absl::Seconds(1));
  CHECK(lab.Execution(id).state == "SUCCESS");
}

TEST_CASE("many actions are shared between the executors") {
  Lab lab;
  lab.AddExecutor("exec-2");
  lab.alive.push_back("exec-2");
  lab.Live(absl::Seconds(1));
  for (int i = 0; i < 100; ++i) lab.Start("call");
  lab.Live(absl::Seconds(1));
  CHECK(lab.At("exec-1").running.size() == 50);
  CHECK(lab.At("exec-2").running.size() == 50);
}

TEST_CASE("timers of executions fire when their time has come") {
  Lab lab;
  const std::string id = lab.Start("late");
  lab.Live(absl::Milliseconds(4800));
  CHECK(lab.Execution(id).state == "RUNNING");
  lab.Live(absl::Milliseconds(500));
  CHECK(lab.Execution(id).state == "SUCCESS");
}

// How many executions of a workflow there are.
size_t CountOf(Lab& lab, const std::string& workflow) {
  size_t count = 0;
  lab.world.Read([&](store::Txn& txn) -> absl::Status {
    store::ListQuery query;
    query.equals["workflow_name"] = {workflow};
    GREGALE_ASSIGN_OR_RETURN(const auto rows, store::ListExecutions(txn, query));
    count = rows.size();
    return absl::OkStatus();
  });
  return count;
}

TEST_CASE("a cron trigger starts executions until it is used up; what was missed is one") {
  Lab lab;
  store::CronTrigger trigger{.id = base::NewUuid(lab.world.random),
                             .tenant_id = "t",
                             .name = "tick",
                             .workflow_name = GENERATE("call", "nosuch"),
                             .workflow_input = "{}",
                             .pattern = "* * * * *",
                             .remaining_executions = 2,
                             .next_execution_time = lab.world.clock.Wall() + absl::Seconds(30)};
  lab.world.Write([&](store::Txn& txn) { return store::InsertCronTrigger(txn, trigger); });
  lab.world.clock.Advance(absl::Minutes(10));
  lab.Live(absl::Seconds(1));
  const size_t good = trigger.workflow_name == "call" ? 1 : 0;
  CHECK(CountOf(lab, trigger.workflow_name) == good);
  lab.world.Read([&](store::Txn& txn) -> absl::Status {
    const auto row = store::FindCronTrigger(txn, "t", trigger.id);
    CHECK(row->remaining_executions == 1);
    CHECK(row->next_execution_time > lab.world.clock.Wall());
    CHECK(row->next_execution_time <= lab.world.clock.Wall() + absl::Minutes(1));
    return absl::OkStatus();
  });
  lab.world.clock.Advance(absl::Minutes(1));
  lab.Live(absl::Seconds(1));
  CHECK(CountOf(lab, trigger.workflow_name) == 2 * good);
  lab.world.Read([&](store::Txn& txn) -> absl::Status {
    CHECK(absl::IsNotFound(store::FindCronTrigger(txn, "t", trigger.id).status()));
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace gregale::conductor
