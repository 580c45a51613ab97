#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "policies/vnfd_policies.h"

namespace gregale::policies {
namespace {

namespace fs = std::filesystem;

// Where samples of templates in use lie, beside the source tree.
fs::path SamplesDir() {
  if (const char* shared = std::getenv("GREGALE_SHARED")) return fs::path(shared) / "samples/vnfd";
  const char* source = std::getenv("GREGALE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "../shared/samples/vnfd";
}

// Those that the parser refuses are its tests' business.
TEST_CASE("the policies of every sample in use that parses are accepted") {
  const fs::path dir = SamplesDir();
  if (!fs::is_directory(dir)) {
    std::cout << "LEFT OUT: there are no sample templates at " << dir << " (GREGALE_SHARED)\n";
    return;
  }
  size_t monitored = 0;
  size_t scaled = 0;
  size_t triggers = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".yaml") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream yaml;
    yaml << in.rdbuf();
    const auto vnfd = tosca::ParseVnfdYaml(yaml.str(), base::Json(), tosca::RequireInputs::kNo);
    if (!vnfd.ok()) continue;
    INFO(entry.path());
    const auto policies = ReadVnfdPolicies(*vnfd, yaml.str());
    INFO(policies.status());
    REQUIRE(policies.ok());
    monitored += policies->monitoring.size();
    scaled += policies->scaling.size();
    triggers += policies->triggers.size();
  }
  CHECK(monitored >= 10);
  CHECK(scaled >= 4);
  CHECK(triggers >= 6);
}

}  // namespace
}  // namespace gregale::policies
