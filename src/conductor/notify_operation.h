#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "conductor/policy_report.h"
#include "lifecycle/requests.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

inline constexpr char kNotifyKind[] = "notify";

// Leaves the operation that will tell the receiver at `url` of this report. It belongs to no VNF,
// so that neither waits for the other, and a VNF that is deleted does not take it along.
absl::Status BeginNotify(store::Txn& txn, const store::Vnf& vnf, const PolicyReport& report,
                         std::string_view url, const lifecycle::Start& start);

}  // namespace gregale::conductor
