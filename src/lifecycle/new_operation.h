#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "lifecycle/operation_state.h"
#include "lifecycle/requests.h"
#include "store/store.h"

namespace gregale::lifecycle {

// Leaves an open operation that may run at once. `subject` is the VNF that it works on; operations
// of one subject run one after the other. kAlreadyExists where start.key is known.
absl::Status LeaveOperation(store::Txn& txn, std::string_view kind, std::string_view subject,
                            const OperationState& state, const Start& start);

}  // namespace gregale::lifecycle
