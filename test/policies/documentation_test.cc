#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "base/text.h"
#include "policies/action.h"
#include "policies/guards.h"
#include "policies/vnfd_policies.h"

namespace gregale::policies {
namespace {

std::string PoliciesDocument() {
  const char* source_dir = std::getenv("GREGALE_SOURCE_DIR");
  REQUIRE(source_dir != nullptr);
  std::ifstream in(std::string(source_dir) + "/docs/policies.md");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

TEST_CASE("docs/policies.md has every driver, parameter, event, action and guard") {
  const std::string document = PoliciesDocument();
  const auto documented = [&](std::string_view name) {
    INFO(name);
    const std::string row = base::Cat("\n| `", name, "`");
    const std::string second = base::Cat(", `", name, "` |");  // of a row about two
    CHECK((base::Contains(document, row) || base::Contains(document, second)));
  };
  for (const MonitorDriver& driver : MonitorDrivers()) {
    documented(driver.name);
    for (const MonitorParameter& parameter : driver.parameters) documented(parameter.name);
  }
  for (const std::string_view event : MonitorEvents()) documented(event);
  for (const PolicyAction& action : PolicyActions()) documented(action.name);
  for (const GuardSetting& guard : GuardTable()) documented(guard.name);
}

TEST_CASE("the descriptors in docs/policies.md are accepted") {
  const std::string document = PoliciesDocument();
  const std::string begin = "```yaml vnfd\n";
  int seen = 0;
  for (size_t at = document.find(begin); at != std::string::npos; at = document.find(begin, at)) {
    at += begin.size();
    const std::string yaml = document.substr(at, document.find("```", at) - at);
    const auto vnfd = tosca::ParseVnfdYaml(yaml, base::Json(), tosca::RequireInputs::kYes);
    INFO(vnfd.status());
    REQUIRE(vnfd.ok());
    const auto policies = ReadVnfdPolicies(*vnfd, yaml);
    INFO(policies.status());
    REQUIRE(policies.ok());
    CHECK_FALSE(policies->monitoring.empty());
    ++seen;
  }
  CHECK(seen > 0);
}

}  // namespace
}  // namespace gregale::policies
