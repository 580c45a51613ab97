#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "store/records.h"
#include "store/store.h"

// The states of a VNF: what may be asked of it in which, and which may follow which. Two tables.
namespace gregale::lifecycle {

enum class Request {
  kScale,
  kHeal,
  kRespawn,
  kUpdate,
  kRetry,
  kPause,  // and resume
  kDelete,
  kForceDelete,
};

// Pure.
bool IsAllowed(Request request, store::VnfStatus status);
bool MayBecome(store::VnfStatus from, store::VnfStatus to);

// kFailedPrecondition of kind "VNFInUse" where the VNF's state forbids the request: it names the
// state, and the operation that is running or the reason of the error.
absl::Status CheckAllowed(store::Txn& txn, const store::Vnf& vnf, Request request);

// The VNF goes into another state, but not its row; leaving ERROR takes the reason with it.
// kInternal where MayBecome() says no.
absl::Status MoveTo(store::VnfStatus status, store::Vnf& vnf);
// To ERROR, with the reason and the operation that failed ("" where there was none).
absl::Status MoveToError(std::string_view reason, std::string_view operation_id, store::Vnf& vnf);

}  // namespace gregale::lifecycle
