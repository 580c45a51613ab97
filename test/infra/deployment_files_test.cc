#include "infra/local/deployment_files.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>

#include "infra/local/ip_address.h"
#include "infra/local/management_network.h"
#include "infra/resource_id.h"

namespace gregale::infra {
namespace {

constexpr char kVim[] = "1a2b3c4d-0000-4000-8000-000000000001";
constexpr char kA[] = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr char kB[] = "bbbbbbbb-0000-4000-8000-000000000001";
const uint32_t kSubnet = ParseIpv4("198.18.16.0");

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    char name[] = "/tmp/gregale-infra-XXXXXX";
    path = mkdtemp(name);
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  std::string path;
};

Deployment OneVdu(const std::string& instance_id) {
  Deployment deployment;
  deployment.instance_id = instance_id;
  deployment.vnf_id = "vnf";
  deployment.name = "my \"vnf\"";
  VduRequest& vdu = deployment.vdus.emplace_back();
  vdu.vdu = "VDU1";
  vdu.instances = {0, 7};
  vdu.has_management_address = true;
  vdu.connection_points = {"CP1"};
  vdu.properties = {{"user_data", "secret"}};
  return deployment;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_CASE("a deployment is remembered without its VDUs' properties") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  CHECK(absl::IsNotFound(files.Read(kA).status()));
  CHECK(files.List().empty());
  REQUIRE(files.Record(OneVdu(kA)).ok());
  REQUIRE(files.Record(OneVdu(kA)).ok());
  const Deployment read = *files.Read(kA);
  CHECK(read.instance_id == kA);
  CHECK(read.vnf_id == "vnf");
  CHECK(read.name == "my \"vnf\"");
  REQUIRE(read.vdus.size() == 1);
  CHECK(read.vdus[0].vdu == "VDU1");
  CHECK(read.vdus[0].instances == std::vector<int64_t>{0, 7});
  CHECK(read.vdus[0].has_management_address);
  CHECK(read.vdus[0].connection_points == std::vector<std::string>{"CP1"});
  CHECK(files.List() == std::vector<std::string>{kA});
  const std::string path = state.path + "/" + kVim + "/deployments/" + kA + "/deployment.json";
  CHECK(ReadAll(path).find("secret") == std::string::npos);
  REQUIRE(files.Remove(kA).ok());
  REQUIRE(files.Remove(kA).ok());
  CHECK(files.List().empty());
}

TEST_CASE("a file that a crash of the machine left empty is written anew") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  REQUIRE(files.Record(OneVdu(kA)).ok());
  const std::string path = state.path + "/" + kVim + "/deployments/" + kA + "/deployment.json";
  for (const char* text : {"", "{}", "[1]", "{\"vnf_id\": 1, \"name\": \"\", \"vdus\": []}"}) {
    std::ofstream(path, std::ios::trunc) << text;
    CHECK_FALSE(files.Read(kA).ok());
    REQUIRE(files.Record(OneVdu(kA)).ok());
    CHECK(files.Read(kA).ok());
  }
}

TEST_CASE("a VDU keeps its address, and its successor gets another one") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  const std::string first = ServerId({kA, "VDU1", 0});
  const std::string second = ServerId({kB, "VDU1", 0});
  REQUIRE(files.Record(OneVdu(kA)).ok());
  const uint32_t address = *files.ClaimAddress(kA, first, kSubnet);
  CHECK(address == kSubnet + kFirstHost);
  CHECK(*files.ClaimAddress(kA, first, kSubnet) == address);
  CHECK(files.AddressCount() == 1);
  CHECK(files.Find(first)->instance_id == kA);
  REQUIRE(files.Remove(kA).ok());
  CHECK(files.AddressCount() == 0);
  CHECK(absl::IsNotFound(files.Find(first).status()));
  REQUIRE(files.Record(OneVdu(kB)).ok());
  CHECK(*files.ClaimAddress(kB, second, kSubnet) == address + 1);
}

TEST_CASE("a claim that was cut off half way owns nothing, and is finished or undone") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  const std::string first = ServerId({kA, "VDU1", 0});
  const std::string second = ServerId({kB, "VDU1", 0});
  REQUIRE(files.Record(OneVdu(kA)).ok());
  REQUIRE(files.Record(OneVdu(kB)).ok());
  const uint32_t address = *files.ClaimAddress(kA, first, kSubnet);
  // As if the process had died before it took the address for itself.
  const std::string text = IpAddress::V4(address).Text();
  const std::string taken = state.path + "/" + kVim + "/addresses/" + text;
  std::filesystem::remove(taken);
  CHECK(files.Vdus(kA)[0].ipv4 == 0);

  SECTION("the address is still free") {
    CHECK(*files.ClaimAddress(kA, first, kSubnet) == address);
  }
  SECTION("another VDU has it by now") {
    std::filesystem::create_symlink(second, taken);
    CHECK(*files.ClaimAddress(kA, first, kSubnet) == address + 1);
    REQUIRE(files.Remove(kA).ok());
    CHECK(std::filesystem::read_symlink(taken) == second);
  }
}

TEST_CASE("in a new subnet a VDU gets a new address and gives the old one back") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  const std::string id = ServerId({kA, "VDU1", 0});
  REQUIRE(files.Record(OneVdu(kA)).ok());
  REQUIRE(files.ClaimAddress(kA, id, kSubnet).ok());
  const uint32_t other = ParseIpv4("198.19.0.0");
  CHECK(*files.ClaimAddress(kA, id, other) == other + kFirstHost);
  CHECK(files.AddressCount() == 1);
}

TEST_CASE("addresses come round, skip what is taken, and run out") {
  const TemporaryDirectory state;
  const DeploymentFiles files(state.path, kVim);
  REQUIRE(files.Record(OneVdu(kA)).ok());
  std::set<uint32_t> given;
  for (uint32_t n = kFirstHost; n <= kLastHost; ++n) {
    given.insert(*files.ClaimAddress(kA, ServerId({kA, "VDU", static_cast<int>(n)}), kSubnet));
  }
  CHECK(given.size() == kLastHost - kFirstHost + 1);
  CHECK(*given.rbegin() == kSubnet + kLastHost);
  CHECK(
      absl::IsResourceExhausted(files.ClaimAddress(kA, ServerId({kA, "x", 0}), kSubnet).status()));
}

}  // namespace
}  // namespace gregale::infra
