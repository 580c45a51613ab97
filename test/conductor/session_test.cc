#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/executor_registry.h"
#include "conductor/fake_executors.h"
#include "conductor/placement.h"
#include "conductor/session_pool.h"
#include "conductor/world.h"
#include "store/member_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

constexpr char kAddress[] = "127.0.0.1:1";

// A store with VNFs, conductors that hold sessions, and an executor.
class Lab {
 public:
  Lab() {
    FakeExecutors::Executor& executor = executors.At(kAddress);
    executor.id = "exec-1";
    executor.incarnation = base::NewUuid(world.random);
  }

  std::unique_ptr<SessionPool> NewPool(std::string conductor_id) {
    return NewPool(std::move(conductor_id), executors);
  }
  std::unique_ptr<SessionPool> NewPool(std::string conductor_id, FakeExecutors& dialled) {
    return std::make_unique<SessionPool>(
        ExecutorLink::Environment{.store = *world.store,
                                  .clock = world.clock,
                                  .dialer = dialled,
                                  .executions = executions,
                                  .conductor_id = std::move(conductor_id),
                                  .wake = [] {}},
        kLease);
  }

  FakeExecutors::Executor& executor() { return executors.At(kAddress); }

  store::Executor Row() {
    store::Executor row;
    world.Read([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(const auto rows, store::ListExecutors(txn));
      row = rows.at(0);
      return absl::OkStatus();
    });
    return row;
  }

  void Heartbeat() {
    v1::HeartbeatRequest request;
    request.set_executor_id(executor().id);
    request.set_incarnation(executor().incarnation);
    request.set_address(kAddress);
    request.set_capacity(10'000);
    REQUIRE(conductor::Heartbeat(*world.store, kLease, request).ok());
  }

  // A while of cluster life, in steps of 100 ms.
  void Live(absl::Duration time, std::vector<SessionPool*> pools) {
    for (absl::Duration t; t < time; t += absl::Milliseconds(100)) {
      if (heartbeats) Heartbeat();
      REQUIRE(placer.Tick().ok());
      for (SessionPool* pool : pools) REQUIRE(pool->Tick().ok());
      executors.Run();
      for (SessionPool* pool : pools) REQUIRE(pool->Tick().ok());
      world.clock.Advance(absl::Milliseconds(100));
    }
  }

  // Exactly what is placed runs, at the newest version, and the store knows it.
  bool InLine(const std::vector<std::string>& vnf_ids) {
    std::map<std::string, int64_t> expected;
    for (const std::string& id : vnf_ids) {
      const store::Placement placement = world.Placement(id);
      if (placement.acked_version != placement.version) return false;
      if (placement.action_id != world.Vnf(id).mistral_action_id) return false;
      expected[placement.action_id] = placement.version;
    }
    return executor().running == expected;
  }

  size_t PendingCancels() {
    size_t count = 0;
    world.Read([&](store::Txn& txn) -> absl::Status {
      count = store::ListPendingCancels(txn, "exec-1", 100)->size();
      return absl::OkStatus();
    });
    return count;
  }

  World world;
  FakeExecutors executors;
  executions::Executions executions{world.random};
  Placer placer{*world.store, world.random};
  bool heartbeats = true;
};

TEST_CASE("how long a VNF has been watched is told by the store's clock, not by this machine's") {
  Lab lab;
  base::FakeClock wrong;
  wrong.StepWall(absl::Hours(1));
  SessionPool pool({.store = *lab.world.store,
                    .clock = wrong,
                    .dialer = lab.executors,
                    .executions = lab.executions,
                    .conductor_id = "c1",
                    .wake = [] {}},
                   kLease);
  lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {&pool});
  REQUIRE(lab.executor().starts == 1);
  CHECK(lab.executor().age_of_last_start < absl::Seconds(2));
}

TEST_CASE("a placed monitor is started, updated after a respawn, and cancelled with its VNF") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.InLine({id}));
  CHECK(lab.executor().starts == 1);

  REQUIRE(lab.world.Send(lab.world.Report(id)).ok());
  REQUIRE(lab.world.RunAll());
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.InLine({id}));
  CHECK(lab.world.Placement(id).version == 3);
  CHECK(lab.executor().starts == 1);
  CHECK(lab.executor().updates == 1);

  lab.world.Delete(id);
  REQUIRE(lab.world.RunAll());
  CHECK(lab.PendingCancels() == 1);
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.executor().running.empty());
  CHECK(lab.PendingCancels() == 0);
}

TEST_CASE("a session that breaks is opened again and compares") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string first = lab.world.BootAndRun("ping", "first");
  const std::string second = lab.world.BootAndRun("ping", "second");
  lab.Live(absl::Seconds(1), {pool.get()});
  REQUIRE(lab.InLine({first, second}));

  lab.executors.Disconnect(kAddress);
  SECTION("it lost one, and runs one that nobody placed") {
    lab.executor().running.erase(lab.world.Placement(first).action_id);
    lab.executor().running[base::NewUuid(lab.world.random)] = 1;
  }
  SECTION("it did not hear the newest input") {
    lab.Live(absl::Milliseconds(100), {pool.get()});
    REQUIRE(lab.world.Send(lab.world.Report(first)).ok());
    REQUIRE(lab.world.RunAll());
  }
  SECTION("the store believes in a version that it does not have") {
    lab.executor().running[lab.world.Placement(first).action_id] = 0;
  }
  lab.Live(absl::Seconds(3), {pool.get()});
  CHECK(lab.InLine({first, second}));
  CHECK(lab.executors.sessions(kAddress) == 1);
}

TEST_CASE("an executor that one conductor does not reach is left to another") {
  Lab lab;
  FakeExecutors unreached;  // what the first conductor dials: nobody is there
  unreached.At(kAddress).reachable = false;
  const auto cut_off = lab.NewPool("c1", unreached);
  const auto other = lab.NewPool("c2");
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {cut_off.get()});
  REQUIRE(cut_off->Find("exec-1") != nullptr);
  lab.Live(2 * kLease, {cut_off.get(), other.get()});
  CHECK(cut_off->Find("exec-1") == nullptr);
  CHECK(lab.InLine({id}));
  CHECK_FALSE(lab.Row().unreachable());
  CHECK(lab.Row().sessions_missed == 0);
}

TEST_CASE("an executor that nobody reaches is drained, and taken back when it is reached") {
  Lab lab;
  const auto first = lab.NewPool("c1");
  const auto second = lab.NewPool("c2");
  lab.executor().reachable = false;
  lab.Live(2 * kLease + absl::Seconds(2), {first.get(), second.get()});
  CHECK(lab.Row().draining);
  CHECK(lab.Row().unreachable());
  lab.executor().reachable = true;
  lab.Live(2 * kLease, {first.get(), second.get()});
  CHECK_FALSE(lab.Row().draining);
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {first.get(), second.get()});
  CHECK(lab.InLine({id}));
}

TEST_CASE("an executor that was away is not taken for one that cannot be reached") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  lab.Live(absl::Seconds(1), {pool.get()});
  lab.executors.Disconnect(kAddress);
  lab.executor().reachable = lab.heartbeats = false;
  lab.Live(kLease + absl::Seconds(2), {pool.get()});
  lab.executor().reachable = lab.heartbeats = true;
  lab.Live(absl::Seconds(3), {pool.get()});
  CHECK(lab.Row().sessions_missed == 0);
  REQUIRE(pool->Find("exec-1") != nullptr);
  CHECK(pool->Find("exec-1")->synchronised());
}

TEST_CASE("an executor that was started again gets its monitors under new action ids") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {pool.get()});
  const std::string action_id = lab.world.Vnf(id).mistral_action_id;
  lab.executors.Disconnect(kAddress);
  lab.executor().incarnation = base::NewUuid(lab.world.random);
  lab.executor().running.clear();
  lab.Live(absl::Seconds(3), {pool.get()});
  CHECK(lab.InLine({id}));
  CHECK(lab.world.Vnf(id).mistral_action_id != action_id);
  CHECK(lab.PendingCancels() == 0);
}

TEST_CASE("nothing is started in a life of the executor that the store does not know yet") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  lab.world.BootAndRun("ping");
  lab.Heartbeat();
  lab.heartbeats = false;
  lab.executor().incarnation = base::NewUuid(lab.world.random);
  lab.Live(absl::Seconds(2), {pool.get()});
  CHECK(lab.executor().starts == 0);
}

TEST_CASE("a monitor that ends by itself is started again, ever more slowly") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {pool.get()});
  lab.executors.End(kAddress, lab.world.Placement(id).action_id);
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.InLine({id}));
  CHECK(lab.executor().starts == 2);

  for (int i = 0; i < 100; ++i) {
    lab.executors.End(kAddress, lab.world.Placement(id).action_id);
    lab.Live(absl::Milliseconds(200), {pool.get()});
  }
  CHECK(lab.executor().starts < 12);
  lab.Live(absl::Seconds(40), {pool.get()});
  CHECK(lab.InLine({id}));
}

TEST_CASE("a monitor that the executor refuses is told to the VNF, not tried for ever") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string id = lab.world.BootAndRun("ping");
  lab.executor().refused.insert(id);
  lab.Live(absl::Seconds(5), {pool.get()});
  CHECK(lab.executor().starts == 1);
  CHECK(lab.world.CountEvents(id,
                              "VNF is not monitored: executor 'exec-1' refused the monitor: "
                              "no such action 'vnf.levitate'") == 1);
  CHECK(base::Contains(lab.world.Vnf(id).error_reason, "not monitored"));
}

TEST_CASE("the session of a conductor that died is taken over") {
  Lab lab;
  auto first = lab.NewPool("c1");
  const auto second = lab.NewPool("c2");
  const std::string id = lab.world.BootAndRun("ping");
  lab.Live(absl::Seconds(1), {first.get(), second.get()});
  REQUIRE(lab.InLine({id}));
  CHECK(first->Find("exec-1") != nullptr);
  CHECK(second->Find("exec-1") == nullptr);
  const uint64_t epoch = lab.executor().epoch;

  SECTION("killed: when its claim has run out") {
    first.reset();
    lab.Live(kLease + absl::Seconds(1), {second.get()});
  }
  SECTION("stopped in good order: at once") {
    REQUIRE(first->Release().ok());
    first.reset();
    lab.Live(absl::Seconds(1), {second.get()});
  }
  SECTION("frozen: it gives up by itself when it wakes") {
    lab.Live(kLease + absl::Seconds(1), {second.get()});
    REQUIRE(first->Tick().ok());
    CHECK(first->Find("exec-1") == nullptr);
    lab.Live(absl::Seconds(1), {first.get(), second.get()});
    CHECK(first->Find("exec-1") == nullptr);
  }
  CHECK(second->Find("exec-1") != nullptr);
  CHECK(lab.executor().epoch > epoch);
  CHECK(lab.executors.sessions(kAddress) == 1);
  lab.world.Delete(id);
  REQUIRE(lab.world.RunAll());
  lab.Live(absl::Seconds(1), {second.get()});
  CHECK(lab.executor().running.empty());
}

TEST_CASE("an executor that cannot be reached is tried, and its monitors stay its own") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  const std::string id = lab.world.BootAndRun("ping");
  lab.executor().reachable = false;
  lab.Live(absl::Seconds(3), {pool.get()});
  CHECK(lab.executor().starts == 0);
  lab.executor().reachable = true;
  lab.Live(absl::Seconds(3), {pool.get()});
  CHECK(lab.InLine({id}));
}

TEST_CASE("a hundred VNFs come and go") {
  Lab lab;
  const auto pool = lab.NewPool("c1");
  std::vector<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.push_back(lab.world.Boot("ping", base::Cat("vnf-", i)));
  REQUIRE(lab.world.RunAll());
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.InLine(ids));
  for (int i = 0; i < 50; ++i) {
    lab.world.Delete(ids.back());
    ids.pop_back();
  }
  REQUIRE(lab.world.RunAll());
  lab.Live(absl::Seconds(1), {pool.get()});
  CHECK(lab.InLine(ids));
}

}  // namespace
}  // namespace gregale::conductor
