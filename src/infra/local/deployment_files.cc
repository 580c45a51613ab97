#include "infra/local/deployment_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "base/random.h"
#include "base/unique_fd.h"
#include "infra/local/ip_address.h"
#include "infra/local/management_network.h"

namespace gregale::infra {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFileBytesMax = 1u << 20;
constexpr size_t kAddressCharsMax = 16;

std::string Join(const std::string& directory, std::string_view name) {
  return directory + "/" + std::string(name);
}

absl::Status Failure(const std::error_code& error, const std::string& path) {
  return error ? absl::ErrnoToStatus(error.value(), "cannot change " + path) : absl::OkStatus();
}

absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  return Failure(error, path);
}

absl::Status RemoveTree(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  return Failure(error, path);
}

std::vector<std::string> ListDirectory(const std::string& path) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    names.push_back(it->path().filename());
  }
  return names;
}

// The text of a link; "" where there is none.
std::string ReadLink(const std::string& path) {
  std::array<char, PATH_MAX> text;
  const ssize_t size = readlink(path.c_str(), text.data(), text.size());
  return size > 0 ? std::string(text.data(), static_cast<size_t>(size)) : std::string();
}

// Makes or replaces a link in one step.
absl::Status WriteLink(const std::string& path, const std::string& text) {
  if (symlink(text.c_str(), path.c_str()) == 0) return absl::OkStatus();
  const std::string fresh = path + ".new";
  unlink(fresh.c_str());
  if (symlink(text.c_str(), fresh.c_str()) != 0 || rename(fresh.c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, "cannot write " + path);
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  const base::UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd.valid() || write(fd.get(), text.data(), text.size()) != std::ssize(text)) {
    return absl::ErrnoToStatus(errno, "cannot write " + path);
  }
  return absl::OkStatus();
}

// The address in a file that WriteAddress wrote; 0 where there is none.
uint32_t ReadAddress(const std::string& path) {
  const absl::StatusOr<std::string> text = base::ReadFile(path, kFileBytesMax);
  return text.ok() ? ParseIpv4(text->substr(0, text->find(' '))) : 0;
}

// Written over the one before in a single small write, which kill -9 does not divide: unlike a link
// made anew, it costs the file system nothing.
absl::Status WriteAddress(const std::string& path, std::string text) {
  text.resize(kAddressCharsMax, ' ');
  const base::UniqueFd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  if (!fd.valid() || pwrite(fd.get(), text.data(), text.size(), 0) != std::ssize(text)) {
    return absl::ErrnoToStatus(errno, "cannot write " + path);
  }
  return absl::OkStatus();
}

base::Json ToJson(const Deployment& deployment) {
  base::Json json = {{"vnf_id", deployment.vnf_id},
                     {"name", deployment.name},
                     {"scaling_policies", deployment.scaling_policies}};
  json["vdus"] = base::Json::array();
  for (const VduRequest& vdu : deployment.vdus) {
    json["vdus"].push_back({{"vdu", vdu.vdu},
                            {"instances", vdu.instances},
                            {"has_management_address", vdu.has_management_address},
                            {"connection_points", vdu.connection_points}});
  }
  return json;
}

// Throws where the JSON is not what ToJson makes.
Deployment FromJson(const base::Json& json) {
  Deployment deployment;
  json.at("vnf_id").get_to(deployment.vnf_id);
  json.at("name").get_to(deployment.name);
  deployment.scaling_policies = json.value("scaling_policies", std::vector<std::string>());
  for (const base::Json& item : json.at("vdus")) {
    VduRequest& vdu = deployment.vdus.emplace_back();
    item.at("vdu").get_to(vdu.vdu);
    const base::Json& instances = item.at("instances");
    // The files of version 0.1 only count them.
    if (instances.is_number()) {
      vdu.instances.assign(instances.get<size_t>(), 0);
    } else {
      instances.get_to(vdu.instances);
    }
    item.at("has_management_address").get_to(vdu.has_management_address);
    item.at("connection_points").get_to(vdu.connection_points);
  }
  return deployment;
}

}  // namespace

DeploymentFiles::DeploymentFiles(const std::string& state_dir, std::string_view vim_id)
    : directory_(Join(state_dir, vim_id)) {}

std::string DeploymentFiles::DeploymentDirectory(std::string_view instance_id) const {
  return Join(directory_ + "/deployments", instance_id);
}

std::string DeploymentFiles::AddressPath(uint32_t ipv4) const {
  return Join(directory_ + "/addresses", IpAddress::V4(ipv4).Text());
}

absl::Status DeploymentFiles::Record(const Deployment& deployment) const {
  GREGALE_RETURN_IF_ERROR(MakeDirectory(directory_ + "/addresses"));
  const std::string directory = DeploymentDirectory(deployment.instance_id);
  GREGALE_RETURN_IF_ERROR(MakeDirectory(directory));
  const std::string path = directory + "/deployment.json";
  GREGALE_RETURN_IF_ERROR(WriteFile(path + ".new", base::DumpJson(ToJson(deployment))));
  if (rename((path + ".new").c_str(), path.c_str()) != 0) {
    return absl::ErrnoToStatus(errno, "cannot write " + path);
  }
  return absl::OkStatus();
}

absl::StatusOr<Deployment> DeploymentFiles::Read(std::string_view instance_id) const {
  const std::string path = DeploymentDirectory(instance_id) + "/deployment.json";
  GREGALE_ASSIGN_OR_RETURN(const std::string text, base::ReadFile(path, kFileBytesMax));
  GREGALE_ASSIGN_OR_RETURN(const base::Json json, base::ParseJson(text));
  try {
    Deployment deployment = FromJson(json);
    deployment.instance_id = instance_id;
    return deployment;
  } catch (const base::Json::exception& error) {
    return absl::DataLossError(path + ": " + error.what());
  }
}

std::vector<std::string> DeploymentFiles::List() const {
  return ListDirectory(directory_ + "/deployments");
}

absl::Status DeploymentFiles::RemoveVdu(const Vdu& vdu) const {
  GiveBack(vdu.ipv4, vdu.resource_id);
  const std::string path = Join(DeploymentDirectory(vdu.instance_id), vdu.resource_id);
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, "cannot remove " + path);
}

absl::Status DeploymentFiles::Remove(std::string_view instance_id) const {
  // First the addresses: as long as they are taken, the links that tell whose they are must be
  // there.
  for (const Vdu& vdu : Vdus(instance_id)) GiveBack(vdu.ipv4, vdu.resource_id);
  return RemoveTree(DeploymentDirectory(instance_id));
}

absl::Status DeploymentFiles::RemoveAll() const { return RemoveTree(directory_); }

bool DeploymentFiles::Take(uint32_t ipv4, std::string_view resource_id) const {
  const std::string path = AddressPath(ipv4);
  if (symlink(std::string(resource_id).c_str(), path.c_str()) == 0) return true;
  return errno == EEXIST && ReadLink(path) == resource_id;
}

void DeploymentFiles::GiveBack(uint32_t ipv4, std::string_view resource_id) const {
  const std::string path = AddressPath(ipv4);
  if (ReadLink(path) == resource_id) unlink(path.c_str());
}

absl::StatusOr<uint32_t> DeploymentFiles::ClaimAddress(std::string_view instance_id,
                                                       std::string_view resource_id,
                                                       uint32_t subnet) const {
  const std::string path = Join(DeploymentDirectory(instance_id), resource_id);
  const auto in_subnet = [subnet](uint32_t ipv4) {
    return ipv4 >= subnet + kFirstHost && ipv4 <= subnet + kLastHost;
  };
  const uint32_t own = ParseIpv4(ReadLink(path));
  if (in_subnet(own) && Take(own, resource_id)) return own;
  GiveBack(own, resource_id);

  const std::string last_path = directory_ + "/last_address";
  const uint32_t last = ReadAddress(last_path);
  uint32_t next = in_subnet(last) ? last : subnet + kLastHost;
  for (uint32_t tried = kFirstHost; tried <= kLastHost; ++tried) {
    next = in_subnet(next + 1) ? next + 1 : subnet + kFirstHost;
    if (!ReadLink(AddressPath(next)).empty()) continue;
    const std::string text = IpAddress::V4(next).Text();
    // The VDU's own link first: from then on Remove finds the address.
    GREGALE_RETURN_IF_ERROR(WriteLink(path, text));
    GREGALE_RETURN_IF_ERROR(WriteAddress(last_path, text));
    if (Take(next, resource_id)) return next;
  }
  return absl::ResourceExhaustedError("no management address is left");
}

std::vector<DeploymentFiles::Vdu> DeploymentFiles::Vdus(std::string_view instance_id) const {
  const std::string directory = DeploymentDirectory(instance_id);
  std::vector<Vdu> vdus;
  for (const std::string& name : ListDirectory(directory)) {
    if (!base::IsUuid(name)) continue;
    const uint32_t ipv4 = ParseIpv4(ReadLink(Join(directory, name)));
    const bool is_owner = ReadLink(AddressPath(ipv4)) == name;
    vdus.push_back({.instance_id = std::string(instance_id),
                    .resource_id = name,
                    .ipv4 = is_owner ? ipv4 : 0});
  }
  return vdus;
}

int DeploymentFiles::AddressCount() const {
  return static_cast<int>(ListDirectory(directory_ + "/addresses").size());
}

absl::StatusOr<DeploymentFiles::Vdu> DeploymentFiles::Find(std::string_view resource_id) const {
  for (const std::string& instance_id : List()) {
    for (Vdu& vdu : Vdus(instance_id)) {
      if (vdu.resource_id == resource_id) return std::move(vdu);
    }
  }
  return absl::NotFoundError("no VDU with the id " + std::string(resource_id));
}

}  // namespace gregale::infra
