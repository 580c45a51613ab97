#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "base/error.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {
namespace {

namespace fs = std::filesystem;

// Where samples of templates in use lie, beside the source tree.
fs::path SamplesDir() {
  if (const char* shared = std::getenv("GREGALE_SHARED")) return fs::path(shared) / "samples/vnfd";
  const char* source = std::getenv("GREGALE_SOURCE_DIR");
  return fs::path(source == nullptr ? "." : source) / "../shared/samples/vnfd";
}

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Why a sample is refused: a part of the message. Those that are not listed parse.
const std::map<std::string, std::string> kRefused = {
    {"tosca-vnfd-containerized.yaml", "needs a Kubernetes VIM"},
    {"tosca-vnfd-containerized-two-containers.yaml", "needs a Kubernetes VIM"},
    {"tosca-vnfd-host-reservation.yaml", "needs OpenStack Blazar"},
    {"tosca-vnfd-instance-reservation.yaml", "needs OpenStack Blazar"},
    {"sample-tosca-vnfd-instance-reservation.yaml", "'flavor' is not declared"},
    // These are no templates but values, a configuration and VIMs.
    {"tosca-vnfd-host-reservation-param-values.yaml", "tosca_definitions_version: is required"},
    {"tosca-vnfd-instance-reservation-param-values.yaml", "tosca_definitions_version: is required"},
    {"tosca-vnfd-param-values.yaml", "tosca_definitions_version: is required"},
    {"sample-tosca-vnf-values.yaml", "tosca_definitions_version: is required"},
    {"tosca-config-openwrt-firewall.yaml", "tosca_definitions_version: is required"},
    {"vim_config.yaml", "tosca_definitions_version: is required"},
    {"local-vim.yaml", "tosca_definitions_version: is required"},
};

TEST_CASE("samples in use parse, or are refused for the expected reason") {
  const fs::path dir = SamplesDir();
  if (!fs::is_directory(dir)) {
    std::cout << "LEFT OUT: there are no sample templates at " << dir << " (GREGALE_SHARED)\n";
    return;
  }
  int seen = 0;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    if (entry.path().extension() != ".yaml") continue;
    ++seen;
    INFO(entry.path());
    const auto vnfd = ParseVnfdYaml(ReadFile(entry.path()), base::Json(), RequireInputs::kNo);
    const auto refused = kRefused.find(entry.path().filename().string());
    if (refused == kRefused.end()) {
      INFO(vnfd.status());
      CHECK(vnfd.ok());
    } else {
      CHECK_THAT(std::string(vnfd.status().message()), Catch::Contains(refused->second));
    }
  }
  CHECK(seen > 0);
}

}  // namespace
}  // namespace gregale::tosca
