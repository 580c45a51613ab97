#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::store {

// A monitor, and a version of its input: that which its executor has confirmed (0: none), or is to.
struct Confirmation {
  std::string action_id;
  int64_t version = 0;
};

// kAlreadyExists where the VNF has one.
absl::Status InsertPlacement(Txn& txn, const Placement& placement);
// kNotFound.
absl::StatusOr<Placement> GetPlacement(Txn& txn, std::string_view vnf_id);
// New input: raises the version, and what is watched is new (placed_at). kNotFound.
absl::Status SetPlacementInput(Txn& txn, std::string_view vnf_id, std::string_view input);
// Removes it, also where it is moving; where it was placed, a PendingCancel is left for the
// executor. No error where there is none.
absl::Status DeletePlacement(Txn& txn, std::string_view vnf_id);

// A placement that needs a home: not placed, or on an executor that is unknown, whose lease has run
// out, or that has another incarnation now.
struct Homeless {
  std::string vnf_id;
  std::string action_id;
  std::string executor_id;  // where it was; "": it was not placed
  std::string incarnation;
  Labels affinity;
};
// At most `limit`, those of one home after those of another.
absl::StatusOr<std::vector<Homeless>> ListHomeless(Txn& txn, int limit);

// One of them, and what it gets: an executor and a new action id.
struct Rehoming {
  const Homeless* monitor = nullptr;
  std::string action_id;
  const Executor* executor = nullptr;
};
// As Place, for many that ListHomeless has given in this transaction. No PendingCancel is left: an
// executor that was given up and comes back begins its session anew, and so its inventory tells
// what it must not run any longer.
absl::Status PlaceHomeless(Txn& txn, std::span<const Rehoming> rehomings);

// Gives the placement a new action id (also in the VNF's row) and an executor, with acked_version
// 0; its first home begins the time for which it has been watched (placed_at). Where it was moving,
// that ends. A PendingCancel for the old action id is left where the old executor is registered.
// kAborted where the row's action id is no longer `placement.action_id`: another was faster;
// kNotFound where the placement or its VNF is gone.
absl::Status Place(Txn& txn, const Placement& placement, std::string_view new_action_id,
                   const Executor& executor);
// How many placements each executor has, by executor id.
absl::StatusOr<std::vector<std::pair<std::string, int64_t>>> CountPlacements(Txn& txn);

// Monitors that should rather run on certain executors, and where they are.
struct AffinityCount {
  Labels affinity;
  std::string executor_id;  // "": nowhere
  int64_t monitors = 0;
};
absl::StatusOr<std::vector<AffinityCount>> CountAffinities(Txn& txn);

// What an executor should hear: the versions of its placements with acked_version < version, at
// most `limit`, in order of action id.
absl::StatusOr<std::vector<Confirmation>> ListUnacked(Txn& txn, std::string_view executor_id,
                                                      int limit);
// Those of these action ids that there are.
absl::StatusOr<std::vector<Placement>> ListPlacements(Txn& txn,
                                                      std::span<const std::string> action_ids);
// And the successors of monitors that move to it, with their own action ids.
absl::StatusOr<std::vector<Placement>> ListSuccessors(Txn& txn, std::string_view executor_id,
                                                      int limit);
// What this life of an executor should run, successors included (to compare with its inventory), in
// order of action id. `after`: "" or the last action id of the page before.
absl::StatusOr<std::vector<Confirmation>> ListConfirmations(Txn& txn, const Executor& executor,
                                                            std::string_view after, int limit);
// The executor confirmed `version` for this action id (0: it does not run there and must be started
// again). Ignored where the action id is not current, or a newer version was confirmed. A successor
// that is confirmed becomes the placement.
absl::Status AckPlacement(Txn& txn, std::string_view action_id, int64_t version);
// The same for many, versions of at least 1.
absl::Status AckPlacements(Txn& txn, std::span<const Confirmation> confirmed);

absl::StatusOr<std::vector<PendingCancel>> ListPendingCancels(Txn& txn,
                                                              std::string_view executor_id,
                                                              int limit);
absl::Status DeletePendingCancel(Txn& txn, std::string_view action_id);

}  // namespace gregale::store
