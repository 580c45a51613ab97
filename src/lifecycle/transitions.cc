#include "lifecycle/transitions.h"

#include <initializer_list>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "store/operation_table.h"

namespace gregale::lifecycle {
namespace {

using enum store::VnfStatus;

// A set of states.
class States {
 public:
  constexpr States(std::initializer_list<store::VnfStatus> states) {
    for (const store::VnfStatus state : states) bits_ |= Bit(state);
  }
  constexpr bool Has(store::VnfStatus state) const { return (bits_ & Bit(state)) != 0; }

 private:
  static constexpr unsigned Bit(store::VnfStatus state) {
    return 1u << static_cast<unsigned>(state);
  }
  unsigned bits_ = 0;
};

constexpr States kAnyState = {kPendingCreate,   kActive,         kPendingUpdate,
                              kPendingScaleOut, kPendingScaleIn, kPendingHeal,
                              kPendingDelete,   kDead,           kError};

struct Allowance {
  Request request;
  std::string_view name;
  States in;
  std::string_view needs;  // for people
};
constexpr Allowance kAllowances[] = {
    {Request::kScale, "Scaling", {kActive}, "ACTIVE"},
    {Request::kHeal, "A heal", {kActive, kError}, "ACTIVE or ERROR"},
    {Request::kRespawn, "A respawn", {kActive}, "ACTIVE"},
    {Request::kUpdate, "An update", {kActive}, "ACTIVE"},
    {Request::kRetry, "A retry", {kError}, "ERROR"},
    {Request::kPause,
     "Pausing",
     {kPendingCreate, kActive, kPendingUpdate, kPendingScaleOut, kPendingScaleIn, kPendingHeal,
      kDead, kError},
     "any state but PENDING_DELETE"},
    {Request::kDelete, "Deleting", {kActive, kDead, kError}, "ACTIVE, DEAD or ERROR"},
    {Request::kForceDelete, "Deleting by force", kAnyState, "any state"},
};

const Allowance& AllowanceOf(Request request) {
  for (const Allowance& allowance : kAllowances) {
    if (allowance.request == request) return allowance;
  }
  return kAllowances[0];
}

struct Transition {
  store::VnfStatus from;
  States to;
};
// A forced delete leads from everywhere to PENDING_DELETE; a retry from ERROR to where the failed
// operation began.
constexpr Transition kTransitions[] = {
    {kPendingCreate, {kActive, kError, kPendingDelete}},
    {kActive,
     {kPendingUpdate, kPendingScaleOut, kPendingScaleIn, kPendingHeal, kDead, kPendingDelete,
      kError}},
    {kPendingUpdate, {kActive, kError, kPendingDelete}},
    {kPendingScaleOut, {kActive, kError, kPendingDelete}},
    {kPendingScaleIn, {kActive, kError, kPendingDelete}},
    {kPendingHeal, {kActive, kError, kPendingDelete}},
    {kDead, {kActive, kError, kPendingDelete}},
    {kPendingDelete, {kError, kPendingDelete}},
    {kError,
     {kPendingCreate, kPendingUpdate, kPendingScaleOut, kPendingScaleIn, kPendingHeal, kDead,
      kPendingDelete, kError}},
};

}  // namespace

bool IsAllowed(Request request, store::VnfStatus status) {
  return AllowanceOf(request).in.Has(status);
}

bool MayBecome(store::VnfStatus from, store::VnfStatus to) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == from) return transition.to.Has(to);
  }
  return false;
}

absl::Status CheckAllowed(store::Txn& txn, const store::Vnf& vnf, Request request) {
  if (IsAllowed(request, vnf.status)) return absl::OkStatus();
  const Allowance& allowance = AllowanceOf(request);
  std::string why =
      base::Cat("Operation on ", store::ToText(vnf.status), " VNF is not permitted. ");
  GREGALE_ASSIGN_OR_RETURN(const std::optional<store::Operation> running,
                           store::FirstOpenOperation(txn, vnf.id));
  if (running.has_value()) {
    base::Append(why, "Its operation '", running->kind, "' (", running->id, ") is running.");
  } else {
    base::Append(why, allowance.name, " needs ", allowance.needs, ".");
    if (!vnf.error_reason.empty()) base::Append(why, " Reason of the error: ", vnf.error_reason);
  }
  return base::MakeError(absl::StatusCode::kFailedPrecondition, "VNFInUse", why);
}

absl::Status MoveTo(store::VnfStatus status, store::Vnf& vnf) {
  if (!MayBecome(vnf.status, status)) {
    return absl::InternalError(base::Cat("VNF ", vnf.id, " may not go from ",
                                         store::ToText(vnf.status), " to ", store::ToText(status)));
  }
  vnf.status = status;
  vnf.error_reason.clear();
  vnf.failed_operation_id.clear();
  return absl::OkStatus();
}

absl::Status MoveToError(std::string_view reason, std::string_view operation_id, store::Vnf& vnf) {
  GREGALE_RETURN_IF_ERROR(MoveTo(store::VnfStatus::kError, vnf));
  vnf.error_reason = std::string(reason);
  vnf.failed_operation_id = std::string(operation_id);
  return absl::OkStatus();
}

}  // namespace gregale::lifecycle
