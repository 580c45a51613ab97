#include "support/fake_vim_driver.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "infra/resource_id.h"

namespace gregale::infra {
namespace {

absl::Status Interrupted() { return absl::UnavailableError("cut off half way"); }

}  // namespace

void FakeVimDriver::FailCalls(int calls, absl::Status error) {
  absl::MutexLock lock(&mutex_);
  failing_calls_ = calls;
  failure_ = std::move(error);
}

void FakeVimDriver::InterruptCalls(int calls) {
  absl::MutexLock lock(&mutex_);
  interrupted_calls_ = calls;
}

void FakeVimDriver::FailDeployments(int count, std::string reason) {
  absl::MutexLock lock(&mutex_);
  failing_deployments_ = count;
  deployment_failure_ = std::move(reason);
}

void FakeVimDriver::SetObservationsUntilReady(int count) {
  absl::MutexLock lock(&mutex_);
  observations_until_ready_ = count;
}

int FakeVimDriver::calls(std::string_view method) const {
  absl::MutexLock lock(&mutex_);
  const auto found = calls_.find(method);
  return found == calls_.end() ? 0 : found->second;
}

std::vector<std::string> FakeVimDriver::deployments() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) ids.push_back(id);
  return ids;
}

int FakeVimDriver::addresses_given() const {
  absl::MutexLock lock(&mutex_);
  return addresses_given_;
}

bool FakeVimDriver::IsBroken(std::string_view resource_id) const {
  absl::MutexLock lock(&mutex_);
  return std::any_of(broken_.begin(), broken_.end(),
                     [&](const auto& broken) { return broken.first == resource_id; });
}

bool FakeVimDriver::Answers(std::string_view address) const {
  std::string owner;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, entry] : entries_) {
      for (const VduState& vdu : entry.vdus) {
        const auto& all = vdu.addresses;
        if (std::find(all.begin(), all.end(), address) != all.end()) owner = vdu.resource_id;
      }
    }
  }
  return !owner.empty() && !IsBroken(owner);
}

absl::Status FakeVimDriver::Begin(std::string_view method) {
  ++calls_[std::string(method)];
  if (failing_calls_ == 0) return absl::OkStatus();
  --failing_calls_;
  return failure_;
}

bool FakeVimDriver::TakeInterruption() {
  if (interrupted_calls_ == 0) return false;
  --interrupted_calls_;
  return true;
}

std::string FakeVimDriver::NextAddress() {
  const int n = addresses_given_++;
  return absl::StrCat("127.", 64 + n / (250 * 250), ".", n / 250 % 250 + 1, ".", n % 250 + 1);
}

bool FakeVimDriver::MakeVdu(const VduRequest& request, const InstanceKey& key, Entry& entry) {
  VduState vdu;
  vdu.vdu = request.vdu;
  vdu.index = key.index;
  vdu.making = key.making;
  vdu.resource_id = ServerId(key);
  vdu.ready = true;
  if (std::ranges::find(entry.vdus, vdu.resource_id, &VduState::resource_id) != entry.vdus.end()) {
    return false;
  }
  if (request.has_management_address) vdu.addresses.push_back(NextAddress());
  entry.vdus.push_back(std::move(vdu));
  return true;
}

absl::Status FakeVimDriver::Check(const VimAccess&) {
  absl::MutexLock lock(&mutex_);
  return Begin("Check");
}

absl::Status FakeVimDriver::Apply(const VimAccess&, const Deployment& deployment) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("Apply"));
  Entry& entry = entries_[deployment.instance_id];
  entry.vnf_id = deployment.vnf_id;
  entry.failure.clear();
  std::set<std::string> wanted;
  bool is_new = false;
  for (const VduRequest& request : deployment.vdus) {
    for (int index = 0; index < std::ssize(request.instances); ++index) {
      const InstanceKey key = {deployment.instance_id, request.vdu, index,
                               request.instances[static_cast<size_t>(index)]};
      wanted.insert(ServerId(key));
      if (!MakeVdu(request, key, entry)) continue;
      is_new = true;
      entry.complete = false;
      if (TakeInterruption()) return Interrupted();
    }
  }
  std::erase_if(entry.vdus, [&](const VduState& vdu) { return !wanted.contains(vdu.resource_id); });
  std::ranges::sort(entry.vdus, {},
                    [](const VduState& vdu) { return std::pair(vdu.vdu, vdu.index); });
  entry.complete = true;
  if (!is_new) return absl::OkStatus();
  entry.observations_until_ready = observations_until_ready_;
  if (failing_deployments_ > 0) {
    --failing_deployments_;
    entry.failure = deployment_failure_;
  }
  return absl::OkStatus();
}

absl::StatusOr<DeploymentState> FakeVimDriver::Observe(const VimAccess&,
                                                       std::string_view instance_id) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("Observe"));
  DeploymentState state;
  const auto found = entries_.find(instance_id);
  if (found == entries_.end()) return state;
  Entry& entry = found->second;
  if (!entry.complete || entry.observations_until_ready > 0) {
    if (entry.complete) --entry.observations_until_ready;
    state.phase = DeploymentState::Phase::kCreating;
  } else if (!entry.failure.empty()) {
    state.phase = DeploymentState::Phase::kFailed;
    state.reason = entry.failure;
  } else {
    state.phase = DeploymentState::Phase::kReady;
    state.has_every_instance = true;
    state.vdus = entry.vdus;
    for (const VduState& vdu : entry.vdus) {
      state.resources.push_back({vdu.vdu, "OS::Nova::Server", vdu.resource_id});
    }
  }
  return state;
}

absl::Status FakeVimDriver::Destroy(const VimAccess&, std::string_view instance_id) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("Destroy"));
  const auto found = entries_.find(instance_id);
  if (found == entries_.end()) return absl::OkStatus();
  Entry& entry = found->second;
  entry.complete = false;
  if (!entry.vdus.empty()) entry.vdus.pop_back();
  if (TakeInterruption()) return Interrupted();
  entries_.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> FakeVimDriver::List(const VimAccess&,
                                                             std::string_view vnf_id) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("List"));
  std::vector<std::string> ids;
  for (const auto& [id, entry] : entries_) {
    if (entry.vnf_id == vnf_id) ids.push_back(id);
  }
  return ids;
}

bool FakeVimDriver::Exists(std::string_view resource_id) const {
  for (const auto& [id, entry] : entries_) {
    for (const VduState& vdu : entry.vdus) {
      if (vdu.resource_id == resource_id) return true;
    }
  }
  return false;
}

absl::Status FakeVimDriver::Break(const VimAccess&, std::string_view resource_id, Fault fault) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("Break"));
  if (!Exists(resource_id)) return absl::NotFoundError("no resource " + std::string(resource_id));
  broken_.emplace(std::string(resource_id), fault);
  return absl::OkStatus();
}

absl::Status FakeVimDriver::Mend(const VimAccess&, std::string_view resource_id, Fault fault) {
  absl::MutexLock lock(&mutex_);
  GREGALE_RETURN_IF_ERROR(Begin("Mend"));
  if (!Exists(resource_id)) return absl::NotFoundError("no resource " + std::string(resource_id));
  broken_.erase({std::string(resource_id), fault});
  return absl::OkStatus();
}

}  // namespace gregale::infra
