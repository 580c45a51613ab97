#include <catch2/catch.hpp>

#include "base/text.h"
#include "base/yaml.h"
#include "conductor/world.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"
#include "workflow/definition.h"

namespace gregale::conductor {
namespace {

using store::VnfStatus;

TEST_CASE("create makes a deployment, records it, and has it monitored") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const store::Vnf vnf = world.Vnf(id);
  CHECK(world.vim.deployments() == std::vector<std::string>{vnf.instance_id});
  CHECK(vnf.mgmt_ip_address == base::Cat("{\"VDU1\": \"", world.Address(id), "\"}"));
  CHECK(vnf.error_reason.empty());

  const store::Placement placement = world.Placement(id);
  CHECK(placement.action_id == vnf.mistral_action_id);
  CHECK(placement.executor_id.empty());
  CHECK(placement.input == base::Cat("{\"vnf_id\": \"", id, "\", \"addresses\": {\"VDU1\": [\"",
                                     world.Address(id), "\"]}}"));
  CHECK(vnf.attributes.at("monitoring_workflow") == placement.definition);
  CHECK(workflow::ParseWorkflow(placement.definition, "vnf_id_" + id).ok());

  const std::vector<std::string> events = world.Events(id);
  REQUIRE(events.size() == 3);
  CHECK(events[0] == base::Cat("PENDING_CREATE CREATE Infra Instance ID created: ", vnf.instance_id,
                               " and Mgmt IP address set: ", vnf.mgmt_ip_address));
  CHECK(events[1] == "ACTIVE CREATE VNF creation completed");
  CHECK(events[2] == base::Cat("ACTIVE MONITOR VNF added for monitoring. mon_policy_dict = ",
                               vnf.attributes.at("monitoring_policy"), ","));
  CHECK(vnf.attributes.at("monitoring_policy") ==
        "{\"vdus\": {\"VDU1\": {\"ping\": {\"name\": \"ping\", \"parameters\": {\"count\": 3, "
        "\"interval\": 1}, \"actions\": {\"failure\": \"respawn\"}, \"monitoring_params\": "
        "{\"count\": 3, \"interval\": 1}}}}}");
}

TEST_CASE("a VNF without monitoring policy has no workflow and no monitor") {
  World world;
  const std::string id = world.BootAndRun("plain");
  CHECK_FALSE(world.HasPlacement(id));
  CHECK(world.Vnf(id).mistral_action_id.empty());
  CHECK(world.Events(id).size() == 2);
}

TEST_CASE("create waits for a slow VIM without holding the operation") {
  World world;
  world.vim.SetObservationsUntilReady(8);
  OneConductor conductor(world, "c1");
  const std::string id = world.Boot("ping");
  absl::StatusOr<absl::Duration> idle = conductor.worker.RunOne();
  REQUIRE(idle.ok());
  idle = conductor.worker.RunOne();
  REQUIRE(idle.ok());
  CHECK(*idle > absl::ZeroDuration());
  CHECK(*idle <= absl::Milliseconds(50));
  world.Read([&](store::Txn& txn) -> absl::Status {
    const auto operation = store::FirstOpenOperation(txn, id);
    REQUIRE(operation.ok());
    CHECK((*operation)->lease_owner.empty());
    return absl::OkStatus();
  });
  CHECK(world.RunAll(conductor.worker));
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
  CHECK(world.vim.calls("Apply") == 1);
}

TEST_CASE("a VIM that is away is tried again, and not for ever") {
  World world;
  world.vim.FailCalls(3);
  const std::string id = world.Boot("ping");
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kActive);

  world.vim.FailCalls(1000);
  const std::string other = world.Boot("ping", "other");
  CHECK(world.RunAll());
  const store::Vnf vnf = world.Vnf(other);
  CHECK(vnf.status == VnfStatus::kError);
  CHECK(vnf.error_reason == "the VIM is away");
  CHECK(world.CountEvents(other, "ERROR CREATE VNF creation failed: the VIM is away") == 1);
  CHECK(world.CountEvents(other, "ERROR CREATE VNF creation completed") == 1);
  CHECK(world.Operations("create") == std::vector<std::string>{"done", "failed"});
}

TEST_CASE("what trying again cannot help is an error at once") {
  World world;
  SECTION("the deployment failed") {
    world.vim.FailDeployments(1, "no such image");
    const std::string id = world.Boot("ping");
    CHECK(world.RunAll());
    CHECK(world.Vnf(id).error_reason == "the VIM could not make the deployment: no such image");
  }
  SECTION("no driver for the type of VIM") {
    const std::string id = world.Boot("ping", "vnf", kOpenstackVim);
    CHECK(world.RunAll());
    CHECK(world.Vnf(id).status == VnfStatus::kError);
    CHECK(world.Vnf(id).error_reason == "VIM type openstack is not supported as an infra driver");
    world.Delete(id);
    CHECK(world.RunAll());
    CHECK_FALSE(world.Exists(id));
  }
  SECTION("an operation of a kind that this conductor does not know") {
    const std::string id = world.BootAndRun("plain");
    store::Operation operation;
    operation.id = base::NewUuid(world.random);
    operation.kind = "levitate";
    operation.vnf_id = id;
    operation.key = "k";
    world.Write([&](store::Txn& txn) { return store::InsertOperation(txn, operation); });
    CHECK(world.RunAll());
    CHECK(world.Operations("levitate") == std::vector<std::string>{"failed"});
    CHECK(world.Vnf(id).status == VnfStatus::kActive);
  }
}

TEST_CASE("a deployment that is never ready is given up after ten minutes") {
  World world;
  world.vim.SetObservationsUntilReady(1'000'000);
  const std::string id = world.Boot("ping");
  const absl::Time begin = world.clock.Wall();
  OneConductor conductor(world, "c1");
  for (int i = 0; i < 3000 && world.Vnf(id).status == VnfStatus::kPendingCreate; ++i) {
    const auto idle = conductor.worker.RunOne();
    REQUIRE(idle.ok());
    world.clock.Advance(*idle);
  }
  CHECK(world.Vnf(id).status == VnfStatus::kError);
  CHECK(world.clock.Wall() - begin < absl::Minutes(11));
}

TEST_CASE("a respawn replaces the deployment and keeps the action id") {
  World world;
  const std::string id = world.BootAndRun("two");
  const store::Vnf before = world.Vnf(id);
  const absl::Time reported = world.clock.Wall();
  const auto answer = world.Send(world.Report(id));
  REQUIRE(answer.ok());
  CHECK(answer->disposition() == v1::ExecutePolicyActionResponse::DISPOSITION_ACCEPTED);
  CHECK(world.Vnf(id).status == VnfStatus::kDead);
  CHECK(world.RunAll());

  const store::Vnf after = world.Vnf(id);
  CHECK(after.status == VnfStatus::kActive);
  CHECK(after.instance_id != before.instance_id);
  CHECK(world.vim.deployments() == std::vector<std::string>{after.instance_id});
  CHECK(after.mistral_action_id == before.mistral_action_id);
  CHECK(after.attributes.at("failure_count") == "1");
  CHECK(after.attributes.at("dead_instance_id_1") == before.instance_id);
  // Tacker's users look for DEAD once a second.
  CHECK(world.clock.Wall() - reported >= absl::Seconds(1));
  CHECK(world.clock.Wall() - reported < absl::Seconds(2));

  const store::Placement placement = world.Placement(id);
  // Paused, and resumed with the new addresses.
  CHECK(placement.version == 3);
  CHECK(base::Contains(placement.input, world.Address(id, "VDU1")));
  CHECK(base::Contains(placement.input, world.Address(id, "VDU2")));
  store::ListQuery all;
  world.Read([&](store::Txn& txn) -> absl::Status {
    const auto executions = store::ListExecutions(txn, all);
    REQUIRE(executions.ok());
    REQUIRE(executions->size() == 1);
    CHECK(executions->front().input == placement.input);
    return absl::OkStatus();
  });

  const std::vector<std::string> events = world.Events(id);
  REQUIRE(events.size() == 10);
  CHECK(events[3].starts_with("ACTIVE MONITOR VDU 'VDU1' failed: ping to "));
  CHECK(events[4] == "DEAD MONITOR ");
  CHECK(events[5] == "DEAD MONITOR ActionRespawnHeat invoked");
  CHECK(events[6].starts_with("DEAD CREATE Infra Instance ID created: " + after.instance_id));
  CHECK(events[7] == "ACTIVE CREATE VNF creation completed");
  CHECK(base::Contains(
      events[8],
      base::Cat("VDU1 ", base::ParseJson(before.mgmt_ip_address)->at("VDU1").get<std::string>(),
                " -> ", world.Address(id))));
  CHECK(base::Contains(events[8], "out of service for 4."));
  CHECK(events[9].starts_with("ACTIVE MONITOR VNF added for monitoring."));
}

TEST_CASE("a respawn that fails ends the monitoring") {
  World world;
  const std::string id = world.BootAndRun("ping");
  world.vim.FailDeployments(1, "out of memory");
  const auto request = world.Report(id);
  REQUIRE(world.Send(request).ok());
  CHECK(world.RunAll());
  const store::Vnf vnf = world.Vnf(id);
  CHECK(vnf.status == VnfStatus::kError);
  CHECK(vnf.error_reason == "respawn failed: the VIM could not make the deployment: out of memory");
  CHECK_FALSE(world.HasPlacement(id));
  auto again = request;
  again.set_incident(99);
  CHECK(world.Send(again)->status() == "BAD_ACTION");
}

TEST_CASE("delete leaves nothing") {
  World world;
  const std::string id = world.BootAndRun("ping");
  // What an operation that was cut off may have left.
  infra::Deployment stray;
  stray.instance_id = base::NewUuid(world.random);
  stray.vnf_id = id;
  REQUIRE(world.vim.Apply({}, stray).ok());
  const std::string empty = World().Dump();
  world.Delete(id);
  CHECK(world.RunAll());
  CHECK_FALSE(world.Exists(id));
  CHECK(world.vim.deployments().empty());
  CHECK_FALSE(world.HasPlacement(id));
  CHECK(world.Events(id).back() == "PENDING_DELETE DELETE VNF Delete Complete");
  world.Read([&](store::Txn& txn) -> absl::Status {
    CHECK(store::ListVnfds(txn, {})->empty());
    CHECK(store::ListDefinitions(txn, {})->empty());
    CHECK(store::ListExecutions(txn, {})->empty());
    CHECK(store::ListVduInstances(txn, id)->empty());
    return absl::OkStatus();
  });
}

TEST_CASE("a delete that the VIM prevents is an error; a forced one is not") {
  World world;
  const std::string id = world.BootAndRun("ping");
  const std::string instance_id = world.Vnf(id).instance_id;
  world.vim.FailCalls(1000);
  world.Delete(id);
  CHECK(world.RunAll());
  CHECK(world.Vnf(id).status == VnfStatus::kError);
  CHECK(world.Vnf(id).error_reason == "delete failed: the VIM is away");
  CHECK(world.CountEvents(id, "ERROR DELETE VNF Delete ERROR") == 1);

  world.Delete(id, R"({"force": true})");
  CHECK(world.RunAll());
  CHECK_FALSE(world.Exists(id));
  CHECK(world.CountEvents(id, base::Cat("VNF force delete: instance ", instance_id,
                                        " may be left on VIM ", kLocalVim, ": the VIM is away")) ==
        1);
  CHECK(world.CountEvents(id, "VNF Delete Complete") == 1);
}

TEST_CASE("a VNF that is deleted while it is made or respawned is not brought back") {
  World world;
  OneConductor conductor(world, "c1");
  std::string id;
  int steps = 0;
  SECTION("while it is made") {
    steps = GENERATE(0, 1, 2);
    id = world.Boot("ping");
  }
  SECTION("while it is respawned") {
    steps = GENERATE(0, 1, 2, 3, 4);
    id = world.BootAndRun("ping");
    REQUIRE(world.Send(world.Report(id)).ok());
  }
  if (steps > 0) {
    auto operation = conductor.worker.Claim();
    REQUIRE(operation.ok());
    REQUIRE(operation->has_value());
    for (int i = 0; i < steps; ++i) {
      const auto progress = conductor.worker.RunStep(**operation);
      REQUIRE(progress.ok());
      if (*progress == OperationWorker::Progress::kReleased) break;
    }
  }
  world.Delete(id);
  CHECK(world.RunAll(conductor.worker));
  CHECK_FALSE(world.Exists(id));
  CHECK(world.vim.deployments().empty());
}

TEST_CASE("who lost an operation to a forced delete removes what it had just made") {
  World world;
  OneConductor slow(world, "slow");
  OneConductor quick(world, "quick");
  const std::string id = world.Boot("ping");
  auto operation = slow.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(slow.worker.RunStep(**operation).ok());
  world.Write([&](store::Txn& txn) { return store::SupersedeOperations(txn, id); });
  world.Delete(id, R"({"force": true})");
  world.clock.Advance(kLease);
  CHECK(world.RunAll(quick.worker));
  CHECK_FALSE(world.Exists(id));
  // Now the slow one wakes up, in the middle of its step.
  const auto progress = slow.worker.RunStep(**operation);
  REQUIRE(progress.ok());
  CHECK(*progress == OperationWorker::Progress::kReleased);
  CHECK(world.vim.deployments().empty());
}

TEST_CASE("who lost an operation gives its lease back at once") {
  World world;
  OneConductor slow(world, "slow");
  OneConductor quick(world, "quick");
  const std::string id = world.Boot("ping");
  auto operation = slow.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(slow.worker.RunStep(**operation).ok());
  REQUIRE(world
              .Ask(id,
                   [](store::Txn& txn, store::Vnf& vnf, const lifecycle::Start& start) {
                     return lifecycle::BeginDelete(txn, vnf, lifecycle::Force::kYes, start);
                   })
              .ok());
  CHECK_FALSE(quick.worker.Claim()->has_value());
  CHECK(*slow.worker.RunStep(**operation) == OperationWorker::Progress::kReleased);
  const absl::Time released = world.clock.Wall();
  CHECK(world.RunAll(quick.worker));
  CHECK(world.clock.Wall() == released);
  CHECK_FALSE(world.Exists(id));
  CHECK(world.vim.deployments().empty());
}

TEST_CASE("an operation is one conductor's at a time") {
  World world;
  OneConductor first(world, "c1");
  OneConductor second(world, "c2");
  world.Boot("ping");
  auto operation = first.worker.Claim();
  REQUIRE(operation.ok());
  REQUIRE(operation->has_value());
  CHECK_FALSE(second.worker.Claim()->has_value());
  const auto idle = second.worker.RunOne();
  REQUIRE(idle.ok());
  CHECK(*idle == kLease);

  SECTION("its lease is kept while it works") {
    const auto held = first.leases.Hold(**operation, world.clock.Mono());
    for (int i = 0; i < 10; ++i) {
      world.clock.Advance(kLease / 3);
      first.leases.Tick();
      CHECK(held->Valid());
      CHECK_FALSE(second.worker.Claim()->has_value());
    }
  }
  SECTION("who slept through its lease stops, and cannot write") {
    const auto held = first.leases.Hold(**operation, world.clock.Mono());
    world.clock.Advance(kLease);
    CHECK_FALSE(held->Valid());
    auto taken = second.worker.Claim();
    REQUIRE(taken.ok());
    REQUIRE(taken->has_value());
    CHECK(*first.worker.RunStep(**operation) == OperationWorker::Progress::kReleased);
    CHECK(world.Operations("create") == std::vector<std::string>{"open"});
    CHECK(*second.worker.RunStep(**taken) == OperationWorker::Progress::kContinue);
  }
}

TEST_CASE("a worker that is told to stop gives its operation back") {
  World world;
  OneConductor first(world, "c1");
  OneConductor second(world, "c2");
  const std::string id = world.Boot("ping");
  first.worker.Stop();
  REQUIRE(first.worker.RunOne().ok());
  CHECK(world.RunAll(second.worker));
  CHECK(world.Vnf(id).status == VnfStatus::kActive);
}

}  // namespace
}  // namespace gregale::conductor
