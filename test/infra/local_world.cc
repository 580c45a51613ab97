#include "infra/local_world.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/random.h"
#include "infra/local/links.h"

namespace gregale::infra {
namespace {

namespace fs = std::filesystem;

// In the arguments of every payload that this test program has made.
const std::string& ProgramName() {
  static const std::string name = "infra-test-" + std::to_string(getpid());
  return name;
}

std::string PayloadPath() {
  const char* directory = std::getenv("GREGALE_BIN_DIR");
  REQUIRE(directory != nullptr);
  return std::string(directory) + "/gregale-vdu";
}

void EnterOwnMachine() {
  static bool entered = false;
  if (entered) return;
  ProgramName();
  PayloadPath();
  INFO("the tests of the local VIM need root");
  REQUIRE(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0);
  REQUIRE(mount("", "/", "none", MS_REC | MS_PRIVATE, nullptr) == 0);
  fs::create_directories("/run/netns");
  REQUIRE(mount("none", "/run/netns", "tmpfs", 0, nullptr) == 0);
  entered = true;
  REQUIRE(NetlinkSocket::Open()->Execute(SetLinkUp("lo")).ok());
}

void AddDirectory(const fs::path& path, std::vector<std::string>& names) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path, error)) names.push_back(entry.path());
}

}  // namespace

LocalWorld::LocalWorld() {
  EnterOwnMachine();
  char name[] = "/tmp/gregale-local-XXXXXX";
  state_dir_ = mkdtemp(name);
  vim_.vim_id = FreshId();
  driver_ = NewDriver();
}

LocalWorld::~LocalWorld() {
  driver_->Purge(vim_.vim_id).IgnoreError();
  fs::remove_all(state_dir_);
}

std::unique_ptr<LocalDriver> LocalWorld::NewDriver() const {
  return std::make_unique<LocalDriver>(
      LocalOptions{.state_dir = state_dir_, .payload_path = PayloadPath()});
}

std::vector<int> LocalWorld::Payloads() const {
  std::vector<int> pids;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto command = base::ReadFile(entry.path() / "cmdline", 65536);
    if (!command.ok() || command->find(ProgramName()) == std::string::npos) continue;
    pids.push_back(std::stoi(entry.path().filename()));
  }
  return pids;
}

std::vector<std::string> LocalWorld::Leftovers() const {
  std::vector<std::string> found;
  AddDirectory("/run/netns", found);
  AddDirectory(state_dir_ + "/" + vim_.vim_id + "/deployments", found);
  AddDirectory(state_dir_ + "/" + vim_.vim_id + "/addresses", found);
  NetlinkSocket socket = *NetlinkSocket::Open();
  const std::vector<Link> links = *ListLinks(socket);
  for (const Link& link : links) {
    if (link.name.starts_with("g")) found.push_back("link " + link.name);
  }
  for (const int pid : Payloads()) found.push_back("process " + std::to_string(pid));
  return found;
}

std::string FreshId() {
  static base::SystemRandom random;
  return base::NewUuid(random);
}

DeploymentState AwaitReady(LocalWorld& world, const std::string& instance_id) {
  // While a VDU does not answer, each look at it takes a third of a second.
  constexpr int kLooksMax = 20;
  DeploymentState state;
  for (int look = 0; look < kLooksMax; ++look) {
    const auto observed = world.driver().Observe(world.vim(), instance_id);
    INFO(observed.status());
    REQUIRE(observed.ok());
    state = *observed;
    if (state.phase == DeploymentState::Phase::kReady) break;
  }
  return state;
}

Deployment VduTimes(int instances, const std::string& instance_id) {
  Deployment deployment;
  deployment.instance_id = instance_id;
  deployment.vnf_id = FreshId();
  deployment.name = ProgramName();
  VduRequest& vdu = deployment.vdus.emplace_back();
  vdu.vdu = "VDU1";
  vdu.instances.assign(static_cast<size_t>(instances), 0);
  vdu.has_management_address = true;
  vdu.connection_points = {"CP1"};
  return deployment;
}

}  // namespace gregale::infra
