#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// kAlreadyExists where the VNF has one.
absl::Status InsertPlacement(Txn& txn, const Placement& placement);
// kNotFound.
absl::StatusOr<Placement> GetPlacement(Txn& txn, std::string_view vnf_id);
// New input: raises the version, and what is watched is new (placed_at). kNotFound.
absl::Status SetPlacementInput(Txn& txn, std::string_view vnf_id, std::string_view input);
// Removes it, also where it is moving; where it was placed, a PendingCancel is left for the
// executor. No error where there is none.
absl::Status DeletePlacement(Txn& txn, std::string_view vnf_id);

// Placements that need a home: not placed, or on an executor that is unknown, whose lease has run
// out, or that has another incarnation now. At most `limit`, in order of vnf_id.
absl::StatusOr<std::vector<Placement>> ListHomelessPlacements(Txn& txn, int limit);
// Gives the placement a new action id (also in the VNF's row) and an executor, with acked_version
// 0; its first home begins the time for which it has been watched (placed_at). Where it was moving,
// that ends. A PendingCancel for the old action id is left where the old executor is registered.
// kAborted where the row's action id is no longer `placement.action_id`: another was faster;
// kNotFound where the placement or its VNF is gone.
absl::Status Place(Txn& txn, const Placement& placement, std::string_view new_action_id,
                   const Executor& executor);
// How many placements each executor has, by executor id.
absl::StatusOr<std::vector<std::pair<std::string, int64_t>>> CountPlacements(Txn& txn);

// What an executor should hear: its placements with acked_version < version, at most `limit`. Also
// the successors of monitors that move to it, with their own action ids.
absl::StatusOr<std::vector<Placement>> ListUnackedPlacements(Txn& txn, std::string_view executor_id,
                                                             int limit);
// All placements of an executor, successors included (to compare with its inventory), `after` "" or
// the last vnf_id of the page before.
absl::StatusOr<std::vector<Placement>> ListPlacementsOf(Txn& txn, std::string_view executor_id,
                                                        std::string_view after, int limit);
// The executor confirmed `version` for this action id (0: it does not run there and must be started
// again). Ignored where the action id is not current, or a newer version was confirmed. A successor
// that is confirmed becomes the placement.
absl::Status AckPlacement(Txn& txn, std::string_view action_id, int64_t version);

absl::StatusOr<std::vector<PendingCancel>> ListPendingCancels(Txn& txn,
                                                              std::string_view executor_id,
                                                              int limit);
absl::Status DeletePendingCancel(Txn& txn, std::string_view action_id);

}  // namespace gregale::store
