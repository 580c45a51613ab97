#include "policies/guards.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/parameters.h"

namespace gregale::policies {
namespace {

using base::Json;

absl::Status ParseRespawnLimit(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.respawn_limit, ReadWhole(value, field, 0, base::kRespawnLimitMax));
  return absl::OkStatus();
}

absl::Status ParseRespawnWindow(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.respawn_window,
                           ReadSeconds(value, field, 1, base::kGuardWindowSecondsMax));
  return absl::OkStatus();
}

absl::Status ParseWitness(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.witness, ReadBoolean(value, field));
  return absl::OkStatus();
}

absl::Status ParseStormGuard(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.storm_guard, ReadBoolean(value, field));
  return absl::OkStatus();
}

absl::Status ParseStormShare(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.storm_share, ReadNumber(value, field, 0, 1));
  return absl::OkStatus();
}

absl::Status ParseStormMinimum(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.storm_minimum, ReadWhole(value, field, 1, base::kStormMinimumMax));
  return absl::OkStatus();
}

absl::Status ParseStormWindow(const Json& value, std::string_view field, GuardSettings& out) {
  GREGALE_ASSIGN_OR_RETURN(out.storm_window,
                           ReadSeconds(value, field, 1, base::kGuardWindowSecondsMax));
  return absl::OkStatus();
}

constexpr GuardSetting kTable[] = {
    {"respawn_limit",
     "Respawns of a VNF within the window after which it goes to ERROR; 0: no limit", "5",
     ParseRespawnLimit},
    {"respawn_window", "Seconds within which respawns are counted", "3600", ParseRespawnWindow},
    {"witness", "Whether a second executor must see a failure before a VDU is replaced", "true",
     ParseWitness},
    {"storm_guard", "Whether nothing is replaced while very many monitors fail at once", "true",
     ParseStormGuard},
    {"storm_share", "Share of the monitors that must have failed for a storm, 0 to 1", "0.3",
     ParseStormShare},
    {"storm_minimum", "Monitors that must have failed for a storm", "5", ParseStormMinimum},
    {"storm_window", "Seconds within which they must have failed", "60", ParseStormWindow},
};

}  // namespace

std::span<const GuardSetting> GuardTable() { return kTable; }

absl::StatusOr<GuardSettings> ParseGuards(const Json& properties, std::string_view field,
                                          const GuardSettings& defaults) {
  if (properties.is_null()) return defaults;
  if (!properties.is_object()) return base::InvalidInput(field, "must be a map");
  GuardSettings settings = defaults;
  for (const auto& [key, value] : properties.items()) {
    const std::string path = base::Cat(field, field.empty() ? "" : ".", key);
    const auto row = std::ranges::find(kTable, std::string_view(key), &GuardSetting::name);
    if (row == std::end(kTable)) {
      std::vector<std::string_view> names;
      for (const GuardSetting& setting : kTable) names.push_back(setting.name);
      return base::InvalidInput(path,
                                base::Cat("no such setting; known are ", base::Join(names, ", ")));
    }
    GREGALE_RETURN_IF_ERROR(row->parse(value, path, settings));
  }
  return settings;
}

}  // namespace gregale::policies
