#include "support/fake_vim_driver.h"

#include <catch2/catch.hpp>

#include "base/random.h"
#include "infra/drivers.h"
#include "infra/resource_id.h"

namespace gregale::infra {
namespace {

using Phase = DeploymentState::Phase;

VduRequest Vdu(std::string name, int instances) {
  VduRequest request;
  request.vdu = std::move(name);
  request.instances.assign(static_cast<size_t>(instances), 0);
  request.has_management_address = true;
  return request;
}

Deployment TwoVdus(std::string instance_id) {
  Deployment deployment;
  deployment.instance_id = std::move(instance_id);
  deployment.vnf_id = "vnf-1";
  deployment.vdus = {Vdu("VDU1", 1), Vdu("VDU2", 2)};
  return deployment;
}

TEST_CASE("a resource id is a UUID that depends on what it names alone") {
  const std::string id = ServerId({"i", "VDU1", 0});
  CHECK(base::IsUuid(id));
  CHECK(id[14] == '5');
  CHECK(id == ServerId({"i", "VDU1", 0}));
  CHECK(id != ServerId({"i", "VDU1", 1}));
  CHECK(id != ServerId({"j", "VDU1", 0}));
  CHECK(id != ServerId({"i", "VDU1", 0, 1}));
  CHECK(id != PortId({"i", "VDU1", 0}, "CP1"));
}

TEST_CASE("the table finds a driver by the VIM's type") {
  DriverTable table;
  table.Add(std::make_unique<FakeVimDriver>("simulated"));
  REQUIRE(table.Find("simulated") != nullptr);
  CHECK(table.Find("simulated")->type() == "simulated");
  CHECK(table.Find("openstack") == nullptr);
}

TEST_CASE("a driver that cannot break its VDUs says so") {
  class Remote : public FakeVimDriver {
   public:
    absl::Status Break(const VimAccess& vim, std::string_view id, Fault fault) override {
      return VimDriver::Break(vim, id, fault);
    }
  };
  Remote remote;
  CHECK(remote.Break({}, "x", Fault::kLink).code() == absl::StatusCode::kUnimplemented);
}

TEST_CASE("the fake VIM finishes an interrupted create and destroy when they are repeated") {
  FakeVimDriver vim;
  vim.InterruptCalls(1);
  CHECK(vim.Apply({}, TwoVdus("a")).code() == absl::StatusCode::kUnavailable);
  CHECK(vim.Observe({}, "a")->phase == Phase::kCreating);
  REQUIRE(vim.Apply({}, TwoVdus("a")).ok());
  const DeploymentState state = *vim.Observe({}, "a");
  REQUIRE(state.phase == Phase::kReady);
  REQUIRE(state.vdus.size() == 3);
  CHECK(vim.addresses_given() == 3);
  CHECK(vim.Answers(state.vdus[2].addresses[0]));

  vim.InterruptCalls(1);
  CHECK_FALSE(vim.Destroy({}, "a").ok());
  CHECK(vim.List({}, "vnf-1")->size() == 1);
  CHECK(vim.Destroy({}, "a").ok());
  CHECK(vim.Destroy({}, "a").ok());
  CHECK(vim.deployments().empty());
  CHECK_FALSE(vim.Answers(state.vdus[2].addresses[0]));
}

TEST_CASE("the fake VIM makes and removes instances as a real one does") {
  FakeVimDriver vim;
  Deployment deployment = TwoVdus("a");
  REQUIRE(vim.Apply({}, deployment).ok());
  const DeploymentState before = *vim.Observe({}, "a");
  deployment.vdus[1].instances = {0, 9, 9};
  REQUIRE(vim.Apply({}, deployment).ok());
  const DeploymentState after = *vim.Observe({}, "a");
  REQUIRE(after.vdus.size() == 4);
  CHECK(after.vdus[0].addresses == before.vdus[0].addresses);
  CHECK(after.vdus[1].addresses == before.vdus[1].addresses);
  CHECK(after.vdus[2].addresses != before.vdus[2].addresses);
  CHECK_FALSE(vim.Answers(before.vdus[2].addresses[0]));
  CHECK(vim.Answers(after.vdus[3].addresses[0]));
}

TEST_CASE("the fake VIM's faults wear off") {
  FakeVimDriver vim;
  vim.FailCalls(1);
  vim.FailDeployments(1, "no valid host");
  vim.SetObservationsUntilReady(1);
  CHECK_FALSE(vim.Apply({}, TwoVdus("a")).ok());
  CHECK(vim.deployments().empty());
  REQUIRE(vim.Apply({}, TwoVdus("a")).ok());
  CHECK(vim.Observe({}, "a")->phase == Phase::kCreating);
  CHECK(vim.Observe({}, "a")->phase == Phase::kFailed);
  CHECK(vim.Observe({}, "a")->reason == "no valid host");
  REQUIRE(vim.Apply({}, TwoVdus("b")).ok());
  CHECK(vim.Observe({}, "b")->phase == Phase::kCreating);
  CHECK(vim.Observe({}, "b")->phase == Phase::kReady);
  CHECK(vim.calls("Apply") == 3);
}

}  // namespace
}  // namespace gregale::infra
