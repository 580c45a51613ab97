#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "base/error.h"
#include "support/samples.h"
#include "tosca/vnfd.h"

namespace gregale::tosca {
namespace {

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
  ForEachSample([](const std::filesystem::path& path, const std::string& text) {
    INFO(path);
    const auto vnfd = ParseVnfdYaml(text, base::Json(), RequireInputs::kNo);
    const auto refused = kRefused.find(path.filename().string());
    if (refused == kRefused.end()) {
      INFO(vnfd.status());
      CHECK(vnfd.ok());
    } else {
      CHECK_THAT(std::string(vnfd.status().message()), Catch::Contains(refused->second));
    }
  });
}

}  // namespace
}  // namespace gregale::tosca
