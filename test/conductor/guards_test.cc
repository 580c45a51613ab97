// What keeps policy actions from doing harm: storms, second witnesses, limits, maintenance.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/world.h"
#include "store/event_table.h"
#include "store/guard_table.h"
#include "store/member_table.h"
#include "store/placement_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using store::VnfStatus;
using Request = v1::ExecutePolicyActionRequest;
using Response = v1::ExecutePolicyActionResponse;

constexpr absl::Duration kLong = absl::Hours(24);

// A world with executors, each with its monitors.
class Town {
 public:
  explicit Town(int executors) {
    for (int i = 1; i <= executors; ++i) {
      store::Executor executor;
      executor.id = base::Cat("executor-", i);
      executor.incarnation = "1";
      executor.address = base::Cat("10.0.0.", i, ":9893");
      executor.capacity = 1000;
      world.Write([&](store::Txn& txn) { return store::HeartbeatExecutor(txn, executor, kLong); });
      executors_.push_back(executor);
    }
  }

  // VNFs that are monitored by the executor (from 1).
  std::vector<std::string> Boot(int count, int executor) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) {
      ids.push_back(world.BootAndRun("ping", base::Cat("vnf-", ++booted_)));
      const store::Placement placement = world.Placement(ids.back());
      const std::string action_id = base::NewUuid(world.random);
      world.Write([&](store::Txn& txn) {
        return store::Place(txn, placement, action_id, executors_[executor - 1]);
      });
    }
    world.clock.Advance(absl::Seconds(10));  // the number of monitors is counted anew
    return ids;
  }

  // Each monitor that reports a failure, and what it was told last.
  struct Monitor {
    Request request;
    Response answer;
  };
  Monitor Fail(const std::string& vnf_id) {
    Monitor monitor{world.Report(vnf_id), {}};
    Repeat(monitor);
    return monitor;
  }
  void Repeat(Monitor& monitor) {
    const auto answer = world.Send(monitor.request);
    INFO(answer.status());
    REQUIRE(answer.ok());
    monitor.answer = *answer;
  }
  // Goes on as a monitor does, until it is told something else than HELD. What the second
  // executor sees is `reached`. false: it is held for all of `time`.
  bool Insist(Monitor& monitor, bool reached, absl::Duration time = absl::Seconds(20)) {
    const absl::Time end = world.clock.Wall() + time;
    while (monitor.answer.disposition() == Response::DISPOSITION_HELD && world.clock.Wall() < end) {
      AnswerWitnesses(reached);
      const auto& wait = monitor.answer.retry_after();
      world.clock.Advance(absl::Seconds(wait.seconds()) + absl::Nanoseconds(wait.nanos()));
      Repeat(monitor);
    }
    return monitor.answer.disposition() != Response::DISPOSITION_HELD;
  }
  void AnswerWitnesses(bool reached) {
    const auto calls = std::exchange(world.witness_line.calls, {});
    for (const auto& call : calls) {
      v1::ProbeResponse response;
      response.set_answered(reached);
      call.done(response);
    }
    REQUIRE(world.witnesses->Tick().ok());
  }
  Response Recover(const Monitor& monitor) {
    Request request = monitor.request;
    request.set_monitor_return_value("recovery");
    request.clear_policy_actions();
    request.set_incident(request.incident() + 100'000);
    const auto answer = world.Send(request);
    REQUIRE(answer.ok());
    return *answer;
  }
  // The details of the events that are about no VNF.
  std::vector<std::string> StormEvents() {
    std::vector<std::string> details;
    world.Read([&](store::Txn& txn) -> absl::Status {
      store::ListQuery query;
      query.equals["resource_type"] = {"monitoring", "vim", "executor"};
      GREGALE_ASSIGN_OR_RETURN(const auto events, store::ListEvents(txn, query));
      details.clear();
      for (const store::Event& event : events) {
        details.push_back(
            base::Cat(event.resource_type, " ", event.resource_state, " ", event.details));
      }
      return absl::OkStatus();
    });
    return details;
  }
  size_t respawns() { return world.Operations("respawn").size(); }

  World world;

 private:
  std::vector<store::Executor> executors_;
  int booted_ = 0;
};

TEST_CASE("200 VNFs that become unreachable at once are not touched, and one event says why") {
  Town town(1);
  const auto ids = town.Boot(200, 1);
  std::vector<Town::Monitor> monitors;
  for (const std::string& id : ids) {
    monitors.push_back(town.Fail(id));
    town.world.clock.Advance(absl::Milliseconds(5));  // within one interval of probing
  }
  for (int round = 0; round < 3; ++round) {
    town.world.clock.Advance(absl::Seconds(6));
    for (auto& monitor : monitors) town.Repeat(monitor);
    REQUIRE(town.world.storms->Tick().ok());
  }
  CHECK(town.respawns() == 0);
  REQUIRE(town.StormEvents().size() == 1);
  CHECK(base::Contains(town.StormEvents()[0], "monitoring STORM storm: 61 of 200 VNFs fail"));
  CHECK(town.world.CountEvents(ids[199], "respawn is held: storm: ") == 1);
  CHECK(town.world.Vnf(ids[0]).status == VnfStatus::kActive);

  SECTION("the network comes back: what goes on failing is healed") {
    for (size_t i = 1; i < monitors.size(); ++i) town.Recover(monitors[i]);
    REQUIRE(town.world.storms->Tick().ok());
    REQUIRE(town.StormEvents().size() == 2);
    CHECK(base::Contains(town.StormEvents()[1], "monitoring CALM the storm is over after "));
    CHECK(town.Insist(monitors[0], false));
    CHECK(town.respawns() == 1);
    CHECK(town.world.CountEvents(ids[1], "answers again") == 1);
  }
  SECTION("monitors that are silent do not keep a storm alive") {
    town.world.clock.Advance(absl::Minutes(5));
    REQUIRE(town.world.storms->Tick().ok());
    CHECK(town.StormEvents().size() == 2);
  }
}

TEST_CASE("one VNF of many that is unreachable is healed") {
  Town town(1);
  const auto ids = town.Boot(20, 1);
  auto monitor = town.Fail(ids[7]);
  // A moment is left for others to fail, too.
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_HELD);
  CHECK(town.Insist(monitor, false, absl::Seconds(2)));
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(town.respawns() == 1);
  CHECK(town.StormEvents().empty());
  town.Repeat(monitor);
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_DUPLICATE);
  CHECK(town.world.CountEvents(ids[7], "VDU 'VDU1' failed") == 1);
  CHECK(town.world.CountEvents(ids[7], "is held") == 0);
}

TEST_CASE("an executor whose network is cut has nothing replaced") {
  Town town(2);
  town.Boot(3, 2);
  const auto cut = town.Boot(3, 1);
  std::vector<Town::Monitor> monitors;
  for (const std::string& id : cut) monitors.push_back(town.Fail(id));
  for (auto& monitor : monitors) CHECK_FALSE(town.Insist(monitor, true));
  CHECK(town.respawns() == 0);
  for (const std::string& id : cut) {
    CHECK(town.world.Vnf(id).status == VnfStatus::kActive);
    CHECK(town.world.CountEvents(
              id,
              "respawn is held: executor executor-2 gets answers, executor executor-1 does "
              "not") == 1);
  }
  SECTION("a failure that the other sees, too, in the end is acted upon") {
    CHECK(town.Insist(monitors[0], false));
    CHECK(town.respawns() == 1);
    CHECK(town.world.CountEvents(cut[0], "executor executor-2 gets no answer either") == 1);
  }
}

TEST_CASE("where storms are let through, the second executor is asked all the same") {
  Town town(2);
  town.world.guards.storm_guard = false;
  town.Boot(10, 2);
  std::vector<Town::Monitor> monitors;
  for (const std::string& id : town.Boot(10, 1)) monitors.push_back(town.Fail(id));
  for (auto& monitor : monitors) CHECK_FALSE(town.Insist(monitor, true));
  CHECK(town.respawns() == 0);
  for (auto& monitor : monitors) CHECK(town.Insist(monitor, false));
  CHECK(town.respawns() == 10);
}

TEST_CASE("the storm of one executor is told apart") {
  Town town(2);
  town.Boot(30, 2);
  const auto cut = town.Boot(10, 1);
  std::vector<Town::Monitor> monitors;
  for (const std::string& id : cut) monitors.push_back(town.Fail(id));
  for (auto& monitor : monitors) CHECK_FALSE(town.Insist(monitor, false, absl::Seconds(10)));
  CHECK(town.respawns() == 0);
  REQUIRE(town.StormEvents().size() == 1);
  CHECK(base::Contains(town.StormEvents()[0],
                       "executor STORM storm: 5 of 10 VNFs seen by executor executor-1 fail"));
}

TEST_CASE("the second executor is asked about the same target") {
  Town town(2);
  const auto ids = town.Boot(1, 1);
  auto monitor = town.Fail(ids[0]);
  REQUIRE(town.world.witness_line.calls.size() == 1);
  const auto& call = town.world.witness_line.calls[0];
  CHECK(call.address == "10.0.0.2:9893");
  CHECK(call.request.action() == "vnf.ping");
  const auto& input = call.request.input().fields();
  CHECK(input.at("addresses").list_value().values(0).string_value() == monitor.request.address());
  CHECK(input.at("count").number_value() == 2);
  CHECK(input.at("interval").number_value() == 0.5);
  CHECK(input.at("monitoring_delay").number_value() == 0);
  // Not a second time while it thinks.
  town.Repeat(monitor);
  CHECK(town.world.witness_line.calls.size() == 1);
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_HELD);
  CHECK(town.Insist(monitor, false));
}

TEST_CASE("executors that do not answer a question are not waited for, for ever") {
  Town town(3);
  const auto ids = town.Boot(1, 1);
  auto monitor = town.Fail(ids[0]);
  std::set<std::string> asked;
  for (int i = 0; i < 200 && monitor.answer.disposition() == Response::DISPOSITION_HELD; ++i) {
    for (const auto& call : std::exchange(town.world.witness_line.calls, {})) {
      asked.insert(call.address);
      call.done(absl::UnavailableError("nobody there"));
    }
    REQUIRE(town.world.witnesses->Tick().ok());
    town.world.clock.Advance(absl::Milliseconds(300));
    town.Repeat(monitor);
  }
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(asked == std::set<std::string>{"10.0.0.2:9893", "10.0.0.3:9893"});
}

TEST_CASE("a question that is lost is asked again, and old answers count for nothing") {
  Town town(2);
  const auto ids = town.Boot(1, 1);
  auto monitor = town.Fail(ids[0]);
  const auto lost = std::exchange(town.world.witness_line.calls, {});
  REQUIRE(lost.size() == 1);
  town.world.clock.Advance(absl::Minutes(1));
  town.Repeat(monitor);
  REQUIRE(town.world.witness_line.calls.size() == 1);
  v1::ProbeResponse late;
  lost[0].done(late);  // "no answer": but to the question before
  REQUIRE(town.world.witnesses->Tick().ok());
  town.world.clock.Advance(absl::Milliseconds(300));
  town.Repeat(monitor);
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_HELD);
  CHECK_FALSE(town.Insist(monitor, true));
}

TEST_CASE("with one executor its word is enough, as it is where no witness is wanted") {
  const bool one = GENERATE(true, false);
  Town town(one ? 1 : 2);
  if (!one) town.world.guards.witness = false;
  const auto ids = town.Boot(1, 1);
  CHECK(town.Fail(ids[0]).answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(town.world.witness_line.calls.empty());
}

TEST_CASE("a VNF that needs too many respawns goes to ERROR and says why") {
  Town town(0);
  const std::string id = town.world.BootAndRun("ping");
  SECTION("within the window") {
    for (int i = 0; i < 5; ++i) {
      CHECK(town.Fail(id).answer.disposition() == Response::DISPOSITION_ACCEPTED);
      REQUIRE(town.world.RunAll());
      REQUIRE(town.world.Vnf(id).status == VnfStatus::kActive);
    }
    CHECK(town.Fail(id).answer.disposition() == Response::DISPOSITION_ACCEPTED);
    REQUIRE(town.world.RunAll());
    const store::Vnf vnf = town.world.Vnf(id);
    CHECK(vnf.status == VnfStatus::kError);
    CHECK(base::Contains(vnf.error_reason, "the VNF was replaced 5 times within 3600 s"));
    CHECK(town.respawns() == 5);
    CHECK_FALSE(town.world.HasPlacement(id));
  }
  SECTION("not when they are far apart") {
    for (int i = 0; i < 8; ++i) {
      town.Fail(id);
      REQUIRE(town.world.RunAll());
      town.world.clock.Advance(absl::Minutes(20));
    }
    CHECK(town.world.Vnf(id).status == VnfStatus::kActive);
    CHECK(town.respawns() == 8);
  }
}

TEST_CASE("the descriptor's own guards are obeyed") {
  Town town(0);
  const std::string id = town.world.BootAndRun("guarded");
  town.Fail(id);
  REQUIRE(town.world.RunAll());
  town.Fail(id);
  CHECK(base::Contains(town.world.Vnf(id).error_reason, "the VNF was replaced 1 time within"));
}

TEST_CASE("nothing is done to a paused VNF, until it is resumed") {
  Town town(0);
  const std::string id = town.world.BootAndRun("ping");
  const auto set_paused = [&](bool paused) {
    town.world.Write([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, store::GetVnf(txn, id));
      vnf.paused = paused;
      return store::UpdateVnf(txn, vnf);
    });
  };
  set_paused(true);
  Town::Monitor monitor{town.world.Report(id), {}};
  monitor.request.add_policy_actions("log");
  town.Repeat(monitor);
  CHECK_FALSE(town.Insist(monitor, false));
  CHECK(town.respawns() == 0);
  CHECK(town.world.CountEvents(id, "ActionLogOnly invoked") == 0);
  CHECK(town.world.CountEvents(id, "VDU 'VDU1' failed") == 1);
  CHECK(town.world.CountEvents(id, "respawn is held: the VNF is paused") == 1);
  set_paused(false);
  CHECK(town.Insist(monitor, false));
  CHECK(town.respawns() == 1);
  CHECK(town.world.CountEvents(id, "ActionLogOnly invoked") == 1);
}

TEST_CASE("what leaves the VNF alone is done at once, and once") {
  Town town(2);
  const auto ids = town.Boot(1, 1);
  Town::Monitor monitor{town.world.Report(ids[0]), {}};
  monitor.request.add_policy_actions("log");
  town.Repeat(monitor);
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_HELD);
  CHECK(town.world.CountEvents(ids[0], "ActionLogOnly invoked") == 1);
  CHECK(town.Insist(monitor, false));
  CHECK(town.world.CountEvents(ids[0], "ActionLogOnly invoked") == 1);
  CHECK(town.world.CountEvents(ids[0], "ActionRespawnHeat invoked") == 1);
}

TEST_CASE("vdu_autoheal and log_and_kill begin their operations") {
  Town town(0);
  const std::string id = town.world.BootAndRun("two");
  Town::Monitor monitor{town.world.Report(id), {}};
  monitor.request.clear_policy_actions();
  SECTION("vdu_autoheal") {
    monitor.request.add_policy_actions("vdu_autoheal");
    town.Repeat(monitor);
    CHECK(town.world.Vnf(id).status == VnfStatus::kPendingHeal);
    CHECK(town.world.Operations("heal").size() == 1);
    CHECK(town.world.CountEvents(id, "Failed to monitor VDU resource 'VDU1'") == 1);
  }
  SECTION("log_and_kill") {
    monitor.request.add_policy_actions("log_and_kill");
    town.Repeat(monitor);
    CHECK(town.world.CountEvents(id, "ActionLogAndKill invoked") == 1);
    CHECK(town.world.CountEvents(id, "DEAD MONITOR ") == 1);
    REQUIRE(town.world.RunAll());
    CHECK_FALSE(town.world.Exists(id));
  }
  CHECK(monitor.answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(base::IsUuid(monitor.answer.operation_id()));
}

TEST_CASE("scaling by a policy waits for its cooldown, and says where it ends") {
  Town town(0);
  const std::string id = town.world.BootAndRun("scaled");
  std::vector<store::VduInstance> instances;
  town.world.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(instances, store::ListVduInstances(txn, id));
    return absl::OkStatus();
  });
  Request request;
  request.set_vnf_id(id);
  request.set_monitor_return_value("failure");
  request.set_action_id(town.world.Vnf(id).mistral_action_id);
  request.set_vdu("VDU1");
  request.set_policy("ping");
  request.set_address(instances.at(0).addresses.at(0));
  request.add_policy_actions(GENERATE("SP1-out", "scale-out", "autoscaling"));
  const auto fail = [&](uint64_t incident) {
    request.set_incident(incident);
    Town::Monitor monitor{request, {}};
    town.Repeat(monitor);
    return monitor;
  };
  CHECK(fail(1).answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(town.world.Vnf(id).status == VnfStatus::kPendingScaleOut);
  CHECK(town.world.CountEvents(id, "ACTIVE MONITOR ActionAutoscalingHeat invoked") == 1);
  REQUIRE(town.world.RunAll());
  // There are three now.
  CHECK(fail(2).answer.disposition() == Response::DISPOSITION_ACCEPTED);
  CHECK(town.world.CountEvents(id, "allows at most 3 instances") == 1);
  CHECK(town.world.Operations("scale").size() == 1);

  request.set_policy_actions(0, "SP1-in");
  auto in = fail(3);
  CHECK_FALSE(town.Insist(in, false, absl::Seconds(30)));
  CHECK(town.world.CountEvents(id,
                               "SP1-in is held: VNF vnf is not scaled in: policy SP1 is "
                               "cooling down") == 1);
  CHECK(town.world.Vnf(id).status == VnfStatus::kActive);
  CHECK(town.Insist(in, false, absl::Minutes(1)));
  CHECK(town.world.Vnf(id).status == VnfStatus::kPendingScaleIn);
}

}  // namespace
}  // namespace gregale::conductor
