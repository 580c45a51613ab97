#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "executor/ip_address.h"
#include "policies/monitoring.h"

namespace gregale::executor {

// What a monitor action is told but for the addresses: very many monitors can share it.
struct MonitorSettings {
  const policies::MonitorDriver* driver = nullptr;
  std::string vdu;
  // Event ("failure", "recovery") -> names.
  std::map<std::string, std::vector<std::string>> actions;
  policies::MonitorParameters parameters;
};

// The input of a monitor action (vnf.ping, vnf.http_ping), checked. As written in a workflow:
//
//   vdu: VDU1                        the VDU's name; "" or absent: none
//   addresses: [198.18.0.3]          each is a target; one may be a string; none: nothing is probed
//   actions: {failure: [respawn]}    what the conductors shall do, by event; a string stands for a
//                                    list of one; absent: nothing is reported
//   count: 3                         and the other keys of policies::ParseMonitorParameters
struct MonitorInput {
  MonitorSettings settings;
  std::vector<IpAddress> addresses;  // no address twice
};

// kInvalidArgument names the field.
absl::StatusOr<MonitorInput> ParseMonitorInput(const policies::MonitorDriver& driver,
                                               const base::Json& input);

// The key `addresses` alone.
absl::StatusOr<std::vector<IpAddress>> ParseAddresses(const base::Json& value);

// The input of Tacker's tacker.vim_ping_action: {vim_id, targetip, count, interval, timeout}, as
// that of vnf.ping; the VIM's id is in the place of the VDU's name.
absl::StatusOr<MonitorInput> ParseVimPingInput(const policies::MonitorDriver& driver,
                                               const base::Json& input);

}  // namespace gregale::executor
