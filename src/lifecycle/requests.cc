#include "lifecycle/requests.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "lifecycle/descriptor.h"
#include "lifecycle/new_operation.h"
#include "lifecycle/operation_state.h"
#include "lifecycle/scaling.h"
#include "lifecycle/transitions.h"
#include "lifecycle/vnf_event.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

namespace gregale::lifecycle {
namespace {

using base::Json;
using store::VnfStatus;

// "not after `cooldown`": how long the policy still waits.
absl::Duration CooldownLeft(const store::Vnf& vnf, const policies::ScalingPolicy& policy,
                            const ScaleRequest& request, absl::Time now) {
  absl::Duration left = absl::ZeroDuration();
  for (const Direction direction : {Direction::kOut, Direction::kIn}) {
    if (direction != request.direction && request.origin == Origin::kOperator) continue;
    const auto last = vnf.scaled_at.find(StepName(policy.name, direction));
    if (last != vnf.scaled_at.end()) left = std::max(left, last->second + policy.cooldown - now);
  }
  return left;
}

absl::Status CheckScaling(store::Txn& txn, const store::Vnf& vnf, const ScaleRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const Descriptor descriptor, ReadDescriptor(txn, vnf));
  const policies::ScalingPolicy* policy = FindScalingPolicy(descriptor, request.policy);
  if (policy == nullptr) {
    return base::MakeError(absl::StatusCode::kNotFound, "VnfPolicyNotFound",
                           base::Cat("Policy ", request.policy, " does not exist for VNF ", vnf.id),
                           "policy");
  }
  GREGALE_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(vnf, descriptor));
  if (!HasRoom(layout, *policy, request.direction)) {
    const std::string why = base::Cat(
        "VNF ", vnf.name, " is not scaled ", ToText(request.direction), ": policy ", policy->name,
        " allows ", request.direction == Direction::kOut ? "at most " : "at least ",
        request.direction == Direction::kOut ? policy->max_instances : policy->min_instances,
        " instances.");
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kScaleEvent, why));
    return base::MakeError(absl::StatusCode::kOutOfRange, "VNFScalingBound", why);
  }
  const absl::Duration left = CooldownLeft(vnf, *policy, request, txn.now());
  if (left <= absl::ZeroDuration()) return absl::OkStatus();
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition, "VNFScalingCooldown",
      base::Cat("VNF ", vnf.name, " is not scaled ", ToText(request.direction), ": policy ",
                policy->name, " is cooling down for another ",
                absl::ToInt64Seconds(absl::Ceil(left, absl::Seconds(1))), " s."));
}

// The instances that a request to heal means, as [["VDU1", 0], ...].
absl::StatusOr<Json> InstancesToHeal(store::Txn& txn, const store::Vnf& vnf,
                                     const HealRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const Descriptor descriptor, ReadDescriptor(txn, vnf));
  GREGALE_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(vnf, descriptor));
  if (!request.vdu.empty() && !layout.contains(request.vdu)) {
    return base::InvalidInput("vdu", base::Cat("the VNF has no VDU '", request.vdu, "'"));
  }
  std::vector<std::pair<std::string, int>> at_address;
  if (!request.address.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, vnf.id));
    for (const store::VduInstance& instance : instances) {
      if (std::ranges::find(instance.addresses, request.address) == instance.addresses.end()) {
        continue;
      }
      at_address.emplace_back(instance.vdu, instance.index);
    }
  }
  Json healed = Json::array();
  for (const auto& [vdu, makings] : layout) {
    if (!request.vdu.empty() && vdu != request.vdu) continue;
    for (int index = 0; index < std::ssize(makings); ++index) {
      if (request.instance.has_value() && index != *request.instance) continue;
      if (!request.address.empty() &&
          std::ranges::find(at_address, std::pair(vdu, index)) == at_address.end()) {
        continue;
      }
      healed.push_back(Json::array({vdu, index}));
    }
  }
  if (!healed.empty()) return healed;
  return base::InvalidInput(request.address.empty() ? "instance" : "address",
                            "the VNF has no such instance");
}

std::string DefaultCause(const HealRequest& request) {
  if (!request.cause.empty()) return request.cause;
  if (request.vdu.empty()) return "Requested for the whole VNF";
  return base::Cat("Requested for VDU '", request.vdu, "'");
}

// What `change` has instead of, or besides, what `text` (YAML) says; maps are merged.
absl::StatusOr<std::string> Merged(const std::string& text, const Json& change) {
  Json merged = Json::object();
  if (!text.empty()) {
    GREGALE_ASSIGN_OR_RETURN(merged, base::ParseYamlAsJson(text));
  }
  if (!merged.is_object()) merged = Json::object();
  merged.merge_patch(change);
  return base::DumpYaml(merged);
}

absl::Status CheckNameIsFree(store::Txn& txn, const std::string& tenant_id,
                             const std::string& name) {
  store::ListQuery query = {.equals = {{"name", {name}}}};
  query.tenant_id = tenant_id;
  query.limit = 1;
  GREGALE_ASSIGN_OR_RETURN(const auto taken, store::ListVnfs(txn, query));
  if (taken.empty()) return absl::OkStatus();
  return base::MakeError(absl::StatusCode::kAlreadyExists, "DuplicateEntity",
                         "vnf already exist with given ['tenant_id', 'name', 'deleted_at']",
                         "name");
}

absl::Status MergeAttribute(const char* name, const Json& change, store::Vnf& vnf) {
  if (change.is_null()) return absl::OkStatus();
  std::string& text = vnf.attributes[name];
  GREGALE_ASSIGN_OR_RETURN(text, Merged(text, change));
  if (text.size() <= base::kYamlBytesMax) return absl::OkStatus();
  return base::InvalidInput(base::Cat("attributes.", name),
                            base::Cat("would be larger than ", base::kYamlBytesMax, " bytes"));
}

VnfStatus ScalingStatus(Direction direction) {
  return direction == Direction::kOut ? VnfStatus::kPendingScaleOut : VnfStatus::kPendingScaleIn;
}

// The state in which an operation of the kind works on a VNF.
VnfStatus WorkingStatus(const std::string& kind, const OperationState& state) {
  if (kind == kCreateKind) return VnfStatus::kPendingCreate;
  if (kind == kScaleKind) {
    return ScalingStatus(state.Text("direction") == "in" ? Direction::kIn : Direction::kOut);
  }
  if (kind == kHealKind) return VnfStatus::kPendingHeal;
  if (kind == kUpdateKind) return VnfStatus::kPendingUpdate;
  if (kind == kDeleteKind) return VnfStatus::kPendingDelete;
  return VnfStatus::kDead;
}

struct Again {
  std::string kind;
  OperationState state;
};

absl::StatusOr<Again> WhatToRetry(store::Txn& txn, const store::Vnf& vnf) {
  Again again;
  if (vnf.failed_operation_id.empty()) {
    again.kind = vnf.instance_id.empty() ? kCreateKind : kRespawnKind;
    return again;
  }
  GREGALE_ASSIGN_OR_RETURN(const store::Operation failed,
                           store::GetOperation(txn, vnf.failed_operation_id));
  again.kind = failed.kind;
  GREGALE_ASSIGN_OR_RETURN(again.state, OperationState::Parse(failed.state));
  return again;
}

}  // namespace

std::string_view ToText(Direction direction) { return direction == Direction::kOut ? "out" : "in"; }

absl::Status BeginScale(store::Txn& txn, store::Vnf& vnf, const ScaleRequest& request,
                        const Start& start) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kScale));
  GREGALE_RETURN_IF_ERROR(CheckScaling(txn, vnf, request));
  OperationState state;
  state.SetText("policy", request.policy);
  state.SetText("direction", ToText(request.direction));
  GREGALE_RETURN_IF_ERROR(MoveTo(ScalingStatus(request.direction), vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kScaleEvent, ""));
  return LeaveOperation(txn, kScaleKind, vnf.id, state, start);
}

absl::Status BeginHeal(store::Txn& txn, store::Vnf& vnf, const HealRequest& request,
                       const Start& start) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kHeal));
  OperationState state;
  GREGALE_ASSIGN_OR_RETURN(const Json instances, InstancesToHeal(txn, vnf, request));
  state.SetText("instances", base::DumpJson(instances));
  GREGALE_RETURN_IF_ERROR(MoveTo(VnfStatus::kPendingHeal, vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kHealEvent, ""));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kHealEvent,
                  base::Cat("Starts heal vnf request for VNF '", vnf.id, "'. Reason to Heal VNF: '",
                            DefaultCause(request), "'")));
  return LeaveOperation(txn, kHealKind, vnf.id, state, start);
}

absl::Status MarkDead(store::Txn& txn, store::Vnf& vnf) {
  GREGALE_RETURN_IF_ERROR(MoveTo(VnfStatus::kDead, vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  return AddVnfEvent(txn, vnf, kMonitorEvent, "");
}

absl::Status BeginRespawn(store::Txn& txn, store::Vnf& vnf, const RespawnRequest& request,
                          const Start& start) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kRespawn));
  const auto counted = vnf.attributes.find("failure_count");
  const int64_t failures =
      1 +
      (counted == vnf.attributes.end() ? 0 : std::strtoll(counted->second.c_str(), nullptr, 10));
  vnf.attributes["failure_count"] = base::Cat(failures);
  vnf.attributes[base::Cat("dead_instance_id_", failures)] = vnf.instance_id;
  GREGALE_RETURN_IF_ERROR(MarkDead(txn, vnf));
  OperationState state;
  state.SetTime("dead_since", txn.now());
  state.SetTime("failed_since", request.failed_since);
  state.SetNumber("failure_count", failures);
  return LeaveOperation(txn, kRespawnKind, vnf.id, state, start);
}

absl::Status BeginUpdate(store::Txn& txn, store::Vnf& vnf, const UpdateRequest& request,
                         const Start& start) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kUpdate));
  if (request.name.has_value() && *request.name != vnf.name) {
    GREGALE_RETURN_IF_ERROR(CheckNameIsFree(txn, vnf.tenant_id, *request.name));
    vnf.name = *request.name;
  }
  if (request.description.has_value()) vnf.description = *request.description;
  GREGALE_RETURN_IF_ERROR(MergeAttribute("config", request.config, vnf));
  GREGALE_RETURN_IF_ERROR(MergeAttribute("param_values", request.param_values, vnf));
  GREGALE_RETURN_IF_ERROR(ReadDescriptor(txn, vnf).status());
  GREGALE_RETURN_IF_ERROR(MoveTo(VnfStatus::kPendingUpdate, vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kUpdateEvent, ""));
  return LeaveOperation(txn, kUpdateKind, vnf.id, OperationState(), start);
}

absl::Status BeginDelete(store::Txn& txn, store::Vnf& vnf, Force force, const Start& start) {
  const bool forced = force == Force::kYes;
  GREGALE_RETURN_IF_ERROR(
      CheckAllowed(txn, vnf, forced ? Request::kForceDelete : Request::kDelete));
  GREGALE_RETURN_IF_ERROR(store::SupersedeOperations(txn, vnf.id));
  GREGALE_RETURN_IF_ERROR(MoveTo(VnfStatus::kPendingDelete, vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(
      txn, vnf, kDeleteEvent, forced ? "VNF force delete initiated" : "VNF delete initiated"));
  OperationState state;
  state.SetFlag("force", forced);
  return LeaveOperation(txn, kDeleteKind, vnf.id, state, start);
}

absl::Status BeginRetry(store::Txn& txn, store::Vnf& vnf, const Start& start) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kRetry));
  GREGALE_ASSIGN_OR_RETURN(Again again, WhatToRetry(txn, vnf));
  if (again.kind == kRespawnKind) again.state.SetTime("dead_since", txn.now());
  GREGALE_RETURN_IF_ERROR(MoveTo(WorkingStatus(again.kind, again.state), vnf));
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(
      txn, vnf, kUpdateEvent, base::Cat("VNF retry: operation '", again.kind, "' begins again")));
  return LeaveOperation(txn, again.kind, vnf.id, again.state, start);
}

absl::Status SetMaintenance(store::Txn& txn, store::Vnf& vnf, Maintenance maintenance) {
  GREGALE_RETURN_IF_ERROR(CheckAllowed(txn, vnf, Request::kPause));
  const bool paused = maintenance == Maintenance::kOn;
  if (vnf.paused == paused) return absl::OkStatus();
  vnf.paused = paused;
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  return AddVnfEvent(txn, vnf, kMonitorEvent,
                     paused ? "VNF paused: it is monitored, but policy actions are suspended"
                            : "VNF resumed: policy actions are carried out again");
}

}  // namespace gregale::lifecycle
