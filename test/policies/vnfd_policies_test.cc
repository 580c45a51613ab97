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
  const auto policies = ReadVnfdPolicies(*vnfd);
  REQUIRE(policies.ok());
  REQUIRE(policies->monitoring.size() == 1);
  REQUIRE(policies->monitoring.at("VDU1").size() == 1);
  const MonitoringPolicy& policy = policies->monitoring.at("VDU1").front();
  CHECK(policy.parameters.timing.count == 2);
  CHECK(policy.actions.at("failure") == std::vector<std::string>{"log"});
}

TEST_CASE("an error names the path in the template") {
  const auto vnfd = Descriptor("{name: ping, parameters: {count: none}}");
  REQUIRE(vnfd.ok());
  CHECK(base::ErrorField(ReadVnfdPolicies(*vnfd).status()) ==
        "topology_template.node_templates.VDU1.properties.monitoring_policy.parameters.count");
}

TEST_CASE("what waits for an input is left out of the check, and only that") {
  const auto vnfd = Descriptor("{name: ping, parameters: {interval: {get_input: x}, count: 2}}");
  REQUIRE(vnfd.ok());
  const auto policies = ReadVnfdPolicies(*vnfd);
  REQUIRE(policies.ok());
  CHECK(policies->monitoring.at("VDU1").front().parameters.timing.count == 2);

  const auto wrong = Descriptor("{name: ping, parameters: {interval: {get_input: x}, count: 0}}");
  CHECK_FALSE(ReadVnfdPolicies(*wrong).ok());

  const auto nameless = Descriptor("{name: {get_input: x}, parameters: {}}");
  REQUIRE(nameless.ok());
  CHECK(ReadVnfdPolicies(*nameless)->monitoring.empty());
}

TEST_CASE("what a driver needs may wait for an input, too") {
  const auto vnfd = Descriptor("{name: tcp_ping, parameters: {port: {get_input: x}}}");
  REQUIRE(vnfd.ok());
  CHECK(ReadVnfdPolicies(*vnfd).ok());
  const auto without = Descriptor("{name: tcp_ping, parameters: {count: 2}}");
  CHECK_FALSE(ReadVnfdPolicies(*without).ok());
}

}  // namespace
}  // namespace gregale::policies
