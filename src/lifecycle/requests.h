#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "store/records.h"
#include "store/store.h"

// What can be asked of a VNF that exists, by an operator or by a policy action. Each checks the
// request against the VNF's state, writes the VNF's row and the first events, and leaves the
// operation that will carry it out: all in the caller's transaction. It returns before anything is
// done; a conductor does it.
//
// Errors: kFailedPrecondition of kind "VNFInUse" (see CheckAllowed); kInvalidArgument and
// kNotFound as said.
namespace gregale::lifecycle {

// The kinds of operations. What each finds in Operation::state is written here and in the
// operation's file, nowhere else.
inline constexpr char kCreateKind[] = "create";
inline constexpr char kRespawnKind[] = "respawn";
inline constexpr char kScaleKind[] = "scale";
inline constexpr char kHealKind[] = "heal";
inline constexpr char kUpdateKind[] = "update";
inline constexpr char kDeleteKind[] = "delete";

// Made outside of the transaction, so that a repeated transaction writes the same.
struct Start {
  std::string operation_id;  // a UUID
  std::string key;           // unique: the request or incident that it answers
};

enum class Origin {
  kOperator,
  kPolicy,  // a cooldown holds for the other direction, too
};

enum class Direction { kOut, kIn };
// "out" or "in".
std::string_view ToText(Direction direction);

struct ScaleRequest {
  std::string policy;  // a scaling policy of the VNFD
  Direction direction = Direction::kOut;
  Origin origin = Origin::kOperator;
};
// ACTIVE -> PENDING_SCALE_OUT or _IN. kNotFound of kind "VnfPolicyNotFound". kOutOfRange of kind
// "VNFScalingBound": the policy allows no more (or no fewer) instances; then the event that says so
// is written, and nothing else: commit it. kFailedPrecondition of kind "VNFScalingCooldown": the
// step before was too short a time ago.
absl::Status BeginScale(store::Txn& txn, store::Vnf& vnf, const ScaleRequest& request,
                        const Start& start);

struct HealRequest {
  std::string vdu;              // "": every VDU
  std::optional<int> instance;  // nullopt: every one of the VDU,
  std::string address;          // or the one that has this management address
  std::string cause;            // for people; "": none is given
};
// ACTIVE or ERROR -> PENDING_HEAL: the instances are replaced by new ones. kInvalidArgument: there
// is no such instance.
absl::Status BeginHeal(store::Txn& txn, store::Vnf& vnf, const HealRequest& request,
                       const Start& start);

struct RespawnRequest {
  absl::Time failed_since = absl::InfinitePast();  // the first failed probe
};
// ACTIVE -> DEAD: the whole deployment is replaced. Counts the failure.
absl::Status BeginRespawn(store::Txn& txn, store::Vnf& vnf, const RespawnRequest& request,
                          const Start& start);

// What is absent stays.
struct UpdateRequest {
  std::optional<std::string> name;
  std::optional<std::string> description;
  base::Json config;        // null, or merged into what there is
  base::Json param_values;  // likewise
};
// ACTIVE -> PENDING_UPDATE. kInvalidArgument: the VNFD does not take these values; kAlreadyExists
// of kind "DuplicateEntity": the name is taken.
absl::Status BeginUpdate(store::Txn& txn, store::Vnf& vnf, const UpdateRequest& request,
                         const Start& start);

enum class Force { kNo, kYes };
// -> PENDING_DELETE; what else was being done to the VNF ends.
absl::Status BeginDelete(store::Txn& txn, store::Vnf& vnf, Force force, const Start& start);

// ERROR -> what failed is begun again. Where the VNF came into ERROR without an operation that
// failed, it is respawned (or created, where it never was).
absl::Status BeginRetry(store::Txn& txn, store::Vnf& vnf, const Start& start);

// No operation: from now on the VNF is measured, but nothing is done about what is found (or again
// something is).
enum class Maintenance { kOn, kOff };
absl::Status SetMaintenance(store::Txn& txn, store::Vnf& vnf, Maintenance maintenance);

// ACTIVE -> DEAD with its event, where a delete will follow (log_and_kill); writes the VNF's row.
absl::Status MarkDead(store::Txn& txn, store::Vnf& vnf);

}  // namespace gregale::lifecycle
