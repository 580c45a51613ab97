#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"
#include "store/workflow_records.h"

// The engine's memory, its timers, and the actions that it waits for.
namespace gregale::store {

absl::Status InsertExecutionRun(Txn& txn, const ExecutionRun& run);
// nullopt where the root execution is no longer there, or never was one of the engine's.
absl::StatusOr<std::optional<ExecutionRun>> GetExecutionRun(Txn& txn, std::string_view root_id);
// Sets state and definitions. kNotFound.
absl::Status UpdateExecutionRun(Txn& txn, const ExecutionRun& run);
// No error where it is gone.
absl::Status DeleteExecutionRun(Txn& txn, std::string_view root_id);

absl::Status InsertExecutionTimer(Txn& txn, const ExecutionTimer& timer);
// Timers whose time has come, the oldest first, at most `limit`.
absl::StatusOr<std::vector<ExecutionTimer>> ListDueTimers(Txn& txn, int limit);
// When the next timer is due; InfiniteFuture where there is none.
absl::StatusOr<absl::Time> NextExecutionTime(Txn& txn);
// false where somebody else has taken it.
absl::StatusOr<bool> TakeTimer(Txn& txn, const ExecutionTimer& timer);

absl::Status InsertActionRun(Txn& txn, const ActionRun& run);
// nullopt where the action has ended or was cancelled.
absl::StatusOr<std::optional<ActionRun>> GetActionRun(Txn& txn, std::string_view action_id);
// Ends the wait: the result has come, or is no longer wanted; where an executor had it, a
// PendingCancel tells it to stop and to forget. false where it had ended already.
absl::StatusOr<bool> DeleteActionRun(Txn& txn, std::string_view action_id);
// Actions that no executor has got and one of these may run: without a target, or with its id as
// the target. In order of creation, at most `limit`.
absl::StatusOr<std::vector<ActionRun>> ListWaitingActionRuns(Txn& txn,
                                                             std::span<const std::string> executors,
                                                             int limit);
// Actions whose executor is gone: unknown, its lease run out, or started anew since. At most
// `limit`.
absl::StatusOr<std::vector<ActionRun>> ListLostActionRuns(Txn& txn, int limit);
// Gives it to an executor, or with an empty one takes it back, and raises `attempt`. kAborted where
// somebody else was faster: its `attempt` is no longer run.attempt.
absl::Status GiveActionRun(Txn& txn, const ActionRun& run, const Executor& executor);
// What an executor has to run, in order of creation after `after` ("" or the last action_id of the
// page before), at most `limit`.
absl::StatusOr<std::vector<ActionRun>> ListActionRunsOf(Txn& txn, std::string_view executor_id,
                                                        std::string_view after, int limit);

}  // namespace gregale::store
