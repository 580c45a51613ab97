#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <catch2/catch.hpp>

#include "fuzz/targets.h"

namespace gregale::fuzz {
namespace {

// The fuzzers' corpora, once each: what was found stays found, in every build.
TEST_CASE("every file of the corpora is taken") {
  const std::filesystem::path corpus =
      std::filesystem::path(std::getenv("GREGALE_SOURCE_DIR")) / "test/fuzz/corpus";
  for (const Target& target : kTargets) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(corpus / target.name)) {
      INFO(entry.path());
      std::ifstream file(entry.path(), std::ios::binary);
      REQUIRE(file);
      target.run(std::string(std::istreambuf_iterator<char>(file), {}));
      ++files;
    }
    INFO(target.name);
    CHECK(files > 0);
  }
}

}  // namespace
}  // namespace gregale::fuzz
