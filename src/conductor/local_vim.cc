#include "conductor/local_vim.h"

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

// The instances of one VDU, and the VIM they are on.
struct Target {
  VimAccessor::Vim vim;
  std::vector<std::string> resource_ids;
};

// `request`: BreakVduRequest or MendVduRequest.
template <class Request>
absl::StatusOr<Target> FindTarget(store::Store& store, const VimAccessor& vims,
                                  const Request& request) {
  const std::string& vnf_id = request.vnf_id();
  const std::string& vdu = request.vdu();
  if (!base::IsUuid(vnf_id)) return base::InvalidInput("vnf_id", "is no UUID");
  if (vdu.empty() || vdu.size() > base::kNameCharsMax) {
    return base::InvalidInput("vdu", "is missing or too long");
  }
  store::Vnf vnf;
  Target target;
  GREGALE_RETURN_IF_ERROR(store.Read([&](store::Txn& txn) -> absl::Status {
    target.resource_ids.clear();
    GREGALE_ASSIGN_OR_RETURN(vnf, store::GetVnf(txn, vnf_id));
    GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, vnf_id));
    for (const store::VduInstance& instance : instances) {
      if (request.has_instance() && instance.index != request.instance()) continue;
      if (instance.vdu == vdu) target.resource_ids.push_back(instance.resource_id);
    }
    return absl::OkStatus();
  }));
  if (target.resource_ids.empty()) {
    return absl::NotFoundError(
        base::Cat("VNF ", vnf_id, " (", store::ToText(vnf.status), ") has no running ",
                  request.has_instance() ? "instance of that number of " : "", "VDU '",
                  OneLine(vdu, base::kNameCharsMax), "'"));
  }
  GREGALE_ASSIGN_OR_RETURN(target.vim, vims.Resolve(store, vnf.vim_id));
  return target;
}

// nullopt: unspecified.
absl::StatusOr<std::optional<infra::Fault>> FaultOf(v1::Fault fault) {
  switch (fault) {
    case v1::FAULT_UNSPECIFIED:
      return std::optional<infra::Fault>();
    case v1::FAULT_LINK:
      return infra::Fault::kLink;
    case v1::FAULT_PROCESS:
      return infra::Fault::kProcess;
    case v1::FAULT_DROP:
      return infra::Fault::kDrop;
    default:
      return base::InvalidInput("how", "is no known fault");
  }
}

absl::Status OurWords(const absl::Status& status) {
  if (!absl::IsUnimplemented(status)) return status;
  return absl::FailedPreconditionError("the VNF is not on a local VIM: it is not ours to break");
}

}  // namespace

absl::StatusOr<v1::BreakVduResponse> BreakVdu(store::Store& store, const VimAccessor& vims,
                                              const v1::BreakVduRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<infra::Fault> fault, FaultOf(request.how()));
  absl::StatusOr<Target> target = FindTarget(store, vims, request);
  if (!target.ok()) return OurWords(target.status());
  v1::BreakVduResponse response;
  for (const std::string& resource_id : target->resource_ids) {
    GREGALE_RETURN_IF_ERROR(OurWords(target->vim.driver->Break(
        target->vim.access, resource_id, fault.value_or(infra::Fault::kLink))));
    response.add_instances(resource_id);
  }
  return response;
}

absl::StatusOr<v1::MendVduResponse> MendVdu(store::Store& store, const VimAccessor& vims,
                                            const v1::MendVduRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<infra::Fault> fault, FaultOf(request.how()));
  absl::StatusOr<Target> target = FindTarget(store, vims, request);
  if (!target.ok()) return OurWords(target.status());
  std::vector<infra::Fault> faults = {infra::Fault::kLink, infra::Fault::kProcess,
                                      infra::Fault::kDrop};
  if (fault.has_value()) faults = {*fault};
  v1::MendVduResponse response;
  for (const std::string& resource_id : target->resource_ids) {
    for (infra::Fault one : faults) {
      GREGALE_RETURN_IF_ERROR(
          OurWords(target->vim.driver->Mend(target->vim.access, resource_id, one)));
    }
    response.add_instances(resource_id);
  }
  return response;
}

}  // namespace gregale::conductor
