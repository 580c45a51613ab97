#include <catch2/catch.hpp>

#include "base/error.h"
#include "store/cron_trigger_table.h"
#include "store/definition_table.h"
#include "store/environment_table.h"
#include "store/execution_run_table.h"
#include "store/execution_table.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/store_fixture.h"

namespace gregale::store {
namespace {

using Strings = std::vector<std::string>;

template <typename Record>
Strings Ids(const std::vector<Record>& records) {
  Strings ids;
  for (const Record& record : records) ids.push_back(record.id);
  return ids;
}

Definition Workflow(std::string id, std::string tenant_id, std::string name) {
  Definition definition;
  definition.id = std::move(id);
  definition.tenant_id = std::move(tenant_id);
  definition.kind = "workflow";
  definition.name = std::move(name);
  definition.text = "text of " + definition.id;
  definition.scope = "private";
  return definition;
}

TEST_CASE("a name means the project's own definition, else another's public one") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    Definition shared = Workflow("w1", "t1", "n");
    shared.scope = "public";
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, shared));
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, Workflow("w2", "t2", "n")));
    Definition elsewhere = Workflow("w3", "t2", "n");
    elsewhere.name_space = "ns";
    return InsertDefinition(txn, elsewhere);
  });
  const auto find = [&](std::string_view tenant, std::string_view name_space) {
    std::string id;
    const absl::Status status = fixture.Try([&](Txn& txn) {
      GREGALE_ASSIGN_OR_RETURN(const Definition found,
                               FindDefinition(txn, {"workflow", tenant, "n", name_space}));
      id = found.id;
      return absl::OkStatus();
    });
    return status.ok() ? id : std::string(absl::StatusCodeToString(status.code()));
  };
  CHECK(find("t2", "") == "w2");
  CHECK(find("t3", "") == "w1");
  CHECK(find("t2", "ns") == "w3");
  CHECK(find("t3", "ns") == "NOT_FOUND");
  CHECK(absl::IsAlreadyExists(
      fixture.Try([](Txn& txn) { return InsertDefinition(txn, Workflow("w4", "t1", "n")); })));
}

TEST_CASE("definitions are listed, changed and deleted; a VNF's go with it") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, Workflow("w1", "t1", "a")));
    Definition of_vnf = Workflow("w2", "t1", "b");
    of_vnf.vnf_id = "f1";
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, of_vnf));
    Definition changed = Workflow("w1", "t1", "a");
    changed.text = "new";
    changed.tags = R"(["x"])";
    return UpdateDefinition(txn, changed);
  });
  const Definition changed = fixture.Get([](Txn& txn) { return GetDefinition(txn, "w1"); });
  CHECK(changed.text == "new");
  CHECK(changed.tags == R"(["x"])");
  CHECK(changed.updated_at == fixture.clock.Wall());
  CHECK(Ids(fixture.Get([](Txn& txn) {
          return ListDefinitions(txn, {.equals = {{"vnf_id", {"f1"}}}});
        })) == Strings{"w2"});
  for (int i = 0; i < 2; ++i) {  // the second time there is nothing, which is no error
    fixture.Do([](Txn& txn) { return DeleteDefinitionsOfVnf(txn, "f1"); });
  }
  fixture.Do([](Txn& txn) { return DeleteDefinition(txn, "w1"); });
  CHECK(fixture.Get([](Txn& txn) { return ListDefinitions(txn, {}); }).empty());
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return DeleteDefinition(txn, "w1"); })));
}

TEST_CASE("a project lists what others share, and goes on from it") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, Workflow("own", "t1", "a")));
    GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, Workflow("hidden", "t2", "b")));
    Definition shared = Workflow("shared", "t2", "c");
    shared.scope = "public";
    return InsertDefinition(txn, shared);
  });
  const auto list = [&](ListQuery query) {
    query.tenant_id = "t1";
    return Ids(fixture.Get([&](Txn& txn) { return ListDefinitions(txn, query); }));
  };
  CHECK(list({}) == Strings{"own"});
  CHECK(list({.sharing = Sharing::kPublic}) == Strings{"own", "shared"});
  CHECK(list({.sharing = Sharing::kPublic, .marker = "own"}) == Strings{"shared"});
  CHECK(list({.sharing = Sharing::kPublic, .marker = "shared"}).empty());
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) {
    return ListDefinitions(txn,
                           {.tenant_id = "t1", .sharing = Sharing::kPublic, .marker = "hidden"})
        .status();
  })));
}

TEST_CASE("lists compare columns with values") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Time noon = absl::FromUnixSeconds(1'800'000'000);
  fixture.Do([&](Txn& txn) {
    for (const char* name : {"alpha", "Beta", "beta_2"}) {
      Definition made = Workflow(name, "t1", name);
      made.created_at = noon + absl::Milliseconds(500);
      if (made.name == "Beta") made.description = "100% sure";
      if (made.name == "beta_2") made.created_at += absl::Seconds(1);
      GREGALE_RETURN_IF_ERROR(InsertDefinition(txn, made));
    }
    return absl::OkStatus();
  });
  using Kind = Condition::Kind;
  const auto list = [&](const char* column, Kind kind, Strings values) {
    return Ids(fixture.Get([&](Txn& txn) {
      return ListDefinitions(txn, {.conditions = {{column, kind, std::move(values)}}});
    }));
  };
  CHECK(list("name", Kind::kNotEqual, {"alpha", "Beta"}) == Strings{"beta_2"});
  CHECK(list("name", Kind::kContains, {"eta"}) == Strings{"Beta", "beta_2"});
  CHECK(list("name", Kind::kContains, {"beta", "_"}) == Strings{"beta_2"});
  CHECK(list("name", Kind::kContains, {"%"}).empty());
  CHECK(list("description", Kind::kContains, {"0% s"}) == Strings{"Beta"});
  CHECK(list("description", Kind::kMissing, {}) == Strings{"alpha", "beta_2"});
  CHECK(list("description", Kind::kNotEqual, {"x"}).size() == 3);
  CHECK(list("updated_at", Kind::kMissing, {}).size() == 3);
  // 12:00:00.5 is shown as 12:00:00, and is neither before nor after it.
  const std::string second = absl::FormatTime("%Y-%m-%d %H:%M:%S", noon, absl::UTCTimeZone());
  CHECK(list("created_at", Kind::kGreater, {second}) == Strings{"beta_2"});
  CHECK(list("created_at", Kind::kGreaterOrEqual, {second}).size() == 3);
  CHECK(list("created_at", Kind::kLess, {second}).empty());
  CHECK(list("created_at", Kind::kLessOrEqual, {second}) == Strings{"alpha", "Beta"});
  CHECK(list("created_at", Kind::kNotEqual, {second}) == Strings{"beta_2"});
  CHECK(list("created_at", Kind::kLess, {"soon"}).empty());
  CHECK(list("created_at", Kind::kNotEqual, {"soon"}).size() == 3);
  CHECK(absl::IsInvalidArgument(fixture.Try([](Txn& txn) {
    return ListDefinitions(txn, {.conditions = {{"nosuch", Kind::kMissing, {}}}}).status();
  })));
}

TEST_CASE("environments belong to a project") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const auto environment = [](std::string id, std::string tenant_id) {
    Environment made;
    made.id = std::move(id);
    made.tenant_id = std::move(tenant_id);
    made.name = "prod";
    made.variables = "{}";
    made.scope = "private";
    return made;
  };
  fixture.Do([&](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertEnvironment(txn, environment("e1", "t1")));
    GREGALE_RETURN_IF_ERROR(InsertEnvironment(txn, environment("e2", "t2")));
    Environment changed = environment("e2", "t2");
    changed.variables = R"({"a": 1})";
    return UpdateEnvironment(txn, changed);
  });
  CHECK(fixture.Get([](Txn& txn) { return FindEnvironment(txn, "t2", "prod"); }).variables ==
        R"({"a": 1})");
  CHECK(fixture.Get([](Txn& txn) { return FindEnvironment(txn, "", "prod"); }).id == "e1");
  CHECK(Ids(fixture.Get([](Txn& txn) { return ListEnvironments(txn, {.tenant_id = "t1"}); })) ==
        Strings{"e1"});
  CHECK(absl::IsAlreadyExists(
      fixture.Try([&](Txn& txn) { return InsertEnvironment(txn, environment("e3", "t1")); })));
  fixture.Do([](Txn& txn) { return DeleteEnvironment(txn, "e1"); });
  CHECK(absl::IsNotFound(
      fixture.Try([](Txn& txn) { return FindEnvironment(txn, "t1", "prod").status(); })));
}

TEST_CASE("a due cron trigger is advanced by one of those who see it") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Time due = fixture.clock.Wall();
  CronTrigger trigger;
  trigger.id = "c1";
  trigger.tenant_id = "t1";
  trigger.name = "nightly";
  trigger.pattern = "0 3 * * *";
  trigger.remaining_executions = 2;
  trigger.next_execution_time = due;
  fixture.Do([&](Txn& txn) { return InsertCronTrigger(txn, trigger); });
  CHECK(fixture.Get([](Txn& txn) { return NextCronTriggerTime(txn); }) == due);
  CHECK(Ids(fixture.Get([](Txn& txn) { return ListDueCronTriggers(txn, 10); })) == Strings{"c1"});

  trigger.remaining_executions = 1;
  trigger.next_execution_time = due + absl::Hours(24);
  CHECK(fixture.Get([&](Txn& txn) { return AdvanceCronTrigger(txn, trigger, due); }));
  CHECK_FALSE(fixture.Get([&](Txn& txn) { return AdvanceCronTrigger(txn, trigger, due); }));
  CHECK(fixture.Get([](Txn& txn) { return ListDueCronTriggers(txn, 10); }).empty());
  CHECK(fixture.Get([](Txn& txn) { return FindCronTrigger(txn, "t1", "nightly"); })
            .remaining_executions == 1);
  fixture.Do([](Txn& txn) { return DeleteCronTrigger(txn, "c1"); });
  CHECK(fixture.Get([](Txn& txn) { return NextCronTriggerTime(txn); }) == absl::InfiniteFuture());
}

Execution RunningExecution(std::string id) {
  Execution execution;
  execution.id = std::move(id);
  execution.tenant_id = "t1";
  execution.workflow_name = "w";
  execution.state = "RUNNING";
  execution.input = "{}";
  return execution;
}

TEST_CASE("the execution of a VNF's monitors is found by its VNF") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    Execution execution = RunningExecution("e1");
    execution.vnf_id = "f1";
    return InsertExecution(txn, execution);
  });
  fixture.Do([](Txn& txn) { return UpdateExecutionInput(txn, "e1", R"({"a": 1})"); });
  const Execution execution = fixture.Get([](Txn& txn) { return GetExecution(txn, "e1"); });
  CHECK(execution.input == R"({"a": 1})");
  CHECK(execution.updated_at == fixture.clock.Wall());
  CHECK(Ids(fixture.Get([](Txn& txn) {
          return ListExecutions(txn, {.equals = {{"state", {"RUNNING"}}}});
        })) == Strings{"e1"});
  CHECK(absl::IsAlreadyExists(
      fixture.Try([](Txn& txn) { return InsertExecution(txn, RunningExecution("e1")); })));
  for (int i = 0; i < 2; ++i) {
    fixture.Do([](Txn& txn) { return DeleteExecutionsOfVnf(txn, "f1"); });
  }
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return GetExecution(txn, "e1").status(); })));
  CHECK(absl::IsNotFound(
      fixture.Try([](Txn& txn) { return UpdateExecutionInput(txn, "e1", "{}"); })));
}

TEST_CASE("with a root execution goes all that hangs on it") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Do([](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertExecution(txn, RunningExecution("root")));
    Execution child = RunningExecution("child");
    child.root_id = "root";
    child.task_id = "t";
    GREGALE_RETURN_IF_ERROR(InsertExecution(txn, child));
    TaskExecution task;
    task.id = "t";
    task.tenant_id = "t1";
    task.execution_id = task.root_id = "root";
    task.name = "first";
    task.type = "WORKFLOW";
    task.state = "RUNNING";
    GREGALE_RETURN_IF_ERROR(InsertTaskExecution(txn, task));
    ActionExecution action;
    action.id = "a";
    action.tenant_id = "t1";
    action.task_id = "t";
    action.root_id = "root";
    action.name = "std.echo";
    action.state = "RUNNING";
    GREGALE_RETURN_IF_ERROR(InsertActionExecution(txn, action));
    action.state = "SUCCESS";
    action.output = R"({"result": 1})";
    action.accepted = true;
    GREGALE_RETURN_IF_ERROR(UpdateActionExecution(txn, action));
    task.state = "SUCCESS";
    task.finished_at = txn.now();
    GREGALE_RETURN_IF_ERROR(UpdateTaskExecution(txn, task));
    GREGALE_RETURN_IF_ERROR(InsertExecutionRun(txn, {"root", "t1", "", "{}", "{}"}));
    return InsertExecutionTimer(txn, {"root", 7, txn.now()});
  });
  CHECK(fixture.Get([](Txn& txn) { return GetActionExecution(txn, "a"); }).accepted);
  CHECK(fixture.Get([](Txn& txn) { return GetTaskExecution(txn, "t"); }).state == "SUCCESS");
  fixture.Do([](Txn& txn) { return DeleteExecutionTree(txn, "root"); });
  CHECK(fixture.Get([](Txn& txn) { return ListExecutions(txn, {}); }).empty());
  CHECK(fixture.Get([](Txn& txn) { return ListTaskExecutions(txn, {}); }).empty());
  CHECK(fixture.Get([](Txn& txn) { return ListActionExecutions(txn, {}); }).empty());
  CHECK_FALSE(fixture.Get([](Txn& txn) { return GetExecutionRun(txn, "root"); }).has_value());
  CHECK(fixture.Get([](Txn& txn) { return NextExecutionTime(txn); }) == absl::InfiniteFuture());
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return DeleteExecutionTree(txn, "root"); })));
}

TEST_CASE("a timer is taken once") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Time due = fixture.clock.Wall();
  fixture.Do([&](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(InsertExecutionTimer(txn, {"r", 2, due + absl::Seconds(1)}));
    return InsertExecutionTimer(txn, {"r", 1, due});
  });
  const std::vector<ExecutionTimer> timers =
      fixture.Get([](Txn& txn) { return ListDueTimers(txn, 10); });
  REQUIRE(timers.size() == 1);
  CHECK(timers[0].timer == 1);
  CHECK(fixture.Get([&](Txn& txn) { return TakeTimer(txn, timers[0]); }));
  CHECK_FALSE(fixture.Get([&](Txn& txn) { return TakeTimer(txn, timers[0]); }));
  CHECK(fixture.Get([](Txn& txn) { return NextExecutionTime(txn); }) == due + absl::Seconds(1));
}

TEST_CASE("an action has one home at a time, and is told there when it is no longer wanted") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  Executor executor;
  executor.id = "x1";
  executor.incarnation = "i1";
  executor.address = "127.0.0.1:1";
  fixture.Do([&](Txn& txn) {
    GREGALE_RETURN_IF_ERROR(HeartbeatExecutor(txn, executor, absl::Seconds(5)));
    ActionRun run;
    run.action_id = "a1";
    run.action = "std.echo";
    run.input = "{}";
    GREGALE_RETURN_IF_ERROR(InsertActionRun(txn, run));
    run.action_id = "a2";
    run.target = "x2";
    GREGALE_RETURN_IF_ERROR(InsertActionRun(txn, run));
    run.action_id = "a3";
    run.target = "x3";
    return InsertActionRun(txn, run);
  });
  const std::vector<std::string> executors = {"x1", "x2"};
  const auto waiting = [&] {
    return fixture.Get([&](Txn& txn) { return ListWaitingActionRuns(txn, executors, 10); });
  };
  const auto lost = [&] {
    return fixture.Get([&](Txn& txn) { return ListLostActionRuns(txn, 10); });
  };
  const std::vector<ActionRun> runs = waiting();
  REQUIRE(runs.size() == 2);  // the third is for an executor that is not among these
  fixture.Do([&](Txn& txn) { return GiveActionRun(txn, runs[0], executor); });
  CHECK(absl::IsAborted(
      fixture.Try([&](Txn& txn) { return GiveActionRun(txn, runs[0], executor); })));
  REQUIRE(waiting().size() == 1);
  CHECK(waiting()[0].action_id == "a2");
  CHECK(lost().empty());
  CHECK(fixture.Get([](Txn& txn) { return ListActionRunsOf(txn, "x1", "", 10); }).size() == 1);
  CHECK(fixture.Get([](Txn& txn) { return ListActionRunsOf(txn, "x1", "a1", 10); }).empty());

  fixture.clock.Advance(absl::Seconds(6));  // its executor's lease has run out
  REQUIRE(lost().size() == 1);
  CHECK(lost()[0].action_id == "a1");

  CHECK(fixture.Get([](Txn& txn) { return DeleteActionRun(txn, "a1"); }));
  CHECK_FALSE(fixture.Get([](Txn& txn) { return DeleteActionRun(txn, "a1"); }));
  const std::vector<PendingCancel> cancels =
      fixture.Get([](Txn& txn) { return ListPendingCancels(txn, "x1", 10); });
  REQUIRE(cancels.size() == 1);
  CHECK(cancels[0].action_id == "a1");
  CHECK(fixture.Get([](Txn& txn) { return DeleteActionRun(txn, "a2"); }));
  CHECK(fixture.Get([](Txn& txn) { return ListPendingCancels(txn, "x1", 10); }).size() == 1);
}

}  // namespace
}  // namespace gregale::store
