#include "policies/monitoring.h"

#include <catch2/catch.hpp>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/limits.h"

namespace gregale::policies {
namespace {

using base::Json;

absl::StatusOr<MonitorParameters> Parse(std::string_view driver, const Json& parameters) {
  return ParseMonitorParameters(*FindMonitorDriver(driver), parameters, "p");
}

TEST_CASE("the table of drivers has distinct names and actions and can be searched") {
  std::set<std::string_view> names;
  for (const MonitorDriver& driver : MonitorDrivers()) {
    CHECK(names.insert(driver.name).second);
    CHECK(names.insert(driver.action).second);
    CHECK(FindMonitorDriver(driver.name) == &driver);
    CHECK(FindMonitorAction(driver.action) == (driver.action.empty() ? nullptr : &driver));
  }
  CHECK(FindMonitorDriver("vnf.ping") == nullptr);
  CHECK(FindMonitorAction("ping") == nullptr);
}

TEST_CASE("every driver has valid defaults") {
  for (const std::string_view driver : {"ping", "http_ping", "tcp_ping", "grpc_health"}) {
    // A port is needed where there is no usual one.
    const bool has_usual_port = driver == "ping" || driver == "http_ping";
    const auto parameters = Parse(driver, has_usual_port ? Json() : Json{{"port", 7}});
    REQUIRE(parameters.ok());
    CHECK(parameters->timing.monitoring_delay == absl::Seconds(30));
    CHECK(parameters->timing.interval == absl::Seconds(1));
    CHECK(parameters->timing.timeout == absl::Seconds(5));
    CHECK(parameters->timing.threshold() == 5);
    CHECK(parameters->timing.recovery_count == 2);
    CHECK(parameters->ip_version == 4);
  }
}

TEST_CASE("a target is reported dead after count x interval + timeout") {
  const auto parameters = Parse("ping", {{"count", 3}, {"interval", 1}, {"timeout", 2}});
  REQUIRE(parameters.ok());
  const ProbeTiming& timing = parameters->timing;
  CHECK(timing.threshold() * timing.interval + timing.timeout == absl::Seconds(5));
}

TEST_CASE("http_ping's retry alone is the number of attempts, as in Tacker") {
  CHECK(Parse("http_ping", {{"retry", 7}})->timing.threshold() == 7);
  CHECK(Parse("http_ping", {{"retry", 2}, {"count", 3}})->timing.threshold() == 6);
  CHECK(Parse("http_ping", {{"count", 3}})->timing.threshold() == 3);
  CHECK(Parse("ping", {{"retry", 2}})->timing.threshold() == 10);
}

TEST_CASE("numbers may be whole, fractions or texts") {
  for (const Json& half : {Json(0.5), Json("0.5"), Json("5e-1")}) {
    CHECK(Parse("ping", {{"interval", half}})->timing.interval == absl::Milliseconds(500));
  }
  for (const Json& three : {Json(3), Json(3.0), Json("3")}) {
    CHECK(Parse("ping", {{"count", three}})->timing.count == 3);
  }
  const Json wrong[] = {Json(),    Json(true),          Json("three"),  Json("nan"), Json("inf"),
                        Json(2.5), Json::array({1}),    Json::object(), Json(-1),    Json(0),
                        Json(""),  Json("99999999999"), Json(1e300),    Json("0x3")};
  for (const Json& value : wrong) {
    INFO(value.dump());
    const auto refused = Parse("ping", {{"count", value}});
    CHECK(base::ErrorField(refused.status()) == "p.count");
  }
}

TEST_CASE("every number is kept within its bounds, which belong to them") {
  const std::pair<const char*, std::pair<double, double>> bounds[] = {
      {"monitoring_delay", {0, base::kMonitoringDelaySecondsMax}},
      {"interval", {base::kProbeIntervalSecondsMin, base::kProbeIntervalSecondsMax}},
      {"timeout", {base::kProbeTimeoutSecondsMin, base::kProbeTimeoutSecondsMax}},
      {"count", {1, base::kProbeCountMax}},
      {"retry", {1, base::kProbeRetryMax}},
      {"recovery_count", {1, base::kProbeCountMax}},
      {"port", {1, 65535}},
  };
  for (const auto& [name, range] : bounds) {
    INFO(name);
    CHECK(Parse("http_ping", {{name, range.first}}).ok());
    CHECK(Parse("http_ping", {{name, range.second}}).ok());
    CHECK_FALSE(Parse("http_ping", {{name, range.first - 1}}).ok());
    CHECK_FALSE(Parse("http_ping", {{name, range.second + 1}}).ok());
  }
}

}  // namespace
}  // namespace gregale::policies
