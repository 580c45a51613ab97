#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

enum class Drain { kNo, kYes };

// An executor that says it is busier than the first has too many monitors, and Executor::comfort
// becomes nine tenths of those that it has; that holds until it is less busy than the second, or is
// started again: so monitors do not go to and fro.
inline constexpr int64_t kTooBusyPermille = 850;
inline constexpr int64_t kAtEasePermille = 450;
// Registers the executor or renews its lease until now + lease (its session fields stay).
absl::Status HeartbeatExecutor(Txn& txn, const Executor& executor, absl::Duration lease);
// Executor::draining: it wants to leave, somebody has asked for it (SetDrain), or it cannot be
// reached (MissSession).
absl::StatusOr<std::vector<Executor>> ListExecutors(Txn& txn);
// kNotFound.
absl::Status SetDrain(Txn& txn, std::string_view executor_id, Drain drain);
// Executors dead for longer than `age` and without placements are forgotten; and some of what
// executors that are dead for so long, or unknown, have still to cancel: were one to come back, its
// inventory would tell what it must not run.
absl::Status ForgetExecutors(Txn& txn, absl::Duration age);

// Takes or renews the session of an executor for a conductor until now + lease, where nobody else's
// claim is running. A change of owner raises the epoch. true: it is ours, and `executor` is filled
// in.
absl::StatusOr<bool> ClaimSession(Txn& txn, std::string_view executor_id,
                                  std::string_view conductor_id, absl::Duration lease,
                                  Executor& executor);
// The conductor could not open the session that it has claimed, and lets others try. Where that
// happens kSessionsMissedMax times in a row, the executor counts as draining until one is opened,
// or it is started again. No effect where the session is not the conductor's.
absl::Status MissSession(Txn& txn, std::string_view executor_id, std::string_view conductor_id);
// It could. No effect where the session is not the conductor's.
absl::Status MeetSession(Txn& txn, std::string_view executor_id, std::string_view conductor_id);
// Gives back the sessions of a conductor that stops in good order.
absl::Status ReleaseSessions(Txn& txn, std::string_view conductor_id);

absl::Status HeartbeatConductor(Txn& txn, const Conductor& conductor, absl::Duration lease);
absl::StatusOr<std::vector<Conductor>> ListConductors(Txn& txn);
absl::Status RemoveConductor(Txn& txn, std::string_view id);

}  // namespace gregale::store
