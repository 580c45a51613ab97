#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "store/records.h"
#include "store/store.h"

// Monitors that move from one executor to another without a gap. The successor, with an action id
// of its own, is started while the old monitor goes on; when its executor confirms it (see
// AckPlacement), it becomes the placement in one transaction: from then on the old one's reports
// are out of date, and a PendingCancel ends it.
namespace gregale::store {

// Where a monitor goes.
struct Relocation {
  std::string vnf_id;
  std::string action_id;         // of the successor
  std::string from_executor_id;  // of the placement
  std::string executor_id;
  absl::Time begun_at;
};

// false where the VNF's monitor moves already. kNotFound: it has none.
absl::StatusOr<bool> BeginRelocation(Txn& txn, std::string_view vnf_id, std::string_view action_id,
                                     const Executor& executor);
// Ends it without effect, and leaves a PendingCancel for the successor. false: there was none of
// this action id.
absl::StatusOr<bool> AbandonRelocation(Txn& txn, std::string_view action_id);
// The same by the VNF, whether there is one or not.
absl::Status AbandonRelocationOf(Txn& txn, std::string_view vnf_id);

// All of them, which are few. The oldest first.
absl::StatusOr<std::vector<Relocation>> ListRelocations(Txn& txn);
// This is the action id of a successor.
absl::StatusOr<bool> IsSuccessor(Txn& txn, std::string_view action_id);
// Monitors of this affinity that run on the executor and do not move yet, at most `limit`.
absl::StatusOr<std::vector<std::string>> ListMovableVnfs(Txn& txn, std::string_view executor_id,
                                                         const Labels& affinity, int limit);

}  // namespace gregale::store
