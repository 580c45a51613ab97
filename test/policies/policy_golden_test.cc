#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "policies/monitoring.h"
#include "support/golden.h"

namespace gregale::policies {
namespace {

std::string Describe(const MonitoringPolicy& policy) {
  const MonitorParameters& p = policy.parameters;
  std::string text = base::Cat(
      std::string(policy.driver->action), ": every ", absl::FormatDuration(p.timing.interval),
      " within ", absl::FormatDuration(p.timing.timeout), ", first after ",
      absl::FormatDuration(p.timing.monitoring_delay), "; failed after ", p.timing.threshold(),
      " (", p.timing.count, " x ", p.timing.retry, "), well after ", p.timing.recovery_count,
      "; IPv", p.ip_version, "\n");
  if (policy.driver->has_port) {
    base::Append(text, p.method, " port ", static_cast<int>(p.port), " ", p.path, "\n");
  }
  for (const auto& [event, actions] : policy.actions) {
    base::Append(text, event, ": ", base::Join(actions, ", "), "\n");
  }
  base::Append(text, "as written: ", base::DumpJson(policy.raw_parameters), "\n");
  return text;
}

// The input is a monitoring_policy, as YAML.
std::string ParseAndDescribe(const std::string& input) {
  const auto json = base::ParseYamlAsJson(input);
  if (!json.ok()) return std::string(json.status().message());
  const auto policy = ParseMonitoringPolicy(*json, "policy");
  if (policy.ok()) return Describe(*policy);
  return base::Cat(base::ErrorKind(policy.status()), " at ", base::ErrorField(policy.status()),
                   "\n", policy.status().message());
}

TEST_CASE("monitoring policies parse as the golden cases say") {
  test::RunGolden("policy", ParseAndDescribe);
}

}  // namespace
}  // namespace gregale::policies
