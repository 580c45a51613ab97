#include "infra/local_world.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

void EnterOwnMachine() {
  static bool entered = false;
  if (entered) return;
  ProgramName();
  INFO("the tests of the local VIM need root");
  REQUIRE(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0);
  REQUIRE(mount("", "/", "none", MS_REC | MS_PRIVATE, nullptr) == 0);
  fs::create_directories("/run/netns");
  REQUIRE(mount("none", "/run/netns", "tmpfs", 0, nullptr) == 0);
  entered = true;
  REQUIRE(NetlinkSocket::Open()->Execute(SetLinkUp("lo")).ok());
}

std::string PayloadPath() {
  const char* directory = std::getenv("GREGALE_BIN_DIR");
  REQUIRE(directory != nullptr);
  return std::string(directory) + "/gregale-vdu";
}

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
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
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string command = ReadAll(entry.path() / "cmdline");
    if (command.find(ProgramName()) != std::string::npos) found.push_back("process " + command);
  }
  return found;
}

std::string FreshId() {
  static base::SystemRandom random;
  return base::NewUuid(random);
}

Deployment VduTimes(int instances, const std::string& instance_id) {
  Deployment deployment;
  deployment.instance_id = instance_id;
  deployment.vnf_id = FreshId();
  deployment.name = ProgramName();
  VduRequest& vdu = deployment.vdus.emplace_back();
  vdu.vdu = "VDU1";
  vdu.instances = instances;
  vdu.has_management_address = true;
  vdu.connection_points = {"CP1"};
  return deployment;
}

}  // namespace gregale::infra
