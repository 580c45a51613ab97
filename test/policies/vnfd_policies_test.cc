#include "policies/vnfd_policies.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"

namespace gregale::policies {
namespace {

using base::Json;

// A descriptor of one VDU whose monitoring policy is `policy`, in flow style.
absl::StatusOr<tosca::Vnfd> Descriptor(const std::string& policy) {
  return tosca::ParseVnfdYaml(
      "tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n"
      "topology_template:\n"
      "  inputs: {x: {type: string}}\n"
      "  node_templates:\n"
      "    VDU1: {type: tosca.nodes.nfv.VDU.Tacker, properties: {monitoring_policy: " +
          policy +
          "}}\n"
          "    VDU2: {type: tosca.nodes.nfv.VDU.Tacker}\n"
          "    CP1: {type: tosca.nodes.nfv.CP.Tacker, properties: {management: true},"
          " requirements: [{virtualBinding: VDU1}]}\n",
      Json(), tosca::RequireInputs::kNo);
}

TEST_CASE("the policies of a descriptor are read by VDU") {
  const auto vnfd = Descriptor("{name: ping, parameters: {count: 2}, actions: {failure: log}}");
  REQUIRE(vnfd.ok());
  const auto policies = ReadMonitoringPolicies(*vnfd);
  REQUIRE(policies.ok());
  REQUIRE(policies->size() == 1);
  CHECK(policies->at("VDU1").parameters.timing.count == 2);
  CHECK(policies->at("VDU1").actions.at("failure") == std::vector<std::string>{"log"});
}

TEST_CASE("an error names the path in the template") {
  const auto vnfd = Descriptor("{name: ping, parameters: {count: none}}");
  REQUIRE(vnfd.ok());
  CHECK(base::ErrorField(ReadMonitoringPolicies(*vnfd).status()) ==
        "topology_template.node_templates.VDU1.properties.monitoring_policy.parameters.count");
}

TEST_CASE("what waits for an input is left out of the check, and only that") {
  const auto vnfd = Descriptor("{name: ping, parameters: {interval: {get_input: x}, count: 2}}");
  REQUIRE(vnfd.ok());
  const auto policies = ReadMonitoringPolicies(*vnfd);
  REQUIRE(policies.ok());
  CHECK(policies->at("VDU1").parameters.timing.count == 2);

  const auto wrong = Descriptor("{name: ping, parameters: {interval: {get_input: x}, count: 0}}");
  CHECK_FALSE(ReadMonitoringPolicies(*wrong).ok());

  const auto nameless = Descriptor("{name: {get_input: x}, parameters: {}}");
  REQUIRE(nameless.ok());
  CHECK(ReadMonitoringPolicies(*nameless)->empty());
}

}  // namespace
}  // namespace gregale::policies
