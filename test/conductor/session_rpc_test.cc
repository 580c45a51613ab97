#include <catch2/catch.hpp>
#include <functional>

#include "base/clock.h"
#include "base/text.h"
#include "conductor/executor_registry.h"
#include "conductor/executor_server.h"
#include "conductor/grpc_dialer.h"
#include "conductor/placement.h"
#include "conductor/session_pool.h"
#include "conductor/wakeup.h"
#include "conductor/world.h"

// Sessions over real gRPC. The store's clock is the test's; only gRPC's threads run by themselves.
namespace gregale::conductor {
namespace {

class Lab {
 public:
  std::unique_ptr<SessionPool> NewPool(std::string conductor_id) {
    return std::make_unique<SessionPool>(
        ExecutorLink::Environment{.store = *world.store,
                                  .clock = world.clock,
                                  .dialer = dialer,
                                  .executions = executions,
                                  .conductor_id = std::move(conductor_id),
                                  .wake = [this] { wakeup.Notify(); }},
        kLease);
  }

  std::vector<std::string> Boot(int count) {
    std::vector<std::string> ids;
    for (int i = 0; i < count; ++i) ids.push_back(world.Boot("ping", base::Cat("vnf-", i)));
    REQUIRE(world.RunAll());
    return ids;
  }

  void Heartbeat() {
    v1::HeartbeatRequest request;
    request.set_executor_id("exec-1");
    request.set_incarnation(incarnation);
    request.set_address(executor.address());
    request.set_capacity(10'000);
    REQUIRE(conductor::Heartbeat(*world.store, kLease, request).ok());
  }

  // Rounds until `predicate` holds; false where it does not in ten real seconds.
  bool Until(const std::function<bool()>& predicate, std::vector<SessionPool*> pools) {
    base::SystemClock real;
    const base::MonoTime deadline = real.Mono() + absl::Seconds(10);
    uint64_t seen = 0;
    while (real.Mono() < deadline) {
      Heartbeat();
      REQUIRE(placer.Tick().ok());
      for (SessionPool* pool : pools) REQUIRE(pool->Tick().ok());
      if (predicate()) return true;
      seen = wakeup.Wait(seen, absl::Milliseconds(20));
      world.clock.Advance(absl::Milliseconds(100));
    }
    return false;
  }

  bool InLine(const std::vector<std::string>& ids) {
    std::map<std::string, uint64_t> expected;
    for (const std::string& id : ids) {
      const store::Placement placement = world.Placement(id);
      if (placement.acked_version != placement.version) return false;
      expected[placement.action_id] = static_cast<uint64_t>(placement.version);
    }
    return executor.Running() == expected;
  }

  World world;
  Wakeup wakeup;
  const std::string incarnation = base::NewUuid(world.random);
  ExecutorServer executor{"exec-1", incarnation};
  GrpcDialer dialer{rpc::Transport()};
  executions::Executions executions{world.random};
  Placer placer{*world.store, world.random};
};

TEST_CASE("monitors are started, updated and cancelled in one session") {
  Lab lab;
  std::vector<std::string> ids = lab.Boot(200);
  const auto pool = lab.NewPool("c1");
  CHECK(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));

  // The first report waits for others that may fail, too.
  const auto report = lab.world.Report(ids[0]);
  REQUIRE(lab.world.Send(report).ok());
  lab.world.clock.Advance(absl::Seconds(2));
  REQUIRE(lab.world.Send(report).ok());
  REQUIRE(lab.world.RunAll());
  CHECK(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));
  // Twice: while the VNF was replaced, nothing of it was probed.
  CHECK(lab.world.Placement(ids[0]).version == 3);

  for (int i = 0; i < 100; ++i) {
    lab.world.Delete(ids.back());
    ids.pop_back();
  }
  REQUIRE(lab.world.RunAll());
  CHECK(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));
  CHECK(lab.executor.sessions() == 1);
}

TEST_CASE("a session that the executor ends is opened again and compares") {
  Lab lab;
  const std::vector<std::string> ids = lab.Boot(50);
  const auto pool = lab.NewPool("c1");
  REQUIRE(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));
  lab.executor.HangUp();
  lab.executor.EndAll();
  CHECK(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));
}

TEST_CASE("another conductor takes a session over, with a higher epoch") {
  Lab lab;
  const std::vector<std::string> ids = lab.Boot(20);
  auto first = lab.NewPool("c1");
  const auto second = lab.NewPool("c2");
  REQUIRE(lab.Until([&] { return lab.InLine(ids); }, {first.get()}));
  const uint64_t epoch = lab.executor.epoch();
  first.reset();
  const auto taken = [&] {
    return lab.executor.epoch() > epoch && lab.executor.sessions() == 1 && lab.InLine(ids);
  };
  CHECK(lab.Until(taken, {second.get()}));
}

TEST_CASE("a session ends cleanly while the executor talks without pause") {
  Lab lab;
  const std::vector<std::string> ids = lab.Boot(100);
  for (int round = 0; round < 10; ++round) {
    auto pool = lab.NewPool("c1");
    REQUIRE(lab.Until([&] { return lab.InLine(ids); }, {pool.get()}));
    lab.executor.EndAll();
    pool.reset();
  }
  CHECK(lab.Until([&] { return lab.executor.sessions() == 0; }, {}));
}

}  // namespace
}  // namespace gregale::conductor
