// Moves between executors that are alive: drains, balance, and that no monitor is killed before its
// successor runs.
#include "conductor/relocation.h"

#include <catch2/catch.hpp>

#include "base/text.h"
#include "conductor/executor_registry.h"
#include "conductor/fake_executors.h"
#include "conductor/placement.h"
#include "conductor/session_pool.h"
#include "conductor/world.h"
#include "store/placement_table.h"
#include "store/relocation_table.h"

namespace gregale::conductor {
namespace {

MoveLoad Load(const std::string& id, int64_t monitors, int64_t capacity = 1000,
              bool draining = false) {
  MoveLoad load;
  load.executor.id = id;
  load.executor.capacity = capacity;
  load.executor.draining = draining;
  load.monitors = monitors;
  return load;
}

TEST_CASE("a drain moves everything, to where there is most room, in batches") {
  const std::vector<MoveLoad> loads = {Load("a", 700, 1000, true), Load("b", 10), Load("c", 0)};
  const auto moves = ChooseMoves(loads, 0, {.draining = 500});
  REQUIRE(moves.size() == 500);
  CHECK(std::ranges::count(moves, 1, &Move::to) == 245);
  CHECK(std::ranges::all_of(moves, [](const Move& move) { return move.from == 0; }));
  CHECK(ChooseMoves(loads, 450, {.draining = 500}).size() == 50);
  CHECK(ChooseMoves({Load("a", 7, 1000, true)}, 0, {}).empty());
  CHECK(ChooseMoves({Load("a", 7, 10, true), Load("b", 0, 3)}, 0, {}).size() == 3);
}

TEST_CASE("an executor that joins gets its part by and by; small differences are left alone") {
  const MoveLimits limits;
  CHECK(ChooseMoves({Load("a", 1000), Load("b", 0)}, 0, limits).size() == 50);
  CHECK(ChooseMoves({Load("a", 520), Load("b", 480)}, 0, limits).empty());
  CHECK(ChooseMoves({Load("a", 9), Load("b", 0)}, 0, limits).empty());
  CHECK(ChooseMoves({Load("a", 300, 3000), Load("b", 100, 1000)}, 0, limits).empty());
  CHECK(ChooseMoves({Load("a", 1000), Load("b", 0)}, 50, limits).empty());
  CHECK(ChooseMoves({}, 0, limits).empty());

  std::vector<MoveLoad> loads = {Load("a", 1000), Load("b", 0), Load("c", 900)};
  int rounds = 0;
  for (auto moves = ChooseMoves(loads, 0, limits); !moves.empty();
       moves = ChooseMoves(loads, 0, limits)) {
    REQUIRE(++rounds < 50);
    for (const Move& move : moves) {
      --loads[move.from].monitors;
      ++loads[move.to].monitors;
    }
  }
  for (const MoveLoad& load : loads) CHECK(load.monitors == Approx(633).margin(130));
}

TEST_CASE("monitors go back to where they should rather be, and do not leave it for balance") {
  const store::Labels paris = {{"site", "paris"}};
  std::vector<MoveLoad> loads = {Load("a", 40), Load("b", 0), Load("c", 0)};
  loads[1].executor.labels = paris;
  const std::vector<BoundMonitors> astray = {{.at = 0, .affinity = paris, .monitors = 40}};
  const auto back = ChooseMoves(loads, 0, {}, astray);
  REQUIRE(back.size() == 40);
  CHECK(std::ranges::all_of(back, [&](const Move& move) {
    return move.from == 0 && move.to == 1 && move.affinity == paris;
  }));
  loads[1].executor.draining = true;
  CHECK(ChooseMoves(loads, 0, {}, astray).empty());

  loads = {Load("a", 0), Load("b", 400)};
  loads[1].executor.labels = paris;
  CHECK(ChooseMoves(loads, 0, {}, {{.at = 1, .affinity = paris, .monitors = 395}}).size() == 5);
  loads[0].executor.labels = paris;
  CHECK(ChooseMoves(loads, 0, {}, {{.at = 1, .affinity = paris, .monitors = 395}}).size() == 50);

  // A drain keeps to it where it can.
  loads = {Load("a", 10, 1000, true), Load("b", 500), Load("c", 0)};
  loads[1].executor.labels = paris;
  const auto away = ChooseMoves(loads, 0, {}, {{.at = 0, .affinity = paris, .monitors = 4}});
  REQUIRE(away.size() == 10);
  CHECK(std::ranges::count(away, 1, &Move::to) == 4);
  loads[1].executor.draining = true;
  CHECK(std::ranges::count(ChooseMoves(loads, 0, {.draining = 10}), 2, &Move::to) == 10);
}

TEST_CASE("an executor that is too busy gives some away, once, and gets none back") {
  const MoveLimits limits{.draining = 500, .balancing = 1000};
  std::vector<MoveLoad> loads = {Load("a", 800), Load("b", 800, 2000)};
  loads[0].executor.comfort = 400;  // of 1000
  const auto moves = ChooseMoves(loads, 0, limits);
  REQUIRE(moves.size() > 200);
  CHECK(std::ranges::all_of(moves, [](const Move& move) { return move.from == 0; }));
  for (const Move& move : moves) --loads[move.from].monitors, ++loads[move.to].monitors;
  CHECK(ChooseMoves(loads, 0, limits).empty());
  loads[1].executor.comfort = 900;  // nobody has room to be at ease
  loads[1].monitors = 1000;
  loads[0].monitors = 500;
  CHECK(ChooseMoves(loads, 0, limits).empty());
}

// A store with VNFs, a conductor, and two executors.
class Lab {
 public:
  Lab() {
    for (const int i : {1, 2}) {
      FakeExecutors::Executor& executor = At(i);
      executor.id = base::Cat("exec-", i);
      executor.incarnation = base::NewUuid(world.random);
    }
  }

  static std::string AddressOf(int i) { return base::Cat("127.0.0.1:", i); }
  FakeExecutors::Executor& At(int i) { return executors.At(AddressOf(i)); }
  v1::HeartbeatResponse Heartbeat(int i, bool draining = false) {
    v1::HeartbeatRequest request;
    request.set_executor_id(At(i).id);
    request.set_incarnation(At(i).incarnation);
    request.set_address(AddressOf(i));
    request.set_capacity(1000);
    request.set_draining(draining);
    const auto response = conductor::Heartbeat(*world.store, kLease, request);
    REQUIRE(response.ok());
    return *response;
  }
  // A while of cluster life; `look` sees every state that the executors are in.
  void Live(absl::Duration time, const std::function<void()>& look = {}) {
    for (absl::Duration t; t < time; t += absl::Milliseconds(100)) {
      for (const int i : alive) Heartbeat(i);
      REQUIRE(placer.Tick().ok());
      REQUIRE(mover.Tick().ok());
      for (int turn = 0; turn < 2; ++turn) {
        REQUIRE(pool.Tick().ok());
        if (look) look();
        executors.Run();
        if (look) look();
      }
      world.clock.Advance(absl::Milliseconds(100));
    }
  }
  void Drain(const std::string& id, bool undo = false) {
    v1::DrainExecutorRequest request;
    request.set_executor_id(id);
    request.set_undo(undo);
    REQUIRE(DrainExecutor(*world.store, request).ok());
  }
  // How many executors run a monitor for each VNF, now: by the action ids that were ever its.
  bool EachIsWatched(const std::vector<std::string>& ids) {
    for (const std::string& id : ids) {
      const std::string current = world.Vnf(id).mistral_action_id;
      if (!At(1).running.contains(current) && !At(2).running.contains(current)) return false;
    }
    return true;
  }
  bool AllAt(int i, const std::vector<std::string>& ids) {
    return std::ranges::all_of(ids, [&](const std::string& id) {
      const store::Placement placement = world.Placement(id);
      return placement.executor_id == At(i).id &&
             placement.action_id == world.Vnf(id).mistral_action_id &&
             placement.acked_version == placement.version &&
             At(i).running.contains(placement.action_id);
    });
  }
  std::vector<store::Relocation> Relocations() {
    std::vector<store::Relocation> all;
    world.Read([&](store::Txn& txn) -> absl::Status {
      all = *store::ListRelocations(txn);
      return absl::OkStatus();
    });
    return all;
  }
  std::vector<std::string> Boot(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(world.BootAndRun("ping", base::Cat("vnf-", i)));
    return ids;
  }

  World world;
  FakeExecutors executors;
  executions::Executions executions{world.random};
  Placer placer{*world.store, world.random};
  Mover mover{*world.store, world.random};
  SessionPool pool{{.store = *world.store,
                    .clock = world.clock,
                    .dialer = executors,
                    .executions = executions,
                    .conductor_id = "c1",
                    .wake = [] {}},
                   kLease};
  std::vector<int> alive = {1, 2};
};

TEST_CASE("while an executor is drained, every monitor runs somewhere at every moment") {
  Lab lab;
  lab.alive = {1};
  const auto ids = lab.Boot(8);
  lab.Live(absl::Seconds(1));
  REQUIRE(lab.AllAt(1, ids));
  lab.alive = {1, 2};
  lab.Drain("exec-1");
  bool always = true;
  lab.Live(absl::Seconds(2), [&] { always = always && lab.EachIsWatched(ids); });
  CHECK(always);
  CHECK(lab.AllAt(2, ids));
  CHECK(lab.At(1).running.empty());
  CHECK(lab.Relocations().empty());

  // What is placed now goes elsewhere, too; until it is taken back.
  lab.Drain("exec-1", true);
  lab.Drain("exec-2");
  lab.Live(absl::Seconds(2));
  CHECK(lab.AllAt(1, ids));
  CHECK(lab.At(2).running.empty());
}

TEST_CASE("an executor that leaves is told when it may") {
  Lab lab;
  lab.alive = {1};
  const auto ids = lab.Boot(3);
  lab.Live(absl::Seconds(1));
  CHECK(lab.Heartbeat(1, true).may_leave());  // nobody else is there
  lab.alive = {1, 2};
  lab.Live(absl::Milliseconds(100));
  lab.alive = {2};
  CHECK_FALSE(lab.Heartbeat(1, true).may_leave());
  lab.Live(absl::Seconds(2));
  CHECK(lab.AllAt(2, ids));
  CHECK(lab.Heartbeat(1, true).may_leave());
}

TEST_CASE("a successor's report waits until it has taken over, and the old one's is then refused") {
  Lab lab;
  lab.alive = {1};
  const std::string id = lab.Boot(1)[0];
  lab.Live(absl::Seconds(1));
  lab.Heartbeat(2);
  lab.Drain("exec-1");
  REQUIRE(lab.mover.Tick().ok());
  REQUIRE(lab.Relocations().size() == 1);
  v1::ExecutePolicyActionRequest old = lab.world.Report(id);
  v1::ExecutePolicyActionRequest report = old;
  report.set_action_id(lab.Relocations()[0].action_id);
  const auto held = lab.world.Send(report);
  REQUIRE(held.ok());
  CHECK(held->disposition() == v1::ExecutePolicyActionResponse::DISPOSITION_HELD);
  lab.alive = {1, 2};
  lab.Live(absl::Seconds(1));
  REQUIRE(lab.AllAt(2, {id}));
  CHECK(lab.world.Send(old)->status() == "BAD_ACTION");
  CHECK(lab.world.Send(report)->disposition() ==
        v1::ExecutePolicyActionResponse::DISPOSITION_ACCEPTED);
}

TEST_CASE("a move ends without harm where its goal refuses, dies, or the VNF goes") {
  Lab lab;
  lab.alive = {1};
  const std::string id = lab.Boot(1)[0];
  lab.Live(absl::Seconds(1));
  const std::string before = lab.world.Vnf(id).mistral_action_id;
  lab.alive = {1, 2};
  SECTION("it refuses") {
    lab.At(2).refused.insert(id);
    lab.Drain("exec-1");
    lab.Live(absl::Milliseconds(500));
    CHECK(lab.world.Vnf(id).mistral_action_id == before);
    CHECK(lab.AllAt(1, {id}));
    CHECK(lab.world.Vnf(id).error_reason.empty());
  }
  SECTION("it dies") {
    lab.At(2).reachable = false;
    lab.Drain("exec-1");
    lab.Live(absl::Milliseconds(500));
    REQUIRE(lab.Relocations().size() == 1);
    lab.alive = {1};
    lab.Live(kLease + absl::Seconds(1));
    CHECK(lab.Relocations().empty());
    CHECK(lab.AllAt(1, {id}));
  }
  SECTION("the executor that is drained dies first") {
    lab.At(2).reachable = false;
    lab.Drain("exec-1");
    lab.Live(absl::Milliseconds(500));
    lab.alive = {2};
    lab.Live(kLease);
    lab.At(2).reachable = true;
    lab.Live(absl::Seconds(5));
    CHECK(lab.Relocations().empty());
    CHECK(lab.AllAt(2, {id}));
    CHECK(lab.At(2).running.size() == 1);
  }
  SECTION("the VNF goes") {
    lab.At(2).reachable = false;
    lab.Drain("exec-1");
    lab.Live(absl::Milliseconds(500));
    lab.world.Delete(id);
    REQUIRE(lab.world.RunAll());
    CHECK(lab.Relocations().empty());
    lab.At(2).reachable = true;
    lab.Live(absl::Seconds(5));
    CHECK(lab.At(1).running.empty());
    CHECK(lab.At(2).running.empty());
  }
}

TEST_CASE("an executor that joins gets a part of the monitors") {
  Lab lab;
  lab.alive = {1};
  const auto ids = lab.Boot(60);
  lab.Live(absl::Seconds(1));
  REQUIRE(lab.AllAt(1, ids));
  lab.alive = {1, 2};
  bool always = true;
  lab.Live(absl::Seconds(3), [&] { always = always && lab.EachIsWatched(ids); });
  CHECK(always);
  CHECK(lab.At(2).running.size() >= 20);
  CHECK(lab.At(1).running.size() + lab.At(2).running.size() == ids.size());
}

TEST_CASE("the monitoring delay is over where the VNF has been watched for longer") {
  Lab lab;
  lab.alive = {1};
  const std::string id = lab.Boot(1)[0];
  lab.Live(absl::Seconds(1));
  const absl::Time since = lab.world.Placement(id).placed_at;
  lab.alive = {2};
  lab.Live(kLease + absl::Seconds(2));
  REQUIRE(lab.AllAt(2, {id}));
  CHECK(lab.world.Placement(id).placed_at == since);
  CHECK(lab.At(2).age_of_last_start >= kLease);

  // New addresses begin anew.
  REQUIRE(lab.world.Send(lab.world.Report(id)).ok());
  REQUIRE(lab.world.RunAll());
  CHECK(lab.world.Placement(id).placed_at > since);
}

}  // namespace
}  // namespace gregale::conductor
