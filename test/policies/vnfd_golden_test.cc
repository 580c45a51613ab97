#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "policies/affinity.h"
#include "policies/vnfd_policies.h"
#include "support/golden.h"

namespace gregale::policies {
namespace {

std::string Describe(const std::map<std::string, std::vector<std::string>>& actions) {
  std::string text;
  for (const auto& [event, names] : actions) {
    base::Append(text, " ", event, ": [", base::Join(names, ", "), "]");
  }
  return text;
}

std::string Describe(const VnfdPolicies& policies) {
  std::string text;
  for (const auto& [vdu, list] : policies.monitoring) {
    for (const MonitoringPolicy& policy : list) {
      base::Append(text, vdu, " ", policy.driver->name, " ", base::DumpJson(policy.raw_parameters),
                   Describe(policy.actions), "\n");
    }
  }
  for (const ScalingPolicy& policy : policies.scaling) {
    base::Append(text, "scaling ", policy.name, " of ", base::Join(policy.targets, ", "), "\n");
  }
  for (const Trigger& trigger : policies.triggers) {
    base::Append(text, "trigger ", trigger.name, " of ", trigger.policy, " about '", trigger.vdu,
                 "'", Describe(trigger.actions), "\n");
  }
  for (const Receiver& receiver : policies.receivers) {
    base::Append(text, "receiver ", receiver.name, " ", receiver.url, "\n");
  }
  return base::Cat(text, "guards ", base::DumpJson(policies.guards), "\n");
}

// The input is a descriptor without its first line.
std::string ParseAndDescribe(const std::string& input) {
  const std::string yaml =
      base::Cat("tosca_definitions_version: tosca_simple_profile_for_nfv_1_0_0\n", input, "\n");
  const auto vnfd = tosca::ParseVnfdYaml(yaml, base::Json(), tosca::RequireInputs::kNo);
  if (!vnfd.ok()) return std::string(vnfd.status().message());
  const auto policies = ReadVnfdPolicies(*vnfd, yaml);
  if (policies.ok()) {
    const std::string affinity = base::LabelsText(ReadAffinity(*vnfd).value());
    return Describe(*policies) + (affinity.empty() ? "" : base::Cat("affinity ", affinity, "\n"));
  }
  return base::Cat(base::ErrorKind(policies.status()), " at ", base::ErrorField(policies.status()),
                   "\n", policies.status().message());
}

TEST_CASE("the policies of descriptors are read as the golden cases say") {
  test::RunGolden("vnfd_policies", ParseAndDescribe);
}

}  // namespace
}  // namespace gregale::policies
