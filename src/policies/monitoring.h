#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"

// The monitoring half of policies: what to watch. Used by the server (checks), the conductor
// (workflow generation) and the executor (parameters of monitor actions). docs/policies.md is the
// user's side of it.
namespace gregale::policies {

// When to probe and when to believe it. A target is probed every `interval`; it has failed when
// `threshold()` consecutive probes got no good answer within `timeout` each. So a target that
// breaks is reported after at most threshold() * interval + timeout.
struct ProbeTiming {
  absl::Duration monitoring_delay;  // from the start (or an Update) to the first probe
  absl::Duration interval;
  absl::Duration timeout;
  int count = 1;           // probes in a round
  int retry = 1;           // rounds that must fail
  int recovery_count = 2;  // consecutive good answers after which a failed target is well again
  int threshold() const { return count * retry; }
};

// The parameters of a monitor action, checked.
struct MonitorParameters {
  ProbeTiming timing;
  int ip_version = 4;          // which management address is probed: 4 or 6
  uint16_t port = 80;          // http_ping
  std::string path = "/";      // http_ping
  std::string method = "GET";  // http_ping
};

// One parameter that a driver takes.
struct MonitorParameter {
  std::string_view name;
  // Checks the value and keeps it in `out`. The error's field is `field`.
  absl::Status (*parse)(const base::Json& value, std::string_view field, MonitorParameters& out);
};

// A kind of monitor: a row of the table of drivers.
struct MonitorDriver {
  std::string_view name;    // in a VNFD: "ping"
  std::string_view action;  // in a workflow: "vnf.ping"
  bool has_port;            // takes `port`
  bool has_path;            // takes `path`, `method`, ...
  std::span<const MonitorParameter> parameters;
  // What holds where `parameters` (a valid object) says nothing.
  MonitorParameters (*defaults)(const base::Json& parameters);
};

// The table; one entry per file <driver>.cc.
std::span<const MonitorDriver> MonitorDrivers();
// nullptr for an unknown name.
const MonitorDriver* FindMonitorDriver(std::string_view name);
// By action name; nullptr for an unknown one.
const MonitorDriver* FindMonitorAction(std::string_view action);

// Checks `parameters` (the object in the VNFD's monitoring_policy, or the same keys in an action's
// input; null: none). Unknown keys, wrong types and values out of bounds are errors that name
// `field`.key. Numbers may come as strings.
absl::StatusOr<MonitorParameters> ParseMonitorParameters(const MonitorDriver& driver,
                                                         const base::Json& parameters,
                                                         std::string_view field);

// One VDU's monitoring policy.
struct MonitoringPolicy {
  const MonitorDriver* driver = nullptr;
  MonitorParameters parameters;
  base::Json raw_parameters;                                // as written; an object
  std::map<std::string, std::vector<std::string>> actions;  // event -> policy actions, in order
};

// The events a monitor reports: "failure", "recovery".
std::span<const std::string_view> MonitorEvents();

// Checks the `monitoring_policy` of a VDU: {name, parameters, actions}. `field` is its path, for
// errors. Errors are kInvalidArgument of kind "InvalidInput".
absl::StatusOr<MonitoringPolicy> ParseMonitoringPolicy(const base::Json& policy,
                                                       std::string_view field);

}  // namespace gregale::policies
