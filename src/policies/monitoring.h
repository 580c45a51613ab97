#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "policies/action_names.h"

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

// When changes are no news. A target that has recovered by itself `count` times within `window`
// flaps: from then on a failure or a recovery is reported only when it has lasted `hold`.
struct FlapDamping {
  int count = 3;  // 0: never
  absl::Duration window = absl::Minutes(10);
  absl::Duration hold = absl::Minutes(1);
};

// http_ping: the request, and which answer is good.
struct HttpCheck {
  std::string path = "/";
  std::string method = "GET";
  bool tls = false;
  bool verify = false;      // the certificate, against the system's authorities
  std::string server_name;  // for Host, SNI and the certificate; "": the address
  std::vector<std::pair<int, int>> statuses = {{200, 399}};  // ranges, both ends included
  std::string body;                                          // a text that the body has in it
  bool keep_alive = false;  // probe again on the same connection, while the target keeps it open
};

// exec: the check program.
struct ExecCheck {
  std::string program;                 // a file of the executor's --check-dir
  std::vector<std::string> arguments;  // kAddressMacro in them stands for the address
  bool warning_is_failure = false;
};
inline constexpr std::string_view kAddressMacro = "$ADDRESS$";

// The parameters of a monitor action, checked. What its driver does not take has its default.
struct MonitorParameters {
  ProbeTiming timing;
  FlapDamping flapping;
  int ip_version = 4;  // which management address is probed: 4 or 6
  uint16_t port = 0;   // http_ping, tcp_ping, grpc_health
  HttpCheck http;
  std::string service;  // grpc_health: whose health; "": the server's
  ExecCheck exec;
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
  std::string_view action;  // in a workflow: "vnf.ping"; "": it probes nothing (alarm)
  std::span<const MonitorParameter> parameters;
  // What holds where `parameters` (a valid object) says nothing.
  MonitorParameters (*defaults)(const base::Json& parameters);
  // Checks the parameters together; nullptr: any will do.
  absl::Status (*check)(const MonitorParameters& parameters, std::string_view field) = nullptr;
};

// The table; one entry per file <driver>.cc.
std::span<const MonitorDriver> MonitorDrivers();
// nullptr for an unknown name.
const MonitorDriver* FindMonitorDriver(std::string_view name);
// By action name; nullptr for an unknown one.
const MonitorDriver* FindMonitorAction(std::string_view action);

// kSome: others wait for an input of the descriptor, so what is missing is no error.
enum class Given { kAll, kSome };

// Checks `parameters` (the object in the VNFD's monitoring_policy, or the same keys in an action's
// input; null: none). Unknown keys, wrong types and values out of bounds are errors that name
// `field`.key. Numbers may come as strings.
absl::StatusOr<MonitorParameters> ParseMonitorParameters(const MonitorDriver& driver,
                                                         const base::Json& parameters,
                                                         std::string_view field,
                                                         Given given = Given::kAll);

// A monitoring policy of a VDU.
struct MonitoringPolicy {
  const MonitorDriver* driver = nullptr;
  MonitorParameters parameters;
  base::Json raw_parameters;                                // as written; an object
  std::map<std::string, std::vector<std::string>> actions;  // event -> ReadActionCall's names
};

// Checks a monitoring policy, {name, parameters, actions}. `field` is its path, for errors. Errors
// are kInvalidArgument of kind "InvalidInput".
absl::StatusOr<MonitoringPolicy> ParseMonitoringPolicy(const base::Json& policy,
                                                       const ActionContext& context,
                                                       std::string_view field,
                                                       Given given = Given::kAll);

}  // namespace gregale::policies
