// Alarms from outside: answered by the same decision as what monitors report.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/world.h"
#include "lifecycle/alarm.h"
#include "store/alarm_table.h"
#include "store/guard_table.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using store::VnfStatus;

// A world, and what a server writes there when something outside fires triggers.
class Alarms {
 public:
  // Returns the id of the operation that is to answer.
  std::string Raise(const std::string& vnf_id, std::vector<std::string> actions,
                    std::string_view event = "failure") {
    const std::string id = base::NewUuid(world.random);
    const lifecycle::RaisedAlarm alarm{.vnf_id = vnf_id,
                                       .trigger = "hot",
                                       .vdu = "VDU1",
                                       .event = std::string(event),
                                       .actions = std::move(actions)};
    world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_RETURN_IF_ERROR(
          store::RememberAlarm(txn, {vnf_id, "hot", "a1", event == "failure" ? "alarm" : "ok", id},
                               {})
              .status());
      return lifecycle::BeginAlarm(txn, alarm, {.operation_id = id, .key = "alarm:" + id});
    });
    return id;
  }
  void Resolve(const std::string& vnf_id) {
    world.Write([&](store::Txn& txn) {
      return store::RememberAlarm(txn, {vnf_id, "hot", "a1", "ok", ""}, {}).status();
    });
  }
  void Pause(const std::string& vnf_id, lifecycle::Maintenance maintenance) {
    world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, vnf_id));
      return lifecycle::SetMaintenance(txn, vnf, maintenance);
    });
  }
  // Lets the conductor work for so long.
  void Run(absl::Duration time) {
    OneConductor conductor(world, "conductor-1");
    const absl::Time end = world.clock.Wall() + time;
    while (world.clock.Wall() < end) {
      const absl::StatusOr<absl::Duration> idle = conductor.worker.RunOne();
      REQUIRE(idle.ok());
      world.clock.Advance(std::min(*idle, end - world.clock.Wall()));
      REQUIRE(world.storms->Tick().ok());
    }
  }
  size_t respawns() { return world.Operations("respawn").size(); }

  World world;
};

TEST_CASE("an alarm is answered by its trigger's actions, once") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("ping");
  alarms.Raise(id, {"log", "respawn"});
  REQUIRE(world.RunAll());
  CHECK(alarms.respawns() == 1);
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.CountEvents(id, "Trigger 'hot' was fired: alarm; action: log, respawn") == 1);
  CHECK(world.CountEvents(id, "ActionLogOnly invoked") == 1);
  CHECK(world.CountEvents(id, "ActionRespawnHeat invoked") == 1);
}

TEST_CASE("an alarm about a VNF that is not monitored is answered, too") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("plain");
  alarms.Raise(id, {"vdu_autoheal"});
  REQUIRE(world.RunAll());
  CHECK(world.Operations("heal") == std::vector<std::string>{"done"});
  CHECK(world.CountEvents(id, "Trigger 'hot' was fired") >= 1);
}

TEST_CASE("a step that is run again answers an alarm no second time") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("ping");
  alarms.Raise(id, {"respawn"});
  OneConductor first(world, "conductor-1");
  auto operation = first.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(operation->has_value());
  const OperationKind* kind = FindOperationKind((*operation)->kind);
  REQUIRE(kind != nullptr);
  auto state = OperationState::Parse((*operation)->state);
  StepContext context{**operation,  *state,         *world.store,   world.vims,
                      world.random, &world.webhook, &first.policies};
  // The conductor dies before it can write that it has answered.
  REQUIRE(kind->steps[0].run(context).ok());
  world.clock.Advance(kLease * 2);
  REQUIRE(world.RunAll());
  CHECK(alarms.respawns() == 1);
}

TEST_CASE("respawns by alarms are limited as those by monitors are") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("guarded");
  alarms.Raise(id, {"respawn"});
  REQUIRE(world.RunAll());
  REQUIRE(world.Vnf(id).status == VnfStatus::kActive);
  world.clock.Advance(absl::Minutes(2));
  alarms.Raise(id, {"respawn"});
  REQUIRE(world.RunAll());
  CHECK(alarms.respawns() == 1);
  CHECK(world.Vnf(id).status == VnfStatus::kError);
  CHECK(base::Contains(world.Vnf(id).error_reason, "was replaced 1 time within"));
  CHECK_FALSE(world.HasPlacement(id));
}

TEST_CASE("an alarm about a paused VNF is answered when it is resumed, unless it has ended") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("ping");
  alarms.Pause(id, lifecycle::Maintenance::kOn);
  const std::string answer = alarms.Raise(id, {"respawn"});
  alarms.Run(absl::Minutes(2));
  CHECK(alarms.respawns() == 0);
  CHECK(world.CountEvents(id, "trigger 'hot': respawn is held: the VNF is paused") == 1);
  SECTION("it goes on") {
    alarms.Pause(id, lifecycle::Maintenance::kOff);
    alarms.Run(absl::Minutes(1));
    CHECK(alarms.respawns() == 1);
  }
  SECTION("it has ended") {
    alarms.Resolve(id);
    alarms.Pause(id, lifecycle::Maintenance::kOff);
    alarms.Run(absl::Minutes(1));
    CHECK(alarms.respawns() == 0);
    CHECK(world.Operations("alarm") == std::vector<std::string>{"done"});
  }
  SECTION("it is delivered again meanwhile") {
    world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(const std::string found,
                               store::FindAlarmAnswer(txn, id, "hot", "alarm"));
      CHECK(found == answer);
      GREGALE_ASSIGN_OR_RETURN(
          const bool is_new,
          store::RememberAlarm(txn, {id, "hot", "a1", "alarm", "another"}, absl::Minutes(1)));
      CHECK_FALSE(is_new);
      return absl::OkStatus();
    });
  }
  SECTION("for longer than an alarm is believed") {
    alarms.Run(absl::Hours(1));
    CHECK(world.CountEvents(id, "the alarm is too old by now to be answered") == 1);
    CHECK(world.Operations("alarm") == std::vector<std::string>{"done"});
  }
  SECTION("the VNF is deleted") {
    world.Delete(id);
    alarms.Run(absl::Minutes(1));
    CHECK_FALSE(world.Exists(id));
    CHECK(world.Operations("alarm") == std::vector<std::string>{"done"});
  }
}

TEST_CASE("alarms of very many VNFs at once are a storm: nothing is replaced until it is over") {
  Alarms alarms;
  World& world = alarms.world;
  std::vector<std::string> ids;
  for (int i = 0; i < 10; ++i) ids.push_back(world.BootAndRun("ping", base::Cat("vnf-", i)));
  world.clock.Advance(absl::Seconds(10));
  for (const std::string& id : ids) alarms.Raise(id, {"respawn"});
  alarms.Run(absl::Minutes(2));
  CHECK(alarms.respawns() == 0);
  CHECK(world.CountEvents(ids[0], "respawn is held: storm: 10 of 10 VNFs") == 1);
  for (size_t i = 1; i < ids.size(); ++i) alarms.Resolve(ids[i]);
  alarms.Run(absl::Minutes(3));
  CHECK(alarms.respawns() == 1);
  CHECK(world.Vnf(ids[0]).attributes.at("failure_count") == "1");
}

TEST_CASE("scaling by alarm waits for the cooldown and is then done") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("scaled");
  alarms.Raise(id, {"SP1-in"});
  alarms.Run(absl::Seconds(10));
  REQUIRE(world.Addresses(id).size() == 1);
  alarms.Raise(id, {"SP1-out"}, "recovery");
  alarms.Run(absl::Seconds(40));
  CHECK(world.Addresses(id).size() == 1);
  alarms.Run(absl::Seconds(40));
  CHECK(world.Addresses(id).size() == 2);
}

TEST_CASE("log_and_kill by alarm removes the VNF and its monitor") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("ping");
  alarms.Raise(id, {"log_and_kill"});
  REQUIRE(world.RunAll());
  CHECK_FALSE(world.Exists(id));
  CHECK_FALSE(world.HasPlacement(id));
}

TEST_CASE("an alarm that nothing can answer says so") {
  Alarms alarms;
  World& world = alarms.world;
  const std::string id = world.BootAndRun("ping");
  alarms.Raise(id, {"reboot"});
  REQUIRE(world.RunAll());
  CHECK(world.CountEvents(id, "trigger 'hot': the alarm is not answered") == 1);
}

}  // namespace
}  // namespace gregale::conductor
