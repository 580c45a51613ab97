#include "support/samples.h"

#include <catch2/catch.hpp>

#include "policies/vnfd_policies.h"

namespace gregale::policies {
namespace {

// Those that the parser refuses are its tests' business.
TEST_CASE("the policies of every sample in use that parses are accepted") {
  size_t monitored = 0;
  size_t scaled = 0;
  size_t triggers = 0;
  const int seen = ForEachSample([&](const std::filesystem::path& path, const std::string& yaml) {
    const auto vnfd = tosca::ParseVnfdYaml(yaml, base::Json(), tosca::RequireInputs::kNo);
    if (!vnfd.ok()) return;
    INFO(path);
    const auto policies = ReadVnfdPolicies(*vnfd, yaml);
    INFO(policies.status());
    REQUIRE(policies.ok());
    monitored += policies->monitoring.size();
    scaled += policies->scaling.size();
    triggers += policies->triggers.size();
  });
  if (seen == 0) return;
  CHECK(monitored >= 10);
  CHECK(scaled >= 4);
  CHECK(triggers >= 6);
}

}  // namespace
}  // namespace gregale::policies
