#pragma once

#include <span>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

// What keeps policy actions from doing harm: how often, on whose word, and not in a storm. Settings
// only; the conductor asks them before it acts.
namespace gregale::policies {

// A VNF's settings. The conductor's flags give what holds for all, a policy of the VNFD's of type
// tosca.policies.gregale.Supervision what it has different.
struct GuardSettings {
  // After so many respawns within the window a further one is not made: the VNF goes to ERROR and
  // says why. 0: no limit.
  int respawn_limit = 5;
  absl::Duration respawn_window = absl::Hours(1);
  // A destructive action needs a second executor, where there is one, to see the failure, too.
  bool witness = true;
  // Destructive actions are held while more than `storm_share` of the monitors of an executor, of a
  // VIM or in all, and at least `storm_minimum`, have failed within `storm_window`.
  bool storm_guard = true;
  double storm_share = 0.3;  // from 0 to 1
  int storm_minimum = 5;
  absl::Duration storm_window = absl::Seconds(60);
};

// One setting: a property of the policy, and (with '-' for '_') a flag of the conductor.
struct GuardSetting {
  std::string_view name;
  std::string_view meaning;  // for --help, one sentence without a stop
  std::string_view fallback;
  // Checks the value (numbers and booleans may come as texts) and keeps it. The error's field is
  // `field`.
  absl::Status (*parse)(const base::Json& value, std::string_view field, GuardSettings& out);
};

// The table, in the order of docs/policies.md.
std::span<const GuardSetting> GuardTable();

// `defaults` with what `properties` (an object; null: nothing) says different. An unknown name or a
// value out of its bounds is kInvalidArgument and names `field`.name.
absl::StatusOr<GuardSettings> ParseGuards(const base::Json& properties, std::string_view field,
                                          const GuardSettings& defaults);

}  // namespace gregale::policies
