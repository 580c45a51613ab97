#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "policies/monitoring.h"
#include "support/golden.h"

namespace gregale::policies {
namespace {

std::string Describe(const MonitorParameters& p) {
  std::string text =
      base::Cat("every ", absl::FormatDuration(p.timing.interval), " within ",
                absl::FormatDuration(p.timing.timeout), ", first after ",
                absl::FormatDuration(p.timing.monitoring_delay), "; failed after ",
                p.timing.threshold(), " (", p.timing.count, " x ", p.timing.retry, "), well after ",
                p.timing.recovery_count, "; IPv", p.ip_version, "\n");
  base::Append(text, "flaps after ", p.flapping.count, " in ",
               absl::FormatDuration(p.flapping.window), ", held for ",
               absl::FormatDuration(p.flapping.hold), "\n");
  return text;
}

std::string Describe(const HttpCheck& http, int port) {
  std::string text =
      base::Cat(http.method, http.tls ? " https" : " http", " port ", port, " ", http.path, " of '",
                http.server_name, "'", http.verify ? " verified" : "", ": ");
  for (const auto& [first, last] : http.statuses) base::Append(text, first, "-", last, " ");
  return base::Cat(text, "with '", http.body, "'\n");
}

std::string Describe(const MonitoringPolicy& policy) {
  const MonitorParameters& p = policy.parameters;
  const std::string_view driver = policy.driver->name;
  std::string text = base::Cat(driver, " by '", policy.driver->action, "'\n");
  if (driver != "alarm") text += Describe(p);
  if (driver == "http_ping") text += Describe(p.http, p.port);
  if (driver == "tcp_ping") base::Append(text, "port ", static_cast<int>(p.port), "\n");
  if (driver == "grpc_health") {
    base::Append(text, "port ", static_cast<int>(p.port), ", service '", p.service, "'\n");
  }
  if (driver == "exec") {
    base::Append(text, p.exec.program, " [", base::Join(p.exec.arguments, "|"), "]",
                 p.exec.warning_is_failure ? " also fails on a warning" : "", "\n");
  }
  for (const auto& [event, actions] : policy.actions) {
    base::Append(text, event, ": ", base::Join(actions, ", "), "\n");
  }
  base::Append(text, "as written: ", base::DumpJson(policy.raw_parameters), "\n");
  return text;
}

// The input is a monitoring_policy, as YAML, in a descriptor with the scaling policies SP1, which
// has the VDU, and SP2, and with a receiver.
std::string ParseAndDescribe(const std::string& input) {
  const auto json = base::ParseYamlAsJson(input);
  if (!json.ok()) return std::string(json.status().message());
  const ActionContext context{
      .scaling_policies = {"SP1", "SP2"}, .scaling_policy = "SP1", .has_receivers = true};
  const auto policy = ParseMonitoringPolicy(*json, context, "policy");
  if (policy.ok()) return Describe(*policy);
  return base::Cat(base::ErrorKind(policy.status()), " at ", base::ErrorField(policy.status()),
                   "\n", policy.status().message());
}

TEST_CASE("monitoring policies parse as the golden cases say") {
  test::RunGolden("policy", ParseAndDescribe);
}

}  // namespace
}  // namespace gregale::policies
