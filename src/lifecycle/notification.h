#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/json.h"
#include "lifecycle/requests.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::lifecycle {

// Tells one receiver of one event. State: vnf_id, url, body (JSON), give_up_at.
inline constexpr char kNotifyKind[] = "notify";

// What happened to a VNF, for the receivers of its VNFD.
struct Notification {
  std::string event;  // "failure", or the state of an alarm
  std::string vdu;
  std::string policy;                         // the driver or trigger that saw it
  base::Json details = base::Json::object();  // fields that are added to the body as they are
};

// Leaves the operation that will tell the receiver at `url`, for up to a day. It belongs to no VNF,
// so that neither waits for the other, and a VNF that is deleted does not take it along.
absl::Status BeginNotify(store::Txn& txn, const store::Vnf& vnf, const Notification& notification,
                         std::string_view url, const Start& start);

}  // namespace gregale::lifecycle
