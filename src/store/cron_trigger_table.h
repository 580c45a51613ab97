#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/page.h"
#include "store/store.h"
#include "store/workflow_records.h"

namespace gregale::store {

// Names are unique within a project: kAlreadyExists.
absl::Status InsertCronTrigger(Txn& txn, const CronTrigger& trigger);
// By id or name, of this project ("" for any). kNotFound.
absl::StatusOr<CronTrigger> FindCronTrigger(Txn& txn, std::string_view tenant_id,
                                            std::string_view id_or_name);
// Columns: id, name, workflow_name, workflow_id, pattern, remaining_executions, tenant_id,
// first_execution_time, next_execution_time, created_at, updated_at.
absl::StatusOr<std::vector<CronTrigger>> ListCronTriggers(Txn& txn, const ListQuery& query);
// Those whose next_execution_time has come, the oldest first, at most `limit`.
absl::StatusOr<std::vector<CronTrigger>> ListDueCronTriggers(Txn& txn, int limit);
// When the next one is due; InfiniteFuture where there is none.
absl::StatusOr<absl::Time> NextCronTriggerTime(Txn& txn);
// Sets remaining_executions and next_execution_time. false where it is gone, or was advanced by
// somebody else: its next_execution_time is no longer `seen`.
absl::StatusOr<bool> AdvanceCronTrigger(Txn& txn, const CronTrigger& trigger, absl::Time seen);
// kNotFound.
absl::Status DeleteCronTrigger(Txn& txn, std::string_view id);

}  // namespace gregale::store
