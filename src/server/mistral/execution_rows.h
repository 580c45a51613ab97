#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/mistral/exchange.h"
#include "server/mistral/list_query.h"
#include "store/store.h"
#include "store/workflow_records.h"

// Executions, their tasks and the calls of actions: found for a caller, and shown.
namespace gregale::server {

extern const MistralCollection kExecutionCollection;
extern const MistralCollection kTaskCollection;
extern const MistralCollection kActionExecutionCollection;

// kNotFound, in Mistral's words, also for what is another project's.
absl::StatusOr<store::Execution> FindExecutionFor(store::Txn& txn, const Exchange& x,
                                                  const std::string& id);
absl::StatusOr<store::TaskExecution> FindTaskFor(store::Txn& txn, const Exchange& x,
                                                 const std::string& id);
absl::StatusOr<store::ActionExecution> FindActionFor(store::Txn& txn, const Exchange& x,
                                                     const std::string& id);

// 400 where an execution was started with the parameter `read_only`: it is neither continued nor
// run again.
absl::Status RefuseIfReadOnly(const store::Execution& row);

// Lists leave out what is large, unless they are asked for it.
enum class Detail { kWithoutOutput, kWithOutput };
// By `include_output`, or because the field is among those asked for.
absl::StatusOr<Detail> DetailOf(const Exchange& x, const MistralList& list);

base::Json ShowExecution(const Exchange& x, const store::Execution& row, Detail detail);
base::Json ShowTask(const Exchange& x, const store::TaskExecution& row, Detail detail);
base::Json ShowActionExecution(const Exchange& x, const store::ActionExecution& row, Detail detail);

}  // namespace gregale::server
