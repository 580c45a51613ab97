#include <catch2/catch.hpp>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "conductor/world.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using store::VnfStatus;
using Strings = std::vector<std::string>;

std::string ResourceAt(World& world, const std::string& id, const std::string& address) {
  std::string resource;
  world.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, id));
    for (const auto& instance : instances) {
      if (instance.addresses.at(0) == address) resource = instance.resource_id;
    }
    return absl::OkStatus();
  });
  return resource;
}

TEST_CASE("a heal replaces the one instance, and nothing else") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  const Strings before = world.Addresses(id);
  const std::string other = world.Address(id, "VDU2");
  const store::Vnf was = world.Vnf(id);
  REQUIRE(world.vim.Break({}, ResourceAt(world, id, before[1]), infra::Fault::kLink).ok());

  REQUIRE(world
              .Heal(id, {.vdu = "VDU1",
                         .instance = {},
                         .address = before[1],
                         .cause = "Failed to monitor VDU resource 'VDU1'"})
              .ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingHeal);
  OneConductor conductor(world, "c1");
  auto operation = conductor.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(conductor.worker.RunStep(**operation).ok());
  // Only the instance that is worked on is not probed.
  CHECK(base::Contains(world.Placement(id).input, before[0]));
  CHECK(base::Contains(world.Placement(id).input, other));
  CHECK_FALSE(base::Contains(world.Placement(id).input, before[1]));
  while (*conductor.worker.RunStep(**operation) == OperationWorker::Progress::kContinue) {
  }
  CHECK(world.RunAll(conductor.worker));

  const store::Vnf vnf = world.Vnf(id);
  CHECK(vnf.status == VnfStatus::kActive);
  CHECK(vnf.instance_id == was.instance_id);
  CHECK(vnf.mistral_action_id == was.mistral_action_id);
  const Strings after = world.Addresses(id);
  REQUIRE(after.size() == 2);
  CHECK(after[0] == before[0]);
  CHECK(after[1] != before[1]);
  CHECK(world.vim.Answers(after[1]));
  CHECK(world.Address(id, "VDU2") == other);
  CHECK(base::Contains(world.Placement(id).input, after[1]));

  Strings heals;
  for (const std::string& event : world.Events(id)) {
    if (base::Contains(event, " HEAL ")) heals.push_back(event);
  }
  CHECK(heals ==
        Strings{"PENDING_HEAL HEAL ",
                base::Cat("PENDING_HEAL HEAL Starts heal vnf request for VNF '", id,
                          "'. Reason to Heal VNF: 'Failed to monitor VDU resource 'VDU1''"),
                "PENDING_HEAL HEAL HealVnfRequest invoked to mark resource 'VDU1' to unhealthy.",
                base::Cat("PENDING_HEAL HEAL HealVnfRequest invoked to update the stack '",
                          was.instance_id, "'"),
                base::Cat("ACTIVE HEAL Ends the heal vnf request for VNF '", id, "'"),
                "ACTIVE HEAL "});
}

TEST_CASE("a heal does not wait for another broken instance") {
  World world;
  const std::string id = world.BootAndRun("two");
  const std::string second = world.Address(id, "VDU2");
  REQUIRE(world.vim.Break({}, ResourceAt(world, id, second), infra::Fault::kLink).ok());
  REQUIRE(world.Heal(id, {.vdu = "VDU1"}).ok());
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.Address(id, "VDU2") == second);
}

TEST_CASE("what a heal shall replace must be there") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  CHECK(base::ErrorField(world.Heal(id, {.vdu = "VDU9"})) == "vdu");
  CHECK(base::ErrorField(world.Heal(id, {.vdu = "VDU1", .instance = 2})) == "instance");
  CHECK(base::ErrorField(world.Heal(
            id, {.vdu = "VDU1", .instance = {}, .address = world.Address(id, "VDU2")})) ==
        "address");
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
}

TEST_CASE("a VNF whose VIM is gone ends in ERROR, and can be healed, retried or removed") {
  World world;
  const std::string id = world.BootAndRun("scaled");
  world.vim.FailCalls(1000);
  REQUIRE(world.Heal(id, {}).ok());
  const absl::Time begin = world.clock.Wall();
  CHECK(world.RunAll());
  CHECK(world.clock.Wall() - begin < absl::Minutes(2));
  CHECK(world.Vnf(id).status == VnfStatus::kError);
  CHECK(world.Vnf(id).error_reason == "heal failed: the VIM is away");
  CHECK_FALSE(world.HasPlacement(id));

  SECTION("healed when the VIM is back") {
    world.vim.FailCalls(0);
    REQUIRE(world.Heal(id, {.vdu = "VDU2"}).ok());
    CHECK(world.RunAll());
    CHECK(world.Vnf(id).status == VnfStatus::kActive);
    CHECK(world.Placement(id).action_id == world.Vnf(id).mistral_action_id);
  }
  SECTION("retried, as often as it takes") {
    REQUIRE(world.Retry(id).ok());
    CHECK(world.RunAll());
    CHECK(world.Vnf(id).status == VnfStatus::kError);
    world.vim.FailCalls(0);
    REQUIRE(world.Retry(id).ok());
    CHECK(world.RunAll());
    CHECK(world.Vnf(id).status == VnfStatus::kActive);
    CHECK(world.Vnf(id).error_reason.empty());
    CHECK(world.Vnf(id).failed_operation_id.empty());
  }
  SECTION("removed by force") {
    REQUIRE(world
                .Ask(id,
                     [](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
                       return lifecycle::BeginDelete(txn, vnf, lifecycle::Force::kYes, start);
                     })
                .ok());
    CHECK(world.RunAll());
    CHECK_FALSE(world.Exists(id));
  }
}

TEST_CASE("a creation that failed is begun anew, without what it had left") {
  World world;
  world.vim.FailDeployments(1, "no such image");
  const std::string id = world.Boot("ping");
  CHECK(world.RunAll());
  const store::Vnf failed = world.Vnf(id);
  REQUIRE(failed.status == VnfStatus::kError);
  REQUIRE(world.Retry(id).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingCreate);
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.vim.deployments() == Strings{world.Vnf(id).instance_id});
  CHECK(world.vim.deployments() != Strings{failed.instance_id});
}

TEST_CASE("a creation that failed can be healed, too") {
  World world;
  world.vim.FailDeployments(1, "no such image");
  const std::string id = world.Boot("ping");
  CHECK(world.RunAll());
  REQUIRE(world.Heal(id, {}).ok());
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.vim.Answers(world.Address(id)));
  CHECK(world.Placement(id).action_id == world.Vnf(id).mistral_action_id);
}

TEST_CASE("what a respawn that failed has left goes when the VNF is healed") {
  World world;
  const std::string id = world.BootAndRun("two");
  world.vim.FailDeployments(1, "out of memory");
  REQUIRE(world.Send(world.Report(id)).ok());
  CHECK(world.RunAll());
  REQUIRE(world.Vnf(id).status == VnfStatus::kError);
  REQUIRE(world.Heal(id, {.vdu = "VDU1"}).ok());
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.vim.deployments() == Strings{world.Vnf(id).instance_id});
  CHECK(world.vim.Answers(world.Address(id, "VDU1")));
  CHECK(world.vim.Answers(world.Address(id, "VDU2")));
}

TEST_CASE("a respawn that failed is begun again, and DEAD is seen for a second again") {
  World world;
  const std::string id = world.BootAndRun("ping");
  world.vim.FailDeployments(1, "out of memory");
  REQUIRE(world.Send(world.Report(id)).ok());
  CHECK(world.RunAll());
  REQUIRE(world.Vnf(id).status == VnfStatus::kError);
  const absl::Time begin = world.clock.Wall();
  REQUIRE(world.Retry(id).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kDead);
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.clock.Wall() - begin >= absl::Seconds(1));
  CHECK(world.Vnf(id).attributes.at("failure_count") == "1");
  CHECK(world.vim.deployments() == Strings{world.Vnf(id).instance_id});
}

TEST_CASE("an update keeps the instances and merges the values") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const store::Vnf before = world.Vnf(id);
  const auto update = [&](const lifecycle::UpdateRequest& request) {
    return world.Ask(id, [&](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
      return lifecycle::BeginUpdate(txn, vnf, request, start);
    });
  };
  lifecycle::UpdateRequest request;
  request.name = "renamed";
  request.config = {{"vdus", {{"VDU1", {{"config", {{"a", "1"}, {"b", "2"}}}}}}}};
  REQUIRE(update(request).ok());
  CHECK(world.Vnf(id).status == VnfStatus::kPendingUpdate);
  CHECK(world.RunAll());
  request.config = {{"vdus", {{"VDU1", {{"config", {{"b", "3"}}}}}}}};
  REQUIRE(update(request).ok());
  CHECK(world.RunAll());
  const store::Vnf after = world.Vnf(id);
  CHECK(after.status == VnfStatus::kActive);
  CHECK(after.name == "renamed");
  CHECK(after.mgmt_ip_address == before.mgmt_ip_address);
  CHECK(after.mistral_action_id == before.mistral_action_id);
  const auto config = base::ParseYamlAsJson(after.attributes.at("config"));
  REQUIRE(config.ok());
  CHECK(config->at("vdus").at("VDU1").at("config") == base::Json{{"a", "1"}, {"b", "3"}});
  CHECK(world.CountEvents(id, "PENDING_UPDATE UPDATE ") == 2);
  CHECK(world.CountEvents(id, "ACTIVE UPDATE ") == 2);

  const std::string other = world.BootAndRun("plain", "other");
  request.name = "other";
  CHECK(base::ErrorKind(update(request)) == "DuplicateEntity");
}

TEST_CASE("a paused VNF is monitored on, and the switch is idempotent") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const auto set = [&](lifecycle::Maintenance maintenance) {
    return world.Ask(id, [=](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start&) {
      return lifecycle::SetMaintenance(txn, vnf, maintenance);
    });
  };
  const store::Placement before = world.Placement(id);
  REQUIRE(set(lifecycle::Maintenance::kOn).ok());
  REQUIRE(set(lifecycle::Maintenance::kOn).ok());
  CHECK(world.Vnf(id).paused);
  CHECK(world.Placement(id).version == before.version);
  CHECK(world.CountEvents(id, "VNF paused: ") == 1);
  REQUIRE(set(lifecycle::Maintenance::kOff).ok());
  CHECK_FALSE(world.Vnf(id).paused);
  CHECK(world.CountEvents(id, "VNF resumed: ") == 1);
}

}  // namespace
}  // namespace gregale::conductor
