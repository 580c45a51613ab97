#include "infra/local/local_driver.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/json.h"
#include "infra/local/links.h"
#include "infra/local/network_namespace.h"
#include "infra/local/vdu.h"
#include "infra/local_world.h"
#include "infra/reach.h"

namespace gregale::infra {
namespace {

using Phase = DeploymentState::Phase;
using Strings = std::vector<std::string>;

// Creates and returns what is ready then.
DeploymentState CreateReady(LocalWorld& world, const Deployment& deployment) {
  const absl::Status created = world.driver().Apply(world.vim(), deployment);
  INFO(created);
  REQUIRE(created.ok());
  DeploymentState state = AwaitReady(world, deployment.instance_id);
  REQUIRE(state.phase == Phase::kReady);
  return state;
}

void DestroyAll(LocalWorld& world, const std::string& instance_id) {
  const absl::Status destroyed = world.driver().Destroy(world.vim(), instance_id);
  INFO(destroyed);
  REQUIRE(destroyed.ok());
  CHECK(world.driver().Observe(world.vim(), instance_id)->phase == Phase::kAbsent);
}

base::Json Body(const std::string& reply) {
  CHECK(reply.starts_with("HTTP/1.1 200 OK\r\n"));
  const size_t at = reply.find("\r\n\r\n");
  REQUIRE(at != std::string::npos);
  const auto json = base::ParseJson(reply.substr(at + 4));
  REQUIRE(json.ok());
  return *json;
}

// Runs `work` in a child process; returns its exit status.
int InChild(const std::function<int()>& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE(
    "three VDUs answer at addresses of their own, in both families, until they are destroyed") {
  LocalWorld world;
  const Deployment deployment = VduTimes(3, FreshId());
  const DeploymentState state = CreateReady(world, deployment);
  REQUIRE(state.vdus.size() == 3);
  std::set<std::string> addresses;
  for (const VduState& vdu : state.vdus) {
    CHECK(vdu.vdu == "VDU1");
    REQUIRE(vdu.addresses.size() == 2);
    CHECK(vdu.addresses[0].starts_with("198.1"));
    CHECK(vdu.addresses[1].starts_with("fd67:7265:"));
    for (const std::string& address : vdu.addresses) {
      INFO(address);
      addresses.insert(address);
      CHECK(Pings(address));
      const base::Json body = Body(HttpGet(address, 8080));
      CHECK(body["vnf"] == deployment.name);
      CHECK(body["vnf_id"] == deployment.vnf_id);
      CHECK(body["vdu"] == "VDU1");
      CHECK(body["instance"] == vdu.index);
      CHECK(body["addresses"] == base::Json(vdu.addresses));
      CHECK(Body(HttpGet(address, 80)) == body);
    }
  }
  CHECK(addresses.size() == 6);
  REQUIRE(state.resources.size() == 6);
  CHECK(state.resources[0].name == "VDU1");
  CHECK(state.resources[0].type == "OS::Nova::Server");
  CHECK(state.resources[0].id == state.vdus[0].resource_id);
  CHECK(state.resources[1].name == "CP1");
  CHECK(state.resources[1].type == "OS::Neutron::Port");
  CHECK(*world.driver().List(world.vim(), deployment.vnf_id) == Strings{deployment.instance_id});
  CHECK(world.driver().List(world.vim(), FreshId())->empty());

  DestroyAll(world, deployment.instance_id);
  for (const std::string& address : addresses) {
    INFO(address);
    // Refused by this machine at once: nothing of it leaves for another one.
    CHECK(Connects(address, 80) == EHOSTUNREACH);
    CHECK_FALSE(Pings(address));
  }
  CHECK(world.Leftovers() == Strings{});
  DestroyAll(world, deployment.instance_id);
}

TEST_CASE("repeating Apply makes nothing twice, and a new deployment gets new addresses") {
  LocalWorld world;
  const Deployment deployment = VduTimes(2, FreshId());
  const DeploymentState first = CreateReady(world, deployment);
  const size_t things = world.Leftovers().size();
  const DeploymentState again = CreateReady(world, deployment);
  CHECK(world.Leftovers().size() == things);
  CHECK(again.vdus[1].addresses == first.vdus[1].addresses);
  DestroyAll(world, deployment.instance_id);
  const DeploymentState next = CreateReady(world, VduTimes(2, FreshId()));
  for (const VduState& vdu : next.vdus) {
    CHECK(vdu.addresses != first.vdus[0].addresses);
    CHECK(vdu.addresses != first.vdus[1].addresses);
  }
}

TEST_CASE("another Apply makes what is new, removes what is not named, and leaves the rest alone") {
  LocalWorld world;
  Deployment deployment = VduTimes(2, FreshId());
  const DeploymentState before = CreateReady(world, deployment);
  // What is broken and stays is neither mended nor in the way.
  const VduState broken = before.vdus[0];
  REQUIRE(world.driver().Break(world.vim(), broken.resource_id, Fault::kLink).ok());

  deployment.vdus[0].instances = {0, 5, 6};
  REQUIRE(world.driver().Apply(world.vim(), deployment).ok());
  const DeploymentState grown = *world.driver().Observe(world.vim(), deployment.instance_id);
  CHECK(grown.phase == Phase::kCreating);
  CHECK(grown.has_every_instance);
  REQUIRE(grown.vdus.size() == 3);
  CHECK(grown.vdus[0].resource_id == broken.resource_id);
  CHECK(grown.vdus[0].addresses == broken.addresses);
  CHECK_FALSE(grown.vdus[0].ready);
  for (size_t i = 1; i < 3; ++i) {
    CHECK(grown.vdus[i].ready);
    CHECK(grown.vdus[i].making == static_cast<int64_t>(4 + i));
    CHECK(Pings(grown.vdus[i].addresses[0]));
  }
  CHECK(grown.vdus[1].resource_id != before.vdus[1].resource_id);
  CHECK_FALSE(Pings(before.vdus[1].addresses[0]));

  deployment.vdus[0].instances = {7};
  const DeploymentState shrunk = CreateReady(world, deployment);
  REQUIRE(shrunk.vdus.size() == 1);
  CHECK(world.Payloads().size() == 1);
  for (const VduState& gone : grown.vdus) CHECK_FALSE(Pings(gone.addresses[0]));
  DestroyAll(world, deployment.instance_id);
  CHECK(world.Leftovers() == Strings{});
}

TEST_CASE("a scaling policy is shown as the resources that Heat makes of it") {
  LocalWorld world;
  Deployment deployment = VduTimes(1, FreshId());
  deployment.scaling_policies = {"SP1"};
  const DeploymentState state = CreateReady(world, deployment);
  Strings names;
  for (const Resource& resource : state.resources) names.push_back(resource.name);
  CHECK(names == Strings{"VDU1", "CP1", "SP1_group", "SP1_scale_out", "SP1_scale_in"});
  DestroyAll(world, deployment.instance_id);
}

TEST_CASE("a VDU without management address shows none") {
  LocalWorld world;
  Deployment deployment = VduTimes(1, FreshId());
  deployment.vdus[0].has_management_address = false;
  deployment.vdus[0].connection_points.clear();
  const DeploymentState state = CreateReady(world, deployment);
  REQUIRE(state.vdus.size() == 1);
  CHECK(state.vdus[0].addresses.empty());
}

TEST_CASE("where IPv6 is switched off, VDUs have IPv4 addresses") {
  LocalWorld world;
  // Of this test's own network namespace: what new links begin with.
  const std::string setting = "/proc/sys/net/ipv6/conf/default/disable_ipv6";
  std::ofstream(setting) << "1";
  const DeploymentState state = CreateReady(world, VduTimes(1, FreshId()));
  std::ofstream(setting) << "0";
  REQUIRE(state.vdus[0].addresses.size() == 1);
  CHECK(Pings(state.vdus[0].addresses[0]));
  CHECK_FALSE(HttpGet(state.vdus[0].addresses[0], 80).empty());
}

TEST_CASE("a link that is down answers nothing until it is mended") {
  LocalWorld world;
  const DeploymentState state = CreateReady(world, VduTimes(2, FreshId()));
  const VduState& vdu = state.vdus[0];
  REQUIRE(world.driver().Break(world.vim(), vdu.resource_id, Fault::kLink).ok());
  for (const std::string& address : vdu.addresses) {
    CHECK_FALSE(Pings(address));
    CHECK(Connects(address, 80) == ETIMEDOUT);
  }
  CHECK(Pings(state.vdus[1].addresses[0]));
  REQUIRE(world.driver().Mend(world.vim(), vdu.resource_id, Fault::kLink).ok());
  for (const std::string& address : vdu.addresses) {
    CHECK(Pings(address));
    CHECK_FALSE(HttpGet(address, 80).empty());
  }
}

TEST_CASE("a killed payload refuses connections but answers pings, until it is started again") {
  LocalWorld world;
  const Deployment deployment = VduTimes(1, FreshId());
  const VduState vdu = CreateReady(world, deployment).vdus[0];
  const base::Json body = Body(HttpGet(vdu.addresses[0], 80));
  REQUIRE(world.driver().Break(world.vim(), vdu.resource_id, Fault::kProcess).ok());
  for (const std::string& address : vdu.addresses) {
    CHECK(Pings(address));
    CHECK(Connects(address, 80) == ECONNREFUSED);
  }
  CHECK(world.driver().Observe(world.vim(), deployment.instance_id)->phase == Phase::kCreating);
  REQUIRE(world.driver().Mend(world.vim(), vdu.resource_id, Fault::kProcess).ok());
  REQUIRE(world.driver().Mend(world.vim(), vdu.resource_id, Fault::kProcess).ok());
  for (const std::string& address : vdu.addresses) CHECK(Body(HttpGet(address, 80)) == body);
}

TEST_CASE("a VDU that drops its packets answers nothing until it is mended") {
  LocalWorld world;
  const VduState vdu = CreateReady(world, VduTimes(1, FreshId())).vdus[0];
  REQUIRE(world.driver().Mend(world.vim(), vdu.resource_id, Fault::kDrop).ok());
  REQUIRE(world.driver().Break(world.vim(), vdu.resource_id, Fault::kDrop).ok());
  REQUIRE(world.driver().Break(world.vim(), vdu.resource_id, Fault::kDrop).ok());
  for (const std::string& address : vdu.addresses) {
    CHECK_FALSE(Pings(address));
    CHECK(Connects(address, 80) == ETIMEDOUT);
  }
  REQUIRE(world.driver().Mend(world.vim(), vdu.resource_id, Fault::kDrop).ok());
  for (const std::string& address : vdu.addresses) CHECK(Pings(address));
}

TEST_CASE("a broken VDU can be destroyed, and unknown ones are not found") {
  LocalWorld world;
  const Deployment deployment = VduTimes(3, FreshId());
  const DeploymentState state = CreateReady(world, deployment);
  const std::array faults = {Fault::kLink, Fault::kProcess, Fault::kDrop};
  for (size_t i = 0; i < faults.size(); ++i) {
    REQUIRE(world.driver().Break(world.vim(), state.vdus[i].resource_id, faults[i]).ok());
  }
  DestroyAll(world, deployment.instance_id);
  CHECK(world.Leftovers() == Strings{});
  for (const Fault fault : faults) {
    const std::string& id = state.vdus[0].resource_id;
    CHECK(absl::IsNotFound(world.driver().Break(world.vim(), id, fault)));
    CHECK(absl::IsNotFound(world.driver().Mend(world.vim(), id, fault)));
  }
}

TEST_CASE("VDUs outlive the conductor that made them, and answer thousands of requests") {
  LocalWorld world;
  const Deployment deployment = VduTimes(1, FreshId());
  REQUIRE(InChild([&] { return world.driver().Apply(world.vim(), deployment).ok() ? 0 : 1; }) == 0);
  const VduState vdu = AwaitReady(world, deployment.instance_id).vdus.at(0);
  int answered = 0;
  for (int i = 0; i < 3000; ++i) answered += HttpGet(vdu.addresses[i % 2], 8080).empty() ? 0 : 1;
  CHECK(answered == 3000);
}

TEST_CASE("two conductors create and destroy side by side") {
  LocalWorld world;
  const auto work = [&world](std::unique_ptr<LocalDriver> driver, int& failures) {
    for (int i = 0; i < 10; ++i) {
      const Deployment deployment = VduTimes(2, FreshId());
      failures += driver->Apply(world.vim(), deployment).ok() ? 0 : 1;
      const auto state = driver->Observe(world.vim(), deployment.instance_id);
      failures += state.ok() && state->phase == Phase::kReady ? 0 : 1;
      failures += driver->Destroy(world.vim(), deployment.instance_id).ok() ? 0 : 1;
    }
  };
  int first = 0;
  int second = 0;
  std::thread other(work, world.NewDriver(), std::ref(second));
  work(world.NewDriver(), first);
  other.join();
  CHECK(first == 0);
  CHECK(second == 0);
  CHECK(world.Leftovers() == Strings{});
}

TEST_CASE("a purge leaves nothing, even of what no file tells of") {
  LocalWorld world;
  const DeploymentState state = CreateReady(world, VduTimes(2, FreshId()));
  CreateReady(world, VduTimes(1, FreshId()));
  if (GENERATE(false, true)) std::filesystem::remove_all(world.state_dir());
  REQUIRE(world.driver().Purge(world.vim().vim_id).ok());
  CHECK(world.Leftovers() == Strings{});
  CHECK(Connects(state.vdus[0].addresses[0], 80) == ENETUNREACH);
  REQUIRE(world.driver().Purge(world.vim().vim_id).ok());
}

TEST_CASE("without root the driver says what it needs") {
  LocalWorld world;
  const int code = InChild([&] {
    __user_cap_header_struct header = {};
    header.version = _LINUX_CAPABILITY_VERSION_3;
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none = {};
    syscall(SYS_capset, &header, none.data());
    const absl::Status status = world.driver().Check(world.vim());
    if (world.driver().Apply(world.vim(), VduTimes(1, FreshId())) != status) return 1;
    return absl::IsPermissionDenied(status) &&
                   status.message().find("sudo") != status.message().npos
               ? 0
               : 2;
  });
  CHECK(code == 0);
  CHECK(world.driver().Check(world.vim()).ok());
}

TEST_CASE("ids that are no UUIDs are refused: they would be paths") {
  LocalWorld world;
  VimAccess vim = world.vim();
  CHECK(absl::IsInvalidArgument(world.driver().Apply(vim, VduTimes(1, "../x"))));
  CHECK(absl::IsInvalidArgument(world.driver().Observe(vim, "").status()));
  CHECK(absl::IsInvalidArgument(world.driver().Destroy(vim, "a/b")));
  vim.vim_id = "..";
  CHECK(absl::IsInvalidArgument(world.driver().Apply(vim, VduTimes(1, FreshId()))));
  CHECK(absl::IsInvalidArgument(world.driver().Purge("..")));
}

TEST_CASE("fifty VDUs come and go") {
  LocalWorld world;
  const base::SystemClock clock;
  const Deployment deployment = VduTimes(50, FreshId());
  const auto begin = clock.Mono();
  const DeploymentState state = CreateReady(world, deployment);
  const auto ready = clock.Mono();
  CHECK(state.vdus.size() == 50);
  CHECK(std::all_of(state.vdus.begin(), state.vdus.end(), [](const VduState& vdu) {
    return Pings(vdu.addresses[0]) && Pings(vdu.addresses[1]);
  }));
  const auto pinged = clock.Mono();
  DestroyAll(world, deployment.instance_id);
  const auto gone = clock.Mono();
  CHECK(world.Leftovers() == Strings{});
  const auto millis = [](base::MonoTime from, base::MonoTime to) {
    return absl::ToInt64Milliseconds(to - from);
  };
  WARN("50 VDUs: ready in " << millis(begin, ready) << " ms, 100 pings in " << millis(ready, pinged)
                            << " ms, gone in " << millis(pinged, gone) << " ms");
}

}  // namespace
}  // namespace gregale::infra
