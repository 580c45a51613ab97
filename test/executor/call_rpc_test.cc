// Called actions, over a session as a conductor holds it.
#include <catch2/catch.hpp>

#include "executor/test_executor.h"

namespace gregale::executor {
namespace {

using v1::SessionCommand;
using Result = v1::SessionEvent::ActionResult;

constexpr char kOne[] = "7c9e6679-7425-40de-944b-e07fc1f90ae7";
constexpr char kTwo[] = "16fd2706-8baf-433b-82eb-8c7fada847da";

SessionCommand Call(const std::string& id, const std::string& action, const std::string& input) {
  SessionCommand command;
  auto* start = command.add_start();
  start->set_action_id(id);
  start->set_version(1);
  start->mutable_spec()->set_action(action);
  start->mutable_call()->set_input(input);
  return command;
}

SessionCommand Cancel(const std::string& id) {
  SessionCommand command;
  command.add_cancel()->set_action_id(id);
  return command;
}

// The next result for the action that says more than that it runs.
Result EndOf(SessionCall& session, const std::string& id) {
  Result result = session.ResultFor(id);
  while (result.outcome() == Result::OUTCOME_RUNNING) result = session.ResultFor(id);
  return result;
}

TEST_CASE("what came of a called action is told") {
  TestExecutor executor;
  SessionCall session(executor, 1);
  session.Inventory();
  SECTION("its result, with integers as they are") {
    REQUIRE(session.Send(Call(kOne, "std.echo", R"({"output": [9007199254740993, "ä", null]})")));
    const Result result = EndOf(session, kOne);
    CHECK(result.outcome() == Result::OUTCOME_SUCCEEDED);
    CHECK(result.value() == R"([9007199254740993, "ä", null])");
  }
  SECTION("its error") {
    REQUIRE(session.Send(Call(kOne, "std.fail", R"({"error_data": {"code": 7}})")));
    const Result result = EndOf(session, kOne);
    CHECK(result.outcome() == Result::OUTCOME_FAILED);
    CHECK(result.value() == R"({"code": 7})");
  }
  SECTION("that it was handed over") {
    REQUIRE(session.Send(Call(kOne, "std.async_noop", "{}")));
    CHECK(EndOf(session, kOne).outcome() == Result::OUTCOME_HANDED_OVER);
  }
  SECTION("that it cannot be called like this") {
    REQUIRE(session.Send(Call(kOne, "std.echo", R"({"outptu": 1})")));
    const Result result = EndOf(session, kOne);
    CHECK(result.outcome() == Result::OUTCOME_FAILED);
    CHECK_THAT(result.value(), Catch::Contains("missing=['output']"));
    REQUIRE(session.Send(Call(kTwo, "std.levitate", "{}")));
    CHECK(EndOf(session, kTwo).outcome() == Result::OUTCOME_FAILED);
  }
  SECTION("that its result is too large") {
    const std::string value(200, 'x');
    REQUIRE(
        session.Send(Call(kOne, "std.test_dict", R"({"size": 10000, "val": ")" + value + R"("})")));
    const Result result = EndOf(session, kOne);
    CHECK(result.outcome() == Result::OUTCOME_FAILED);
    CHECK_THAT(result.value(), Catch::Contains("Size limit exceeded"));
  }
  CHECK(executor.List().empty());
}

TEST_CASE("what came of a called action is kept until it is cancelled, and told to each session") {
  TestExecutor executor;
  {
    SessionCall lost(executor, 1);
    lost.Inventory();
    REQUIRE(lost.Send(Call(kOne, "std.echo", R"({"output": 1})")));
    EndOf(lost, kOne);
  }
  SessionCall session(executor, 2);
  CHECK(session.Inventory() == std::vector<std::string>{kOne});
  CHECK(EndOf(session, kOne).value() == "1");
  // Started again it is not run again: the answer is the old one.
  REQUIRE(session.Send(Call(kOne, "std.echo", R"({"output": 2})")));
  CHECK(EndOf(session, kOne).value() == "1");
  REQUIRE(session.Send(Cancel(kOne)));
  CHECK(EndOf(session, kOne).outcome() == Result::OUTCOME_ENDED);
  SessionCall next(executor, 3);
  CHECK(next.Inventory().empty());
}

TEST_CASE("a called action that ends while nobody holds the session is told to the next one") {
  TestExecutor executor;
  {
    SessionCall lost(executor, 1);
    lost.Inventory();
    REQUIRE(lost.Send(Call(kOne, "std.echo", R"({"output": "late", "delay": 0.2})")));
    CHECK(lost.ResultFor(kOne).outcome() == Result::OUTCOME_RUNNING);
  }
  SessionCall session(executor, 2);
  CHECK(session.Inventory() == std::vector<std::string>{kOne});
  CHECK(EndOf(session, kOne).value() == R"("late")");
}

TEST_CASE("a called action that is cancelled stops at once, monitor actions, too") {
  TestExecutor executor;
  SessionCall session(executor, 1);
  session.Inventory();
  REQUIRE(session.Send(Call(kOne, "std.sleep", R"({"seconds": 1000})")));
  REQUIRE(session.Send(Call(kTwo, "vnf.ping", R"({"vdu": "VDU1", "addresses": "127.0.0.1"})")));
  CHECK(session.ResultFor(kTwo).outcome() == Result::OUTCOME_RUNNING);
  REQUIRE(executor.List().size() == 2);
  REQUIRE(session.Send(Cancel(kOne)));
  CHECK(session.ResultFor(kOne).outcome() == Result::OUTCOME_ENDED);
  REQUIRE(session.Send(Cancel(kTwo)));
  CHECK(session.ResultFor(kTwo).outcome() == Result::OUTCOME_ENDED);
  CHECK(executor.List().empty());
}

}  // namespace
}  // namespace gregale::executor
