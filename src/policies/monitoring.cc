#include "policies/monitoring.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "policies/drivers.h"

namespace gregale::policies {
namespace {

using base::Json;

constexpr std::array<std::string_view, 3> kPolicyKeys = {"name", "parameters", "actions"};

// How names are listed in errors: "ping, http_ping".
template <class Rows>
std::string NamesOf(const Rows& rows) {
  std::vector<std::string_view> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names.empty() ? "none" : base::Join(names, ", ");
}

std::string Field(std::string_view parent, std::string_view key) {
  return parent.empty() ? std::string(key) : base::Cat(parent, ".", key);
}

absl::Status Unknown(std::string_view field, std::string_view what, std::string_view known) {
  return base::InvalidInput(field, base::Cat("no such ", what, "; known are ", known));
}

absl::Status ReadActions(const Json& actions, const ActionContext& context,
                         const std::string& field, MonitoringPolicy& policy) {
  if (actions.is_null()) return absl::OkStatus();
  if (!actions.is_object()) return base::InvalidInput(field, "must be a map of events to actions");
  for (const auto& [event, value] : actions.items()) {
    const std::string event_field = Field(field, event);
    const auto events = MonitorEvents();
    if (std::ranges::find(events, std::string_view(event)) == events.end()) {
      return Unknown(event_field, "event", base::Join(events, ", "));
    }
    GREGALE_ASSIGN_OR_RETURN(policy.actions[event],
                             ReadActionNames(value, event, context, event_field));
  }
  return absl::OkStatus();
}

Json MemberOrNull(const Json& map, std::string_view key) {
  const auto found = map.find(key);
  return found == map.end() ? Json() : *found;
}

}  // namespace

std::span<const MonitorDriver> MonitorDrivers() {
  static const std::array<MonitorDriver, 6> drivers = {PingDriver(),    HttpPingDriver(),
                                                       TcpPingDriver(), GrpcHealthDriver(),
                                                       ExecDriver(),    AlarmDriver()};
  return drivers;
}

const MonitorDriver* FindMonitorDriver(std::string_view name) {
  const auto drivers = MonitorDrivers();
  const auto found = std::ranges::find(drivers, name, &MonitorDriver::name);
  return found == drivers.end() ? nullptr : &*found;
}

const MonitorDriver* FindMonitorAction(std::string_view action) {
  const auto drivers = MonitorDrivers();
  if (action.empty()) return nullptr;
  const auto found = std::ranges::find(drivers, action, &MonitorDriver::action);
  return found == drivers.end() ? nullptr : &*found;
}

absl::StatusOr<MonitorParameters> ParseMonitorParameters(const MonitorDriver& driver,
                                                         const Json& parameters,
                                                         std::string_view field, Given given) {
  if (!parameters.is_null() && !parameters.is_object()) {
    return base::InvalidInput(
        field, base::Cat("must be a map; ", driver.name, " knows ", NamesOf(driver.parameters)));
  }
  MonitorParameters parsed = driver.defaults(parameters.is_null() ? Json::object() : parameters);
  for (const auto& [key, value] : parameters.items()) {
    const auto parameter =
        std::ranges::find(driver.parameters, std::string_view(key), &MonitorParameter::name);
    if (parameter == driver.parameters.end()) {
      return Unknown(Field(field, key), base::Cat("parameter of ", driver.name),
                     NamesOf(driver.parameters));
    }
    GREGALE_RETURN_IF_ERROR(parameter->parse(value, Field(field, key), parsed));
  }
  if (given == Given::kAll && driver.check != nullptr) {
    GREGALE_RETURN_IF_ERROR(driver.check(parsed, field));
  }
  return parsed;
}

absl::StatusOr<MonitoringPolicy> ParseMonitoringPolicy(const Json& policy,
                                                       const ActionContext& context,
                                                       std::string_view field, Given given) {
  if (!policy.is_object()) {
    return base::InvalidInput(field, "must be a map with name, parameters and actions");
  }
  for (const auto& [key, value] : policy.items()) {
    if (std::ranges::find(kPolicyKeys, std::string_view(key)) == kPolicyKeys.end()) {
      return Unknown(Field(field, key), "key", base::Join(kPolicyKeys, ", "));
    }
  }
  MonitoringPolicy parsed;
  const Json name = MemberOrNull(policy, "name");
  if (name.is_string()) parsed.driver = FindMonitorDriver(name.get_ref<const std::string&>());
  if (parsed.driver == nullptr) {
    return Unknown(Field(field, "name"), "monitoring driver", NamesOf(MonitorDrivers()));
  }
  const Json parameters = MemberOrNull(policy, "parameters");
  GREGALE_ASSIGN_OR_RETURN(
      parsed.parameters,
      ParseMonitorParameters(*parsed.driver, parameters, Field(field, "parameters"), given));
  parsed.raw_parameters = parameters.is_null() ? Json::object() : parameters;
  GREGALE_RETURN_IF_ERROR(
      ReadActions(MemberOrNull(policy, "actions"), context, Field(field, "actions"), parsed));
  return parsed;
}

}  // namespace gregale::policies
