#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/store.h"
#include "store/workflow_records.h"

// What Mistral's API shows of executions: the executions themselves, their tasks and the calls of
// actions. The engine's own memory is in execution_run_table.h.
namespace gregale::store {

absl::Status InsertExecution(Txn& txn, const Execution& execution);
// kNotFound.
absl::StatusOr<Execution> GetExecution(Txn& txn, std::string_view id);
// Columns: every one that is shown.
absl::StatusOr<std::vector<Execution>> ListExecutions(Txn& txn, const ListQuery& query);
// Sets what a run changes (params, state, state_info, input, output, published_global) and stamps
// updated_at. kNotFound.
absl::Status UpdateExecution(Txn& txn, const Execution& execution);
// Each sets one column and stamps updated_at. kNotFound.
absl::Status UpdateExecutionDescription(Txn& txn, std::string_view id,
                                        std::string_view description);
absl::Status UpdateExecutionInput(Txn& txn, std::string_view id, std::string_view input);
absl::Status DeleteExecutionsOfVnf(Txn& txn, std::string_view vnf_id);
// A root execution with all that hangs on it: sub-executions, tasks, calls, the engine's memory;
// executors are told to stop what runs. kNotFound.
absl::Status DeleteExecutionTree(Txn& txn, std::string_view root_id);

absl::Status InsertTaskExecution(Txn& txn, const TaskExecution& task);
// kNotFound.
absl::StatusOr<TaskExecution> GetTaskExecution(Txn& txn, std::string_view id);
// Columns: every one that is shown.
absl::StatusOr<std::vector<TaskExecution>> ListTaskExecutions(Txn& txn, const ListQuery& query);
// Sets what can change and stamps updated_at. kNotFound.
absl::Status UpdateTaskExecution(Txn& txn, const TaskExecution& task);

absl::Status InsertActionExecution(Txn& txn, const ActionExecution& action);
// kNotFound.
absl::StatusOr<ActionExecution> GetActionExecution(Txn& txn, std::string_view id);
// Columns: every one that is shown.
absl::StatusOr<std::vector<ActionExecution>> ListActionExecutions(Txn& txn, const ListQuery& query);
// Sets what a run changes (state, state_info, output, accepted) and stamps updated_at. kNotFound.
absl::Status UpdateActionExecution(Txn& txn, const ActionExecution& action);
// kNotFound.
absl::Status DeleteActionExecution(Txn& txn, std::string_view id);

}  // namespace gregale::store
