#include "policies/guards.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace gregale::policies {
namespace {

using base::Json;

TEST_CASE("what the table calls a default is one") {
  Json written = Json::object();
  std::set<std::string_view> names;
  for (const GuardSetting& setting : GuardTable()) {
    CHECK(names.insert(setting.name).second);
    written[std::string(setting.name)] = std::string(setting.fallback);
  }
  GuardSettings others;
  others.respawn_limit = 99;
  others.respawn_window = absl::Seconds(9);
  others.witness = false;
  others.storm_guard = false;
  others.storm_share = 0.9;
  others.storm_minimum = 99;
  others.storm_window = absl::Seconds(9);
  const auto read = ParseGuards(written, "guards", others);
  REQUIRE(read.ok());
  const GuardSettings defaults;
  CHECK(read->respawn_limit == defaults.respawn_limit);
  CHECK(read->respawn_window == defaults.respawn_window);
  CHECK(read->witness == defaults.witness);
  CHECK(read->storm_guard == defaults.storm_guard);
  CHECK(read->storm_share == defaults.storm_share);
  CHECK(read->storm_minimum == defaults.storm_minimum);
  CHECK(read->storm_window == defaults.storm_window);
}

TEST_CASE("what is not said stays as it was") {
  GuardSettings configured;
  configured.respawn_limit = 7;
  const auto read = ParseGuards({{"witness", false}, {"storm_share", "0.5"}}, "", configured);
  REQUIRE(read.ok());
  CHECK(read->respawn_limit == 7);
  CHECK_FALSE(read->witness);
  CHECK(read->storm_share == 0.5);
  CHECK(ParseGuards(Json(), "", configured)->respawn_limit == 7);
}

TEST_CASE("wrong settings are refused by name") {
  struct Case {
    Json properties;
    std::string field;
  };
  const auto c = GENERATE(Case{{{"respawn_limits", 5}}, "g.respawn_limits"},
                          Case{{{"respawn_limit", -1}}, "g.respawn_limit"},
                          Case{{{"respawn_limit", 1.5}}, "g.respawn_limit"},
                          Case{{{"respawn_window", 0}}, "g.respawn_window"},
                          Case{{{"witness", "perhaps"}}, "g.witness"},
                          Case{{{"storm_guard", 1}}, "g.storm_guard"},
                          Case{{{"storm_share", 1.01}}, "g.storm_share"},
                          Case{{{"storm_minimum", 0}}, "g.storm_minimum"},
                          Case{{{"storm_window", "nan"}}, "g.storm_window"}, Case{"none", "g"});
  CHECK(base::ErrorField(ParseGuards(c.properties, "g", {}).status()) == c.field);
}

}  // namespace
}  // namespace gregale::policies
