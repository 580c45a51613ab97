#include "policies/hold.h"

#include <algorithm>

namespace gregale::policies {
namespace {

using Why = Hold::Why;

// What breaks all at once is seen within an interval of probing, which is a second by default.
constexpr absl::Duration kSettlingTime = absl::Milliseconds(1500);
constexpr absl::Duration kWitnessRetry = absl::Milliseconds(300);
constexpr absl::Duration kLongRetry = absl::Seconds(5);
// Of all that is held in a storm, at most this many reports a second are repeated.
constexpr double kStormReportsPerSecond = 200;
constexpr absl::Duration kStormRetryMax = absl::Minutes(2);

bool IsStorm(const GuardSettings& settings, int64_t failing, int64_t monitored) {
  return failing >= settings.storm_minimum &&
         static_cast<double>(failing) > settings.storm_share * static_cast<double>(monitored);
}

absl::Duration StormRetry(int64_t failing) {
  const absl::Duration spread =
      absl::Seconds(static_cast<double>(failing) / kStormReportsPerSecond);
  return std::min(kLongRetry + spread, kStormRetryMax);
}

Hold HoldForWitness(Witness witness) {
  switch (witness) {
    case Witness::kUnasked:
      return {Why::kAskWitness, kWitnessRetry};
    case Witness::kAsked:
      return {Why::kAwaitWitness, kWitnessRetry};
    case Witness::kDisagrees:
      return {Why::kDisagreement, kLongRetry};
    case Witness::kNotNeeded:
    case Witness::kAgrees:
      break;
  }
  return {};
}

}  // namespace

bool StormBegins(const GuardSettings& settings, const Census& census) {
  return IsStorm(settings, census.failing, census.monitored);
}

bool StormGoesOn(const GuardSettings& settings, const Census& census) {
  return IsStorm(settings, census.failing * 2, census.monitored);
}

Hold DecideHold(const GuardSettings& settings, const HoldSituation& situation) {
  if (situation.paused) return {Why::kPaused, kLongRetry};
  if (!situation.destructive) return {};
  if (settings.storm_guard && situation.storm) {
    return {Why::kStorm, StormRetry(situation.failing)};
  }
  // The witness is asked while others may be failing: so the two waits are one.
  const Hold witness = HoldForWitness(situation.witness);
  if (witness.why == Why::kAskWitness) return witness;
  if (settings.storm_guard && situation.storm_possible && situation.age < kSettlingTime) {
    return {Why::kSettling, std::min(kSettlingTime - situation.age, kSettlingTime)};
  }
  if (witness.why != Why::kNothing) return witness;
  if (settings.respawn_limit > 0 && situation.respawns >= settings.respawn_limit) {
    return {Why::kRespawnLimit, absl::ZeroDuration()};
  }
  return {};
}

}  // namespace gregale::policies
