#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "lifecycle/requests.h"
#include "server/caller.h"
#include "server/requests.h"
#include "store/records.h"
#include "store/store.h"

// What can be asked of a VNF that exists, besides to show it. Each runs in the caller's
// transaction, which it leaves to be rolled back on error; what it accepts is committed with the
// operation that will carry it out.
namespace gregale::server {

struct PauseRequest {};
struct ResumeRequest {};
struct RetryRequest {};
using ActionRequest = std::variant<lifecycle::ScaleRequest, lifecycle::HealRequest, PauseRequest,
                                   ResumeRequest, RetryRequest>;

struct VnfAction {
  std::string id;  // of the VNF, or its name
  ActionRequest request;
};

struct ActionResult {
  store::Vnf vnf;        // as it is now
  absl::Status refused;  // not OK: nothing was begun, and the transaction, which says so in an
                         // event, is to be committed
};
absl::StatusOr<ActionResult> ActOnVnf(store::Txn& txn, const Caller& caller,
                                      const VnfAction& action, HandlerContext& context);

// The body of POST .../actions: an object with one member, "scale", "heal", "pause", "resume" or
// "retry". Errors have Tacker's messages.
absl::StatusOr<ActionRequest> ReadAction(std::string_view body);
// The same again, as the answer shows it.
base::Json ShowAction(const ActionRequest& request);

absl::StatusOr<store::Vnf> ChangeVnf(store::Txn& txn, const Caller& caller,
                                     const VnfChange& request, HandlerContext& context);

struct VnfDeletion {
  std::string id;  // or name
  Force force = Force::kNo;
};
// What else was being done to the VNF ends. Refused while its state is PENDING_*, unless an admin
// forces it.
absl::Status DeleteVnf(store::Txn& txn, const Caller& caller, const VnfDeletion& request,
                       HandlerContext& context);

}  // namespace gregale::server
