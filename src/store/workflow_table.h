#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "store/page.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// Names are unique within a project: kAlreadyExists.
absl::Status InsertWorkflow(Txn& txn, const Workflow& workflow);
// By id or name. kNotFound.
absl::StatusOr<Workflow> GetWorkflow(Txn& txn, std::string_view id_or_name);
// Columns: id, name, vnf_id.
absl::StatusOr<std::vector<Workflow>> ListWorkflows(Txn& txn, const ListQuery& query);
// The generated workflow of a VNF; no error where there is none.
absl::Status DeleteWorkflowsOfVnf(Txn& txn, std::string_view vnf_id);

absl::Status InsertExecution(Txn& txn, const Execution& execution);
// kNotFound.
absl::StatusOr<Execution> GetExecution(Txn& txn, std::string_view id);
// Columns: id, workflow_name, vnf_id, state.
absl::StatusOr<std::vector<Execution>> ListExecutions(Txn& txn, const ListQuery& query);
// Sets the input. kNotFound.
absl::Status UpdateExecutionInput(Txn& txn, std::string_view id, std::string_view input);
absl::Status DeleteExecutionsOfVnf(Txn& txn, std::string_view vnf_id);

}  // namespace gregale::store
