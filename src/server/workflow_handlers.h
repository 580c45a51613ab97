#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/caller.h"
#include "store/store.h"
#include "store/workflow_records.h"

namespace gregale::server {

// By id or name.
absl::StatusOr<store::Definition> FindWorkflow(store::Txn& txn, const Caller& caller,
                                               std::string_view id);
absl::StatusOr<std::vector<store::Definition>> ListWorkflows(store::Txn& txn, const Caller& caller,
                                                             const store::ListQuery& query);

// An execution and where it runs; action_id and executor_id are "" while it runs nowhere.
struct PlacedExecution {
  store::Execution execution;
  std::string action_id;
  std::string executor_id;
};
absl::StatusOr<PlacedExecution> FindExecution(store::Txn& txn, const Caller& caller,
                                              std::string_view id);
absl::StatusOr<std::vector<PlacedExecution>> ListExecutions(store::Txn& txn, const Caller& caller,
                                                            const store::ListQuery& query);

}  // namespace gregale::server
