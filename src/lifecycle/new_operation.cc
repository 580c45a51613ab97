#include "lifecycle/new_operation.h"

#include "store/operation_table.h"

namespace gregale::lifecycle {

absl::Status LeaveOperation(store::Txn& txn, std::string_view kind, std::string_view subject,
                            const OperationState& state, const Start& start) {
  store::Operation operation;
  operation.id = start.operation_id;
  operation.kind = kind;
  operation.vnf_id = subject;
  operation.key = start.key;
  operation.state = state.ToText();
  operation.run_at = txn.now();
  operation.status = "open";
  operation.created_at = txn.now();
  return store::InsertOperation(txn, operation);
}

}  // namespace gregale::lifecycle
