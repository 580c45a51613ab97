#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "executions/library.h"
#include "store/store.h"
#include "store/workflow_records.h"
#include "workflow/execution_state.h"

namespace gregale::executions {

// What Mistral's API shows of an execution: rows made from the engine's state.
struct Rows {
  std::vector<store::Execution> executions;  // the root first; without description and tags
  std::vector<store::TaskExecution> tasks;
  std::vector<store::ActionExecution> actions;
};

// Of an execution with its sub-executions.
Rows RowsOf(const workflow::ExecutionState& state, const Library& library);
// Of one that was made to run an action alone: its action is all that is shown.
Rows RowsOfActionAlone(const workflow::ExecutionState& state, const Library& library);

// Inserts what is new in `after`, and updates what differs. Rows neither go nor change their order.
absl::Status WriteChanges(store::Txn& txn, const Rows& before, const Rows& after);

}  // namespace gregale::executions
