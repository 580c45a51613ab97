#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "conductor/deployment.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "lifecycle/requests.h"
#include "lifecycle/transitions.h"
#include "store/vnf_table.h"
#include "store/vnfd_table.h"

// delete: PENDING_DELETE -> gone, or ERROR. With {"force": true} in its state nothing that the VIM
// says stops it for long; what may be left there is said in an event.
namespace gregale::conductor {
namespace {

constexpr store::VnfStatus kExpected = store::VnfStatus::kPendingDelete;

absl::StatusOr<StepOutcome> Unmonitor(StepContext& context) {
  const std::string vnf_id = context.operation.vnf_id;
  return StepOutcome::Continue("destroy", [=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(store::Vnf row, GetVnfInState(txn, vnf_id, kExpected));
    GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, row, KeepWorkflow::kNo));
    return store::UpdateVnf(txn, row);
  });
}

absl::Status DestroyAll(StepContext& context, const store::Vnf& vnf) {
  const absl::StatusOr<VimAccessor::Vim> vim = context.vims.Resolve(context.store, vnf.vim_id);
  // Without a driver nothing was ever made: the creation failed before it began.
  if (absl::IsUnimplemented(vim.status()) && vnf.instance_id.empty()) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(vim.status());
  return DestroyDeployments(*vim, vnf, "");
}

// The VNFD that came with the VNF's own request goes with it.
absl::Status DeleteInlineVnfd(store::Txn& txn, const store::Vnf& vnf) {
  const absl::StatusOr<store::Vnfd> vnfd = store::GetVnfd(txn, vnf.vnfd_id);
  if (absl::IsNotFound(vnfd.status())) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(vnfd.status());
  if (vnfd->template_source != "inline") return absl::OkStatus();
  store::ListQuery users;
  users.equals["vnfd_id"] = {vnf.vnfd_id};
  users.limit = 1;
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Vnf> left, store::ListVnfs(txn, users));
  return left.empty() ? store::DeleteVnfd(txn, vnf.vnfd_id) : absl::OkStatus();
}

absl::StatusOr<StepOutcome> Destroy(StepContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf,
                           GetVnfInState(context.store, context.operation.vnf_id, kExpected));
  const absl::Status destroyed = DestroyAll(context, vnf);
  std::string left_behind;
  if (!destroyed.ok()) {
    const bool give_up =
        context.state.Flag("force") &&
        (IsPermanent(destroyed) || context.operation.attempt + 1 >= base::kForceDeleteAttemptsMax);
    if (!give_up) return destroyed;
    left_behind = base::Cat("VNF force delete: instance ", vnf.instance_id, " may be left on VIM ",
                            vnf.vim_id, ": ", OneLine(base::FromAbsl(destroyed.message()), 512));
  }
  return StepOutcome::Finish([=](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const store::Vnf row, GetVnfInState(txn, vnf.id, kExpected));
    if (!left_behind.empty()) {
      GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kDeleteEvent, left_behind));
    }
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, row, kDeleteEvent, "VNF Delete Complete"));
    GREGALE_RETURN_IF_ERROR(store::DeleteVnf(txn, row.id));
    return DeleteInlineVnfd(txn, row);
  });
}

absl::Status Fail(store::Txn& txn, const store::Operation& operation, const OperationState&,
                  std::string_view reason) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, GetVnfInState(txn, operation.vnf_id, kExpected));
  GREGALE_RETURN_IF_ERROR(
      lifecycle::MoveToError(base::Cat("delete failed: ", reason), operation.id, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kDeleteEvent, "VNF Delete ERROR"));
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kDeleteEvent, base::Cat("VNF delete failed: ", reason)));
  return store::UpdateVnf(txn, vnf);
}

constexpr OperationStep kSteps[] = {{"", Unmonitor}, {"destroy", Destroy}};

}  // namespace

constinit const OperationKind kDeleteOperation{lifecycle::kDeleteKind, kSteps, Fail};

}  // namespace gregale::conductor
