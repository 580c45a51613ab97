#include "infra/local/local_driver.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "infra/local/network_namespace.h"
#include "infra/local/packet_filter.h"
#include "infra/local/tcp_check.h"
#include "infra/local/vdu.h"

namespace gregale::infra {
namespace {

constexpr uint16_t kWebPort = 80;

bool HasCapabilities() {
  __user_cap_header_struct header = {};
  header.version = _LINUX_CAPABILITY_VERSION_3;
  std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets = {};
  if (syscall(SYS_capget, &header, sets.data()) != 0) return false;
  const uint32_t needed = (1u << CAP_NET_ADMIN) | (1u << CAP_SYS_ADMIN);
  return (sets[0].effective & needed) == needed;
}

absl::Status CheckPrivileges() {
  if (HasCapabilities()) return absl::OkStatus();
  return base::MakeError(
      absl::StatusCode::kPermissionDenied, "PermissionDenied",
      "the local VIM makes network namespaces and needs root: run as root or with sudo");
}

absl::Status CheckId(std::string_view field, std::string_view id) {
  if (base::IsUuid(id)) return absl::OkStatus();
  return base::InvalidInput(field, base::Cat("'", id, "' is not a UUID"));
}

absl::Status CheckDeployment(const Deployment& deployment) {
  GREGALE_RETURN_IF_ERROR(CheckId("instance_id", deployment.instance_id));
  if (std::ssize(deployment.vdus) > base::kVdusPerVnfMax) {
    return base::InvalidInput("vdus", "too many VDUs");
  }
  for (const VduRequest& vdu : deployment.vdus) {
    if (std::ssize(vdu.instances) > base::kInstancesPerVduMax) {
      return base::InvalidInput("instances", "too many instances of " + vdu.vdu);
    }
  }
  return absl::OkStatus();
}

std::vector<std::string> Texts(const std::vector<IpAddress>& addresses) {
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses) texts.push_back(address.Text());
  return texts;
}

// Where to find a VDU in the kernel.
std::vector<VduPlace> PlacesOf(const std::vector<DeploymentFiles::Vdu>& vdus) {
  std::vector<VduPlace> places;
  for (const auto& vdu : vdus) places.push_back({VduKey(vdu.resource_id), vdu.ipv4});
  return places;
}

bool AsksForTheSame(const Deployment& one, const Deployment& other) {
  return std::ranges::equal(one.vdus, other.vdus, [](const VduRequest& a, const VduRequest& b) {
    return a.vdu == b.vdu && a.instances == b.instances;
  });
}

// What Heat makes of a scaling policy, for those who look for it.
void DescribeGroups(const Deployment& deployment, DeploymentState& state) {
  for (const std::string& policy : deployment.scaling_policies) {
    for (const auto& [suffix, type] : {std::pair("_group", "OS::Heat::AutoScalingGroup"),
                                       std::pair("_scale_out", "OS::Heat::ScalingPolicy"),
                                       std::pair("_scale_in", "OS::Heat::ScalingPolicy")}) {
      const std::string name = policy + suffix;
      state.resources.push_back({name, type, PartId(deployment.instance_id, name)});
    }
  }
}

// The network, or nothing where there is none (any more).
absl::StatusOr<std::optional<ManagementNetwork>> FindNetwork(NetlinkSocket& socket,
                                                             std::string_view vim_id) {
  absl::StatusOr<ManagementNetwork> network = FindManagementNetwork(socket, vim_id);
  if (network.ok()) return *std::move(network);
  if (absl::IsNotFound(network.status())) return std::nullopt;
  return network.status();
}

}  // namespace

std::vector<LocalDriver::Instance> LocalDriver::InstancesOf(const Deployment& deployment) {
  std::vector<Instance> instances;
  for (const VduRequest& vdu : deployment.vdus) {
    for (int i = 0; i < std::ssize(vdu.instances); ++i) {
      const InstanceKey key = {deployment.instance_id, vdu.vdu, i,
                               vdu.instances[static_cast<size_t>(i)]};
      instances.push_back({&vdu, key, ServerId(key)});
    }
  }
  return instances;
}

DeploymentFiles LocalDriver::FilesOf(std::string_view vim_id) const {
  return DeploymentFiles(options_.state_dir, vim_id);
}

Payload LocalDriver::PayloadOf(const Deployment& deployment, const Instance& instance,
                               const std::vector<IpAddress>& addresses) const {
  const base::Json body = {{"vnf", deployment.name},
                           {"vnf_id", deployment.vnf_id},
                           {"vdu", instance.request->vdu},
                           {"instance", instance.key.index},
                           {"resource_id", instance.resource_id},
                           {"addresses", Texts(addresses)}};
  return {.program = options_.payload_path,
          .body = base::DumpJson(body) + "\n",
          .ports = {kWebPort, options_.http_port}};
}

absl::Status LocalDriver::Check(const VimAccess& vim) {
  GREGALE_RETURN_IF_ERROR(CheckPrivileges());
  GREGALE_RETURN_IF_ERROR(CheckId("vim_id", vim.vim_id));
  if (access(options_.payload_path.c_str(), X_OK) != 0) {
    return absl::ErrnoToStatus(errno, "cannot run " + options_.payload_path);
  }
  std::error_code error;
  std::filesystem::create_directories(options_.state_dir, error);
  if (error) return absl::ErrnoToStatus(error.value(), "cannot make " + options_.state_dir);
  return absl::OkStatus();
}

absl::StatusOr<LocalDriver::Change> LocalDriver::BeginChange(std::string_view vim_id) const {
  GREGALE_RETURN_IF_ERROR(CheckPrivileges());
  GREGALE_RETURN_IF_ERROR(CheckId("vim_id", vim_id));
  GREGALE_ASSIGN_OR_RETURN(base::UniqueFd lock, LockNamespaces());
  GREGALE_ASSIGN_OR_RETURN(NetlinkSocket socket, NetlinkSocket::Open());
  GREGALE_ASSIGN_OR_RETURN(std::optional<ManagementNetwork> network, FindNetwork(socket, vim_id));
  return Change{.files = FilesOf(vim_id),
                .lock = std::move(lock),
                .socket = std::move(socket),
                .network = std::move(network)};
}

absl::Status LocalDriver::MakeInstance(Change& change, const Deployment& deployment,
                                       const Instance& instance) const {
  const ManagementNetwork& network = *change.network;
  GREGALE_ASSIGN_OR_RETURN(
      const uint32_t ipv4,
      change.files.ClaimAddress(deployment.instance_id, instance.resource_id, network.subnet));
  return MakeVdu(change.socket, network, {VduKey(instance.resource_id), ipv4},
                 PayloadOf(deployment, instance, VduAddresses(network, ipv4)), change.lock);
}

absl::Status LocalDriver::RemoveSurplus(Change& change, const Deployment& deployment) const {
  std::set<std::string> wanted;
  for (const Instance& instance : InstancesOf(deployment)) wanted.insert(instance.resource_id);
  std::vector<DeploymentFiles::Vdu> surplus;
  for (DeploymentFiles::Vdu& vdu : change.files.Vdus(deployment.instance_id)) {
    if (!wanted.contains(vdu.resource_id)) surplus.push_back(std::move(vdu));
  }
  if (surplus.empty()) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(RemoveVdus(change.socket, change.network, PlacesOf(surplus)));
  for (const DeploymentFiles::Vdu& vdu : surplus) {
    GREGALE_RETURN_IF_ERROR(change.files.RemoveVdu(vdu));
  }
  return absl::OkStatus();
}

absl::Status LocalDriver::Apply(const VimAccess& vim, const Deployment& deployment) {
  GREGALE_RETURN_IF_ERROR(Check(vim));
  GREGALE_RETURN_IF_ERROR(CheckDeployment(deployment));
  GREGALE_ASSIGN_OR_RETURN(Change change, BeginChange(vim.vim_id));
  const DeploymentFiles& files = change.files;
  std::set<std::string> settled;
  const absl::StatusOr<Deployment> recorded = files.Read(deployment.instance_id);
  // The same again: it was cut off, and anything may be missing. Otherwise only what is new is
  // made.
  if (recorded.ok() && !AsksForTheSame(*recorded, deployment)) {
    for (const Instance& instance : InstancesOf(*recorded)) settled.insert(instance.resource_id);
  }
  GREGALE_RETURN_IF_ERROR(RemoveSurplus(change, deployment));
  const std::vector<Instance> instances = InstancesOf(deployment);
  const auto there = std::ssize(files.Vdus(deployment.instance_id));
  if (files.AddressCount() + std::ssize(instances) - there > base::kLocalVdusPerVimMax) {
    return absl::ResourceExhaustedError(
        base::Cat("the local VIM has room for ", base::kLocalVdusPerVimMax, " VDUs"));
  }
  GREGALE_RETURN_IF_ERROR(files.Record(deployment));
  GREGALE_ASSIGN_OR_RETURN(change.network, MakeManagementNetwork(change.socket, vim.vim_id));
  for (const Instance& instance : instances) {
    if (settled.contains(instance.resource_id)) continue;
    GREGALE_RETURN_IF_ERROR(MakeInstance(change, deployment, instance));
  }
  return absl::OkStatus();
}

absl::StatusOr<DeploymentState> LocalDriver::Observe(const VimAccess& vim,
                                                     std::string_view instance_id) {
  GREGALE_RETURN_IF_ERROR(CheckId("vim_id", vim.vim_id));
  GREGALE_RETURN_IF_ERROR(CheckId("instance_id", instance_id));
  const DeploymentFiles files = FilesOf(vim.vim_id);
  DeploymentState state;
  const absl::StatusOr<Deployment> deployment = files.Read(instance_id);
  if (absl::IsNotFound(deployment.status())) return state;
  if (!deployment.ok()) return deployment.status();
  state.phase = DeploymentState::Phase::kCreating;
  GREGALE_ASSIGN_OR_RETURN(NetlinkSocket socket, NetlinkSocket::Open());
  GREGALE_ASSIGN_OR_RETURN(const std::optional<ManagementNetwork> network,
                           FindNetwork(socket, vim.vim_id));
  if (!network.has_value()) return state;

  std::map<std::string, uint32_t> known;
  for (const auto& vdu : files.Vdus(instance_id)) known[vdu.resource_id] = vdu.ipv4;
  std::vector<IpAddress> all;
  for (const auto& [id, ipv4] : known) {
    if (ipv4 == 0) continue;
    for (IpAddress& address : VduAddresses(*network, ipv4)) all.push_back(std::move(address));
  }
  std::set<std::string> silent;
  for (const IpAddress& address : NotAcceptingTcp(all, options_.http_port)) {
    silent.insert(address.Text());
  }
  bool ready = true;
  state.has_every_instance = true;
  for (const Instance& instance : InstancesOf(*deployment)) {
    const uint32_t ipv4 = known[instance.resource_id];
    if (ipv4 == 0) {
      state.has_every_instance = false;
      continue;
    }
    DescribeInstance(instance, Texts(VduAddresses(*network, ipv4)), silent, state);
    ready = ready && state.vdus.back().ready;
  }
  DescribeGroups(*deployment, state);
  if (ready && state.has_every_instance) state.phase = DeploymentState::Phase::kReady;
  return state;
}

void LocalDriver::DescribeInstance(const Instance& instance,
                                   const std::vector<std::string>& addresses,
                                   const std::set<std::string>& silent, DeploymentState& state) {
  const VduRequest& request = *instance.request;
  VduState& vdu = state.vdus.emplace_back();
  vdu.vdu = request.vdu;
  vdu.index = instance.key.index;
  vdu.making = instance.key.making;
  vdu.resource_id = instance.resource_id;
  if (request.has_management_address) vdu.addresses = addresses;
  vdu.ready = std::ranges::none_of(
      addresses, [&](const std::string& address) { return silent.contains(address); });
  state.resources.push_back({request.vdu, "OS::Nova::Server", instance.resource_id});
  for (const std::string& point : request.connection_points) {
    state.resources.push_back({point, "OS::Neutron::Port", PortId(instance.key, point)});
  }
}

absl::Status LocalDriver::Destroy(const VimAccess& vim, std::string_view instance_id) {
  GREGALE_RETURN_IF_ERROR(CheckId("instance_id", instance_id));
  GREGALE_ASSIGN_OR_RETURN(Change change, BeginChange(vim.vim_id));
  const DeploymentFiles& files = change.files;
  GREGALE_RETURN_IF_ERROR(
      RemoveVdus(change.socket, change.network, PlacesOf(files.Vdus(instance_id))));
  GREGALE_RETURN_IF_ERROR(files.Remove(instance_id));
  if (!files.List().empty()) return absl::OkStatus();
  return RemoveManagementNetwork(change.socket, vim.vim_id);
}

absl::StatusOr<std::vector<std::string>> LocalDriver::List(const VimAccess& vim,
                                                           std::string_view vnf_id) {
  GREGALE_RETURN_IF_ERROR(CheckId("vim_id", vim.vim_id));
  const DeploymentFiles files = FilesOf(vim.vim_id);
  std::vector<std::string> found;
  for (std::string& instance_id : files.List()) {
    const absl::StatusOr<Deployment> deployment = files.Read(instance_id);
    if (deployment.ok() && deployment->vnf_id == vnf_id) found.push_back(std::move(instance_id));
  }
  return found;
}

absl::Status LocalDriver::Break(const VimAccess& vim, std::string_view resource_id, Fault fault) {
  GREGALE_ASSIGN_OR_RETURN(Change change, BeginChange(vim.vim_id));
  GREGALE_RETURN_IF_ERROR(change.files.Find(resource_id).status());
  const std::string key = VduKey(resource_id);
  GREGALE_ASSIGN_OR_RETURN(const base::UniqueFd fd, OpenNamespace(NamespaceName(key)));
  switch (fault) {
    case Fault::kLink:
      return change.socket.Execute(SetLinkDown(LinkName(key)));
    case Fault::kProcess:
      return KillProcessesIn({NamespaceInode(fd.get())});
    case Fault::kDrop:
      return RunInNamespace(fd.get(), DropAllInput);
  }
  return absl::InvalidArgumentError("no such fault");
}

absl::Status LocalDriver::StartAgain(const Change& change, const DeploymentFiles::Vdu& vdu,
                                     const base::UniqueFd& inside) const {
  GREGALE_ASSIGN_OR_RETURN(const Deployment deployment, change.files.Read(vdu.instance_id));
  for (const Instance& instance : InstancesOf(deployment)) {
    if (instance.resource_id != vdu.resource_id) continue;
    const std::vector<IpAddress> addresses = VduAddresses(*change.network, vdu.ipv4);
    return StartPayload(inside.get(), PayloadOf(deployment, instance, addresses), change.lock);
  }
  return absl::NotFoundError("no VDU with the id " + vdu.resource_id);
}

absl::Status LocalDriver::Mend(const VimAccess& vim, std::string_view resource_id, Fault fault) {
  GREGALE_ASSIGN_OR_RETURN(Change change, BeginChange(vim.vim_id));
  GREGALE_ASSIGN_OR_RETURN(const DeploymentFiles::Vdu vdu, change.files.Find(resource_id));
  const VduPlace place = {VduKey(resource_id), vdu.ipv4};
  GREGALE_ASSIGN_OR_RETURN(const base::UniqueFd fd, OpenNamespace(NamespaceName(place.key)));
  if (!change.network.has_value()) return absl::NotFoundError("the VIM's network is gone");
  switch (fault) {
    case Fault::kLink:
      return ConnectVdu(change.socket, *change.network, place);
    case Fault::kProcess:
      return StartAgain(change, vdu, fd);
    case Fault::kDrop:
      return RunInNamespace(fd.get(), AcceptAllInput);
  }
  return absl::InvalidArgumentError("no such fault");
}

absl::Status LocalDriver::Purge(std::string_view vim_id) {
  GREGALE_ASSIGN_OR_RETURN(Change change, BeginChange(vim_id));
  std::vector<VduPlace> places;
  for (const std::string& instance_id : change.files.List()) {
    for (const VduPlace& place : PlacesOf(change.files.Vdus(instance_id))) places.push_back(place);
  }
  // The bridge's ports name the VDUs whose files were lost.
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Link> links, ListLinks(change.socket));
  for (const Link& link : links) {
    const std::string key = KeyOfLink(link.name);
    if (key.empty() || !change.network.has_value()) continue;
    if (link.bridge == change.network->bridge_index) places.push_back({.key = key});
  }
  GREGALE_RETURN_IF_ERROR(RemoveVdus(change.socket, std::nullopt, places));
  GREGALE_RETURN_IF_ERROR(RemoveManagementNetwork(change.socket, vim_id));
  GREGALE_RETURN_IF_ERROR(RemoveUnreachableRoutes(change.socket));
  return change.files.RemoveAll();
}

}  // namespace gregale::infra
