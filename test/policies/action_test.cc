#include "policies/action.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"

namespace gregale::policies {
namespace {

using Verdict = Decision::Verdict;

std::vector<std::string> NamesOf(const Decision& decision) {
  std::vector<std::string> names;
  for (const ActionCall& call : decision.actions) names.push_back(NameOf(call));
  return names;
}

const std::vector<std::string> kRespawn = {"respawn"};
const std::vector<std::string> kLog = {"log"};
const std::vector<std::string> kBoth = {"respawn", "log"};

constexpr Situation kFresh = {
    .action_is_current = true, .vnf_is_active = true, .incident_is_new = true};

TEST_CASE("a fresh incident of the current monitor on an active VNF is acted on") {
  const auto decision = Decide(kFresh, kRespawn);
  REQUIRE(decision.ok());
  CHECK(decision->verdict == Verdict::kAct);
  CHECK(NamesOf(*decision) == kRespawn);
}

TEST_CASE("the verdict in every situation") {
  for (const bool current : {false, true}) {
    for (const bool active : {false, true}) {
      for (const bool fresh : {false, true}) {
        for (const auto& actions : {kRespawn, kLog, kBoth, std::vector<std::string>{}}) {
          const auto decision = Decide(
              {.action_is_current = current, .vnf_is_active = active, .incident_is_new = fresh},
              actions);
          REQUIRE(decision.ok());
          const bool destructive = actions == kRespawn || actions == kBoth;
          const Verdict expected = !current                 ? Verdict::kBadAction
                                   : !fresh                 ? Verdict::kDuplicate
                                   : destructive && !active ? Verdict::kHeld
                                                            : Verdict::kAct;
          CHECK(decision->verdict == expected);
          CHECK((expected == Verdict::kAct || decision->actions.empty()));
        }
      }
    }
  }
}

TEST_CASE("the action that works on the VNF comes last, and only the first of them") {
  const std::vector<std::string> names = {"SP1-out", "log", "respawn", "notify", "log"};
  const auto decision = Decide(kFresh, names);
  REQUIRE(decision.ok());
  CHECK(NamesOf(*decision) == std::vector<std::string>{"log", "notify", "log", "SP1-out"});
}

TEST_CASE("scaling is called by the name of a scaling policy") {
  const ActionCall out = ReadActionCall("SP1-out");
  REQUIRE(out.action != nullptr);
  CHECK(out.action->name == "scale-out");
  CHECK(out.scaling_policy == "SP1");
  const ActionCall in = ReadActionCall("far-out-in");
  REQUIRE(in.action != nullptr);
  CHECK(in.action->name == "scale-in");
  CHECK(in.scaling_policy == "far-out");
  for (const std::string_view left_open : {"scale-out", "scale-in", "autoscaling", "respawn"}) {
    const ActionCall call = ReadActionCall(left_open);
    REQUIRE(call.action != nullptr);
    CHECK(call.action->name == left_open);
    CHECK(call.scaling_policy.empty());
  }
  for (const std::string_view none : {"", "-out", "-in", "SP1", "SP1-up"}) {
    CHECK(ReadActionCall(none).action == nullptr);
  }
  for (const std::string_view name : {"SP1-out", "far-out-in", "log", "scale-in"}) {
    CHECK(NameOf(ReadActionCall(name)) == name);
  }
}

TEST_CASE("scaling works on the VNF, but replaces nothing that exists") {
  for (const PolicyAction& action : PolicyActions()) {
    CHECK((!action.destructive || action.exclusive));
    CHECK((!action.scales || !action.destructive));
  }
}

TEST_CASE("unknown actions are refused in every situation, and the known ones are listed") {
  const std::vector<std::string> names = {"log", "reboot"};
  for (const bool current : {false, true}) {
    const auto decision = Decide({.action_is_current = current}, names);
    CHECK(decision.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(base::ErrorField(decision.status()) == "policy_actions");
    const std::string message(decision.status().message());
    CHECK_THAT(message, Catch::Contains("respawn") && Catch::Contains("log"));
  }
}

TEST_CASE("the list of actions is bounded") {
  const std::vector<std::string> fits(base::kActionsPerEventMax, "log");
  CHECK(Decide(kFresh, fits).ok());
  const std::vector<std::string> too_long(base::kActionsPerEventMax + 1, "log");
  CHECK_FALSE(Decide(kFresh, too_long).ok());
}

TEST_CASE("the table of actions has distinct names and can be searched") {
  std::set<std::string_view> names;
  for (const PolicyAction& action : PolicyActions()) {
    CHECK(names.insert(action.name).second);
    CHECK(FindPolicyAction(action.name) == &action);
    CHECK_FALSE(action.event_words.empty());
  }
  CHECK(FindPolicyAction("") == nullptr);
}

}  // namespace
}  // namespace gregale::policies
