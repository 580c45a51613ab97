#include "policies/hold.h"

#include <catch2/catch.hpp>

namespace gregale::policies {
namespace {

using Why = Hold::Why;

TEST_CASE("A storm begins above the share and at the minimum, and ends at half of it") {
  const GuardSettings settings{.storm_share = 0.3, .storm_minimum = 5};
  CHECK_FALSE(StormBegins(settings, {.failing = 4, .monitored = 4}));
  CHECK(StormBegins(settings, {.failing = 5, .monitored = 5}));
  CHECK_FALSE(StormBegins(settings, {.failing = 60, .monitored = 200}));
  CHECK(StormBegins(settings, {.failing = 61, .monitored = 200}));
  CHECK(StormGoesOn(settings, {.failing = 31, .monitored = 200}));
  CHECK_FALSE(StormGoesOn(settings, {.failing = 30, .monitored = 200}));
  CHECK(StormGoesOn(settings, {.failing = 3, .monitored = 5}));
  CHECK_FALSE(StormGoesOn(settings, {.failing = 2, .monitored = 5}));
  CHECK_FALSE(StormGoesOn(settings, {.failing = 0, .monitored = 0}));
}

// A failure that is acted upon.
HoldSituation Clear() { return {.destructive = true, .age = absl::Seconds(10)}; }

Why Judge(const HoldSituation& situation, const GuardSettings& settings = {}) {
  return DecideHold(settings, situation).why;
}

TEST_CASE("Nothing holds an action against which nothing speaks") {
  CHECK(Judge(Clear()) == Why::kNothing);
}

TEST_CASE("A paused VNF is left alone, whatever the action") {
  CHECK(Judge({.paused = true}) == Why::kPaused);
  CHECK(Judge({.paused = true, .destructive = true, .storm = true}) == Why::kPaused);
}

TEST_CASE("What replaces nothing is not held") {
  CHECK(Judge({.storm = true, .witness = Witness::kDisagrees, .respawns = 100}) == Why::kNothing);
}

TEST_CASE("In a storm nothing is replaced, and reports come the less often, the more there are") {
  HoldSituation situation = Clear();
  situation.storm = true;
  CHECK(Judge(situation) == Why::kStorm);
  const absl::Duration few = DecideHold({}, situation).retry_after;
  situation.failing = 10'000;
  CHECK(DecideHold({}, situation).retry_after > few + absl::Seconds(30));
  CHECK(Judge(situation, {.storm_guard = false}) == Why::kNothing);
}

TEST_CASE("A first report waits for others, where there may be some") {
  HoldSituation situation = Clear();
  situation.age = absl::Milliseconds(500);
  CHECK(Judge(situation) == Why::kNothing);
  situation.storm_possible = true;
  CHECK(Judge(situation) == Why::kSettling);
  CHECK(DecideHold({}, situation).retry_after == absl::Seconds(1));
  situation.age = absl::Milliseconds(1500);
  CHECK(Judge(situation) == Why::kNothing);
}

TEST_CASE("The witness is asked while others may be failing, and believed") {
  HoldSituation situation = Clear();
  situation.age = absl::ZeroDuration();
  situation.storm_possible = true;
  situation.witness = Witness::kUnasked;
  CHECK(Judge(situation) == Why::kAskWitness);
  situation.witness = Witness::kAsked;
  CHECK(Judge(situation) == Why::kSettling);
  situation.age = absl::Seconds(2);
  CHECK(Judge(situation) == Why::kAwaitWitness);
  situation.witness = Witness::kDisagrees;
  CHECK(Judge(situation) == Why::kDisagreement);
  situation.witness = Witness::kAgrees;
  CHECK(Judge(situation) == Why::kNothing);
}

TEST_CASE("The limit on respawns counts last, and 0 is none") {
  HoldSituation situation = Clear();
  situation.respawns = 5;
  CHECK(Judge(situation) == Why::kRespawnLimit);
  CHECK(Judge(situation, {.respawn_limit = 6}) == Why::kNothing);
  CHECK(Judge(situation, {.respawn_limit = 0}) == Why::kNothing);
  situation.witness = Witness::kDisagrees;
  CHECK(Judge(situation) == Why::kDisagreement);
}

}  // namespace
}  // namespace gregale::policies
