#include "executor/monitor_input.h"

#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

namespace gregale::executor {
namespace {

using base::InvalidInput;
using base::Json;

// A list of strings; one string stands for a list of one.
absl::StatusOr<std::vector<std::string>> ParseNames(const Json& value, const std::string& field,
                                                    size_t names_max) {
  const Json list = value.is_array() ? value : Json::array({value});
  if (list.size() > names_max) return InvalidInput(field, base::Cat("more than ", names_max));
  std::vector<std::string> names;
  for (const Json& item : list) {
    if (!item.is_string()) return InvalidInput(field, "must be a list of strings");
    const auto& name = item.get_ref<const std::string&>();
    if (name.empty() || name.size() > base::kNameCharsMax) {
      return InvalidInput(field, "a name has 1 to 255 characters");
    }
    names.push_back(name);
  }
  return names;
}

absl::Status ParseActions(const Json& value, MonitorSettings* result) {
  if (value.is_null()) return absl::OkStatus();
  if (!value.is_object()) return InvalidInput("actions", "must be an object: event -> actions");
  for (const auto& [event, names] : value.items()) {
    if (event != "failure" && event != "recovery") {
      return InvalidInput("actions", base::Cat("unknown event '", event.substr(0, 64),
                                               "'; known: failure, recovery"));
    }
    GREGALE_ASSIGN_OR_RETURN(result->actions[event], ParseNames(names, base::Cat("actions.", event),
                                                                base::kActionsPerEventMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<IpAddress>> ParseAddresses(const Json& value) {
  GREGALE_ASSIGN_OR_RETURN(const auto texts,
                           ParseNames(value, "addresses", base::kInstancesPerVduMax));
  std::vector<IpAddress> addresses;
  for (const std::string& text : texts) {
    auto address = IpAddress::Parse(text);
    if (!address.ok()) {
      return InvalidInput("addresses", base::FromAbsl(address.status().message()));
    }
    if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

absl::StatusOr<MonitorInput> ParseMonitorInput(const policies::MonitorDriver& driver,
                                               const Json& input) {
  if (!input.is_object()) return InvalidInput("input", "must be an object");
  if (!input.contains("addresses")) return InvalidInput("addresses", "is missing");
  MonitorInput result;
  MonitorSettings& settings = result.settings;
  settings.driver = &driver;
  Json parameters = Json::object();
  for (const auto& [key, value] : input.items()) {
    if (key == "vdu") {
      if (!value.is_string() || value.get_ref<const std::string&>().size() > base::kNameCharsMax) {
        return InvalidInput("vdu", "must be a name of at most 255 characters");
      }
      settings.vdu = value;
    } else if (key == "addresses") {
      GREGALE_ASSIGN_OR_RETURN(result.addresses, ParseAddresses(value));
    } else if (key == "actions") {
      GREGALE_RETURN_IF_ERROR(ParseActions(value, &settings));
    } else {
      parameters[key] = value;
    }
  }
  GREGALE_ASSIGN_OR_RETURN(settings.parameters,
                           policies::ParseMonitorParameters(driver, parameters, "input"));
  return result;
}

absl::StatusOr<MonitorInput> ParseVimPingInput(const policies::MonitorDriver& driver,
                                               const Json& input) {
  if (!input.is_object()) return InvalidInput("input", "must be an object");
  if (!input.contains("targetip")) return InvalidInput("targetip", "is missing");
  Json translated = Json::object();
  for (const auto& [key, value] : input.items()) {
    if (key == "targetip") {
      translated["addresses"] = value;
    } else if (key == "vim_id") {
      translated["vdu"] = value;
    } else if (key == "addresses" || key == "vdu") {
      return InvalidInput(key, "is no input of tacker.vim_ping_action");
    } else {
      translated[key] = value;
    }
  }
  if (!translated.contains("monitoring_delay")) translated["monitoring_delay"] = 0;
  return ParseMonitorInput(driver, translated);
}

}  // namespace gregale::executor
