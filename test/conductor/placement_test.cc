#include "conductor/placement.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/executor_registry.h"
#include "conductor/world.h"
#include "store/placement_table.h"
#include "store/vim_table.h"

namespace gregale::conductor {
namespace {

Candidate WithRoom(std::string id, int64_t capacity, int64_t placed) {
  Candidate candidate;
  candidate.executor.id = std::move(id);
  candidate.executor.capacity = capacity;
  candidate.placed = placed;
  return candidate;
}

TEST_CASE("the emptiest executor takes the next monitor") {
  using Indices = std::vector<size_t>;
  const auto Choose = [](std::span<const Candidate> candidates, size_t count) {
    return ChooseExecutors(candidates, std::vector<store::Homeless>(count));
  };
  CHECK(Choose({}, 3).empty());
  const std::vector<Candidate> equal = {WithRoom("a", 10, 0), WithRoom("b", 10, 0)};
  CHECK(Choose(equal, 4) == Indices{0, 1, 0, 1});
  const std::vector<Candidate> unequal = {WithRoom("a", 10, 5), WithRoom("b", 100, 0)};
  CHECK(Choose(unequal, 3) == Indices{1, 1, 1});
  const std::vector<Candidate> nearly_full = {WithRoom("a", 2, 1), WithRoom("b", 1, 1)};
  CHECK(Choose(nearly_full, 3) == Indices{0});
  const std::vector<Candidate> overfull = {WithRoom("a", 2, 7)};
  CHECK(Choose(overfull, 1).empty());
}

TEST_CASE("labels come first, then ease, then room") {
  using Indices = std::vector<size_t>;
  const store::Labels paris = {{"site", "paris"}};
  std::vector<Candidate> candidates = {WithRoom("a", 10, 0), WithRoom("b", 10, 5),
                                       WithRoom("c", 10, 6)};
  candidates[1].executor.labels =
      candidates[2].executor.labels = {{"rack", "4"}, {"site", "paris"}};
  const std::vector<store::Homeless> monitors(3, store::Homeless{.affinity = paris});
  CHECK(ChooseExecutors(candidates, monitors) == Indices{1, 1, 2});
  candidates[1].placed = 10;
  candidates[2].placed = 9;
  CHECK(ChooseExecutors(candidates, monitors) == Indices{2, 0, 0});
  candidates[0].executor.labels = {{"site", "rome"}};
  candidates[2].placed = 10;
  CHECK(ChooseExecutors(candidates, monitors) == Indices{0, 0, 0});

  // One that was too busy with more than four is filled up last.
  std::vector<Candidate> busy = {WithRoom("a", 10, 3), WithRoom("b", 10, 8)};
  busy[0].executor.comfort = 4;
  const std::vector<store::Homeless> any(5);
  CHECK(ChooseExecutors(busy, any) == Indices{0, 1, 1, 0, 0});
}

TEST_CASE("a thousand monitors are spread by capacity") {
  const std::vector<Candidate> candidates = {WithRoom("a", 1000, 0), WithRoom("b", 3000, 0)};
  const std::vector<size_t> chosen =
      ChooseExecutors(candidates, std::vector<store::Homeless>(1000));
  CHECK(chosen.size() == 1000);
  CHECK(std::count(chosen.begin(), chosen.end(), 0u) == 250);
}

// Executors that say they are alive.
struct Fleet {
  explicit Fleet(World& the_world) : world(the_world) {}
  void Beat(const std::string& id, const std::string& incarnation, bool draining,
            const store::Labels& labels = {}) {
    v1::HeartbeatRequest request;
    request.set_executor_id(id);
    request.set_incarnation(incarnation);
    request.set_address("127.0.0.1:1");
    request.set_capacity(100);
    request.set_draining(draining);
    request.mutable_labels()->insert(labels.begin(), labels.end());
    REQUIRE(Heartbeat(*world.store, kLease, request).ok());
  }
  void Beat(const std::string& id) { Beat(id, first, false); }
  World& world;
  const std::string first = base::NewUuid(world.random);
  const std::string second = base::NewUuid(world.random);
};

TEST_CASE("monitors wait for an executor, and move when theirs is lost") {
  World world;
  Fleet fleet(world);
  Placer placer(*world.store, world.random);
  const std::string id = world.BootAndRun("ping");
  const std::string first_action = world.Vnf(id).mistral_action_id;
  CHECK(*placer.Tick() == 0);
  CHECK(world.Vnf(id).mistral_action_id == first_action);

  fleet.Beat("exec-1");
  CHECK(*placer.Tick() == 1);
  CHECK(world.Placement(id).executor_id == "exec-1");
  const std::string second_action = world.Vnf(id).mistral_action_id;
  CHECK(second_action != first_action);
  CHECK(world.Placement(id).action_id == second_action);
  CHECK(*placer.Tick() == 0);

  std::string incarnation = fleet.first;
  SECTION("it is silent") {
    world.clock.Advance(kLease);
    fleet.Beat("exec-2");
    CHECK(*placer.Tick() == 1);
    CHECK(world.Placement(id).executor_id == "exec-2");
  }
  SECTION("it was started again") {
    fleet.Beat("exec-1", fleet.second, false);
    CHECK(*placer.Tick() == 1);
    CHECK(world.Placement(id).incarnation == fleet.second);
  }
  CHECK(world.Vnf(id).mistral_action_id != second_action);
  CHECK(world.Placement(id).acked_version == 0);
  world.Read([&](store::Txn& txn) -> absl::Status {
    const auto cancels = store::ListPendingCancels(txn, "exec-1", 10);
    REQUIRE(cancels.ok());
    CHECK(cancels->empty());  // its next session would begin with a comparison
    return absl::OkStatus();
  });
}

TEST_CASE("a monitor asks for what its descriptor says, or else its VIM") {
  World world;
  const std::string any = world.BootAndRun("ping", "any");
  world.Write([](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vim vim, store::GetVim(txn, kLocalVim));
    vim.placement_attr = R"({"regions": [], "affinity": {"site": "rome"}})";
    return store::UpdateVim(txn, vim);
  });
  const std::string of_vim = world.BootAndRun("ping", "of-vim");
  const std::string of_descriptor = world.BootAndRun("guarded", "of-descriptor");
  CHECK(world.Placement(any).affinity.empty());
  CHECK(world.Placement(of_vim).affinity == store::Labels{{"site", "rome"}});
  CHECK(world.Placement(of_descriptor).affinity == store::Labels{{"site", "paris"}});

  Fleet fleet(world);
  Placer placer(*world.store, world.random);
  fleet.Beat("elsewhere");
  fleet.Beat("in-paris", fleet.first, false, {{"site", "paris"}});
  CHECK(*placer.Tick() == 3);
  CHECK(world.Placement(of_descriptor).executor_id == "in-paris");
  CHECK_FALSE(world.Placement(of_vim).executor_id.empty());  // better than nowhere
}

TEST_CASE("a draining executor takes nothing new") {
  World world;
  Fleet fleet(world);
  Placer placer(*world.store, world.random);
  world.BootAndRun("ping");
  fleet.Beat("exec-1", fleet.first, true);
  CHECK(*placer.Tick() == 0);
  fleet.Beat("exec-2");
  CHECK(*placer.Tick() == 1);
}

TEST_CASE("executors of neighbouring releases work with a conductor") {
  for (const char* executor : {"1.3.0", "1.2.9", "1.4.0-rc1", "", "home-made"}) {
    INFO(executor);
    CHECK(CheckRelease("1.3.2", executor).ok());
  }
  for (const char* executor : {"1.1.0", "1.5.0", "0.3.2", "2.3.2", "1.-2147483648.0"}) {
    INFO(executor);
    const absl::Status refused = CheckRelease("1.3.2", executor);
    CHECK(absl::IsFailedPrecondition(refused));
    CHECK(base::Contains(base::FromAbsl(refused.message()), executor));
  }
}

TEST_CASE("a heartbeat is checked, and shows in the list") {
  World world;
  Fleet fleet(world);
  fleet.Beat("exec-1");
  world.clock.Advance(kLease);
  fleet.Beat("exec-2");
  const auto list = ListExecutors(*world.store, {});
  REQUIRE(list.ok());
  REQUIRE(list->executors_size() == 2);
  CHECK_FALSE(list->executors(0).alive());
  CHECK(list->executors(1).alive());
  CHECK(list->executors(1).capacity() == 100);

  v1::HeartbeatRequest good;
  good.set_executor_id("e");
  good.set_incarnation(fleet.first);
  good.set_address("[::1]:80");
  good.set_capacity(1);
  CHECK(Heartbeat(*world.store, kLease, good)->lease().seconds() == 5);
  v1::HeartbeatRequest bad = good;
  std::string field;
  SECTION("id") { bad.set_executor_id("a b"), field = "executor_id"; }
  SECTION("incarnation") { bad.set_incarnation("1"), field = "incarnation"; }
  SECTION("address") { bad.set_address("host"), field = "address"; }
  SECTION("port") { bad.set_address("host:0"), field = "address"; }
  SECTION("label") { (*bad.mutable_labels())["site"] = "", field = "labels.site"; }
  SECTION("key") { (*bad.mutable_labels())["a b"] = "c", field = "labels"; }
  SECTION("labels") {
    for (const char* key : {"1", "2", "3", "4", "5", "6", "7", "8", "9"}) {
      (*bad.mutable_labels())[key] = "x";
    }
    field = "labels";
  }
  SECTION("capacity") { bad.set_capacity(0), field = "capacity"; }
  const auto answer = Heartbeat(*world.store, kLease, bad);
  CHECK(absl::IsInvalidArgument(answer.status()));
  CHECK(base::ErrorField(answer.status()) == field);
}

}  // namespace
}  // namespace gregale::conductor
