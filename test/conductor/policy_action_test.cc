#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/world.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

using store::VnfStatus;
using Response = v1::ExecutePolicyActionResponse;

TEST_CASE("an incident is answered once, however often it is reported") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const auto request = world.Report(id);
  const auto first = world.Send(request);
  REQUIRE(first.ok());
  CHECK(first->status() == "failure");
  CHECK(first->disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(base::IsUuid(first->operation_id()));

  const std::string before = world.Dump();
  const auto second = world.Send(request);
  REQUIRE(second.ok());
  CHECK(second->status() == "failure");
  CHECK(second->disposition() == Response::DISPOSITION_DUPLICATE);
  CHECK(second->operation_id() == first->operation_id());
  CHECK(world.Dump() == before);

  CHECK(world.RunAll());
  CHECK(world.Send(request)->disposition() == Response::DISPOSITION_DUPLICATE);
  CHECK(world.Operations("respawn") == std::vector<std::string>{"done"});
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
}

TEST_CASE("BAD_ACTION changes no row at all") {
  World world;
  const std::string id = world.BootAndRun("ping");
  auto request = world.Report(id);
  SECTION("an old action id") { request.set_action_id(base::NewUuid(world.random)); }
  SECTION("an unknown VNF") { request.set_vnf_id(base::NewUuid(world.random)); }
  SECTION("a VNF that was deleted") {
    world.Delete(id);
    REQUIRE(world.RunAll());
  }
  const std::string before = world.Dump();
  const auto answer = world.Send(request);
  REQUIRE(answer.ok());
  CHECK(answer->status() == "BAD_ACTION");
  CHECK(answer->disposition() == Response::DISPOSITION_BAD_ACTION);
  CHECK(answer->operation_id().empty());
  CHECK(world.Dump() == before);
}

TEST_CASE("a report about a VNF that is worked on is held, and its repetition is new") {
  World world;
  const std::string id = world.BootAndRun("two");
  REQUIRE(world.Send(world.Report(id, "VDU1")).ok());
  const auto other = world.Report(id, "VDU2");
  const std::string before = world.Dump();
  const auto held = world.Send(other);
  REQUIRE(held.ok());
  CHECK(held->status() == "failure");
  CHECK(held->disposition() == Response::DISPOSITION_HELD);
  CHECK(held->retry_after().seconds() == 1);
  CHECK(world.Dump() == before);

  REQUIRE(world.RunAll());
  SECTION("what it says is about a machine that is gone: not a second respawn") {
    CHECK(world.Send(other)->disposition() == Response::DISPOSITION_HELD);
    CHECK(world.Operations("respawn").size() == 1);
  }
  SECTION("the new machine fails, too") {
    const auto again = world.Report(id, "VDU2");
    CHECK(world.Send(again)->disposition() == Response::DISPOSITION_ACCEPTED);
  }
}

TEST_CASE("a monitor that has not confirmed its new input is not believed") {
  World world;
  const std::string id = world.BootAndRun("ping");
  world.AckMonitor(id);
  REQUIRE(world.Send(world.Report(id)).ok());
  REQUIRE(world.RunAll());
  CHECK(world.Placement(id).version == 3);
  CHECK(world.Send(world.Report(id))->disposition() == Response::DISPOSITION_HELD);
  world.AckMonitor(id);
  CHECK(world.Send(world.Report(id))->disposition() == Response::DISPOSITION_ACCEPTED);
}

TEST_CASE("the events say what failed, how often, since when and why") {
  World world;
  const std::string id = world.BootAndRun("ping");
  auto request = world.Report(id);
  request.set_reason("no\nanswer");
  REQUIRE(world.Send(request).ok());
  CHECK(world.CountEvents(id, base::Cat("VDU 'VDU1' failed: ping to ", request.address(),
                                        ": 3 probes in a row without answer since 2023-11-14 ")) ==
        1);
  CHECK(world.CountEvents(id, "(no answer); action: respawn") == 1);
}

TEST_CASE("log writes its event and changes nothing else") {
  World world;
  const std::string id = world.BootAndRun("log");
  auto request = world.Report(id);
  request.clear_policy_actions();
  request.add_policy_actions("log");
  const auto answer = world.Send(request);
  REQUIRE(answer.ok());
  CHECK(answer->disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(answer->operation_id().empty());
  CHECK(world.CountEvents(id, "ACTIVE MONITOR ActionLogOnly invoked") == 1);
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.Operations("respawn").empty());
}

TEST_CASE("log and respawn together are both done") {
  World world;
  const std::string id = world.BootAndRun("ping");
  auto request = world.Report(id);
  request.add_policy_actions("log");
  REQUIRE(world.Send(request).ok());
  CHECK(world.CountEvents(id, "ActionLogOnly invoked") == 1);
  CHECK(world.CountEvents(id, "ActionRespawnHeat invoked") == 1);
  CHECK(world.CountEvents(id, "action: respawn, log") == 1);
}

TEST_CASE("a recovery is an event") {
  World world;
  const std::string id = world.BootAndRun("ping");
  auto request = world.Report(id);
  request.set_monitor_return_value("recovery");
  request.clear_policy_actions();
  const auto answer = world.Send(request);
  REQUIRE(answer.ok());
  CHECK(answer->status() == "recovery");
  CHECK(answer->disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(world.CountEvents(id, base::Cat("ACTIVE MONITOR VDU 'VDU1' answers again: ping to ",
                                        request.address(), ", after 3.0 s")) == 1);
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
}

TEST_CASE("a report that makes no sense is told which field, and changes nothing") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const auto good = world.Report(id);
  auto bad = good;
  std::string field;
  SECTION("vnf_id") { bad.set_vnf_id("vnf"), field = "vnf_id"; }
  SECTION("action_id") { bad.set_action_id(""), field = "action_id"; }
  SECTION("event") { bad.set_monitor_return_value("explosion"), field = "monitor_return_value"; }
  SECTION("unknown action") { bad.add_policy_actions("reboot"), field = "policy_actions"; }
  SECTION("too many actions") {
    for (int i = 0; i < 8; ++i) bad.add_policy_actions("log");
    field = "policy_actions";
  }
  SECTION("no VDU") { bad.clear_vdu(), field = "vdu"; }
  SECTION("a VDU that the VNF does not have") { bad.set_vdu("VDU9"), field = "vdu"; }
  SECTION("a long VDU") { bad.set_vdu(std::string(256, 'x')), field = "vdu"; }
  SECTION("no incident") { bad.clear_incident(), field = "incident"; }
  SECTION("a huge incident") { bad.set_incident(~uint64_t{0}), field = "incident"; }
  SECTION("time") { bad.mutable_since()->set_nanos(-1), field = "since"; }
  SECTION("context") {
    for (int i = 0; i < 17; ++i) (*bad.mutable_context())[base::Cat(i)] = "x";
    field = "context";
  }
  const std::string before = world.Dump();
  const auto answer = world.Send(bad);
  CHECK(absl::IsInvalidArgument(answer.status()));
  CHECK(base::ErrorField(answer.status()) == field);
  CHECK(world.Dump() == before);
}

}  // namespace
}  // namespace gregale::conductor
