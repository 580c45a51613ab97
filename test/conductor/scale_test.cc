#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "conductor/world.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using lifecycle::Direction;
using store::VnfStatus;
using Strings = std::vector<std::string>;

// The addresses that the monitor of the VDU is told.
Strings Probed(World& world, const std::string& id, const std::string& vdu = "VDU1") {
  const auto input = base::ParseJson(world.Placement(id).input);
  REQUIRE(input.ok());
  return input->at("addresses").at(vdu).get<Strings>();
}

// The SCALE events, as "STATE details".
Strings ScaleEvents(World& world, const std::string& id) {
  Strings found;
  for (const std::string& event : world.Events(id)) {
    const size_t at = event.find(" SCALE ");
    if (at != std::string::npos) found.push_back(event.substr(0, at) + event.substr(at + 6));
  }
  return found;
}

TEST_CASE("a scaled VDU begins with its default, and shows a list of addresses") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const Strings addresses = world.Addresses(id);
  REQUIRE(addresses.size() == 2);
  CHECK(Probed(world, id) == addresses);
  // A VDU that no policy scales does not vanish from the map.
  CHECK(world.Vnf(id).mgmt_ip_address == base::Cat("{\"VDU1\": [\"", addresses[0], "\", \"",
                                                   addresses[1], "\"], \"VDU2\": \"",
                                                   world.Address(id, "VDU2"), "\"}"));
  CHECK(world.Vnf(id).layout == R"({"VDU1": [0, 0], "VDU2": [0]})");
}

TEST_CASE("scaling out adds an instance with an address of its own, which is probed, too") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const Strings before = world.Addresses(id);
  const std::string action_id = world.Vnf(id).mistral_action_id;
  REQUIRE(world.Scale(id, Direction::kOut).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingScaleOut);
  CHECK(world.RunAll());

  const store::Vnf vnf = world.Vnf(id);
  CHECK(vnf.status == VnfStatus::kActive);
  const Strings after = world.Addresses(id);
  REQUIRE(after.size() == 3);
  CHECK(Strings(after.begin(), after.begin() + 2) == before);
  CHECK(world.vim.Answers(after[2]));
  CHECK(Probed(world, id) == after);
  CHECK(vnf.mistral_action_id == action_id);
  CHECK(world.vim.deployments() == Strings{vnf.instance_id});
  CHECK(ScaleEvents(world, id) == Strings{"PENDING_SCALE_OUT ", "ACTIVE "});
  CHECK(world.CountEvents(id, "VNF scaled out by SP1: VDU1 " + base::Join(before, ", ") + " -> " +
                                  base::Join(after, ", ")) == 1);
}

TEST_CASE("scaling in removes the newest instance, which is not probed from the beginning on") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const Strings before = world.Addresses(id);
  OneConductor conductor(world, "c1");
  REQUIRE(world.Scale(id, Direction::kIn).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingScaleIn);
  auto operation = conductor.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(conductor.worker.RunStep(**operation).ok());
  CHECK(Probed(world, id) == Strings{before[0]});
  CHECK(Probed(world, id, "VDU2") == Strings{world.Address(id, "VDU2")});
  CHECK(world.vim.Answers(before[1]));

  REQUIRE(conductor.worker.RunStep(**operation).ok());
  REQUIRE(conductor.worker.RunStep(**operation).ok());
  CHECK(world.RunAll(conductor.worker));
  CHECK(world.Addresses(id) == Strings{before[0]});
  CHECK(Probed(world, id) == Strings{before[0]});
  CHECK_FALSE(world.vim.Answers(before[1]));
  CHECK(ScaleEvents(world, id) == Strings{"PENDING_SCALE_IN ", "ACTIVE "});
}

TEST_CASE("at its bound a VNF is not scaled, and an event says so") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  REQUIRE(world.Scale(id, Direction::kIn).ok());
  REQUIRE(world.RunAll());
  const absl::Status refused = world.Scale(id, Direction::kIn);
  CHECK(base::ErrorKind(refused) == "VNFScalingBound");
  CHECK(refused.message() == "VNF vnf is not scaled in: policy SP1 allows at least 1 instances.");
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(ScaleEvents(world, id).back() == base::Cat("ACTIVE ", base::FromAbsl(refused.message())));
  CHECK(world.Operations("scale") == Strings{"done"});

  for (int i = 0; i < 2; ++i) {
    REQUIRE(world.Scale(id, Direction::kOut).ok());
    REQUIRE(world.RunAll());
    world.clock.Advance(absl::Seconds(60));
  }
  CHECK(base::ErrorKind(world.Scale(id, Direction::kOut)) == "VNFScalingBound");
  CHECK(world.Addresses(id).size() == 3);
}

TEST_CASE("a cooldown holds back a second step of the same kind, and any step of a policy") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const auto by_policy = [&](Direction direction) {
    return world.Ask(id, [=](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
      return lifecycle::BeginScale(
          txn, vnf, {.policy = "SP1", .direction = direction, .origin = lifecycle::Origin::kPolicy},
          start);
    });
  };
  REQUIRE(world.Scale(id, Direction::kIn).ok());
  REQUIRE(world.RunAll());
  REQUIRE(world.Scale(id, Direction::kOut).ok());
  REQUIRE(world.RunAll());
  world.clock.Advance(absl::Seconds(57.5));
  const absl::Status refused = world.Scale(id, Direction::kOut);
  CHECK(base::ErrorKind(refused) == "VNFScalingCooldown");
  CHECK(refused.message() ==
        "VNF vnf is not scaled out: policy SP1 is cooling down for another 3 s.");
  CHECK(base::ErrorKind(by_policy(Direction::kIn)) == "VNFScalingCooldown");
  world.clock.Advance(absl::Seconds(2.5));
  CHECK(by_policy(Direction::kOut).ok());
}

TEST_CASE("an unknown scaling policy is not found") {
  World world;
  const std::string id = world.BootAndRun("plain");
  const absl::Status refused = world.Scale(id, Direction::kOut);
  CHECK(base::ErrorKind(refused) == "VnfPolicyNotFound");
  CHECK(refused.message() == base::Cat("Policy SP1 does not exist for VNF ", id));
}

TEST_CASE("of two requests one wins, and the other is told what is running") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  REQUIRE(world.Scale(id, Direction::kOut).ok());
  std::string operation_id;
  world.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto rows, txn.Query("SELECT id FROM operation WHERE kind = "
                                                        "'scale'",
                                                        {}));
    operation_id = rows.at(0).Text(0);
    return absl::OkStatus();
  });
  const std::string before = world.Dump();
  for (const absl::Status& refused :
       {world.Scale(id, Direction::kIn), world.Heal(id, {}), world.Retry(id)}) {
    CHECK(base::ErrorKind(refused) == "VNFInUse");
    CHECK(refused.message() == base::Cat("Operation on PENDING_SCALE_OUT VNF is not permitted. Its "
                                         "operation 'scale' (",
                                         operation_id, ") is running."));
  }
  CHECK(world.Dump() == before);
}

TEST_CASE("a step that fails ends in ERROR, and is done once when it is tried again") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const Strings before = world.Addresses(id);
  world.vim.FailDeployments(1, "no valid host");
  REQUIRE(world.Scale(id, Direction::kOut).ok());
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kError);
  CHECK(world.Vnf(id).error_reason ==
        "scale failed: the VIM could not make the deployment: no valid host");
  CHECK(ScaleEvents(world, id) == Strings{"PENDING_SCALE_OUT ", "ERROR "});
  CHECK_FALSE(world.HasPlacement(id));

  REQUIRE(world.Retry(id).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingScaleOut);
  CHECK(world.Vnf(id).error_reason.empty());
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  const Strings after = world.Addresses(id);
  REQUIRE(after.size() == 3);
  CHECK(after[0] == before[0]);
  CHECK(Probed(world, id) == after);
  CHECK(world.Placement(id).action_id == world.Vnf(id).mistral_action_id);
}

TEST_CASE("a respawn keeps the number of instances") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  REQUIRE(world.Scale(id, Direction::kOut).ok());
  REQUIRE(world.RunAll());
  REQUIRE(world
              .Ask(id,
                   [](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
                     return lifecycle::BeginRespawn(txn, vnf, {}, start);
                   })
              .ok());
  REQUIRE(world.RunAll());
  CHECK(world.Addresses(id).size() == 3);
  CHECK(Probed(world, id) == world.Addresses(id));
}

}  // namespace
}  // namespace gregale::conductor
