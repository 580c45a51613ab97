#pragma once

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/trigger_handlers.h"

// Bodies that raise incidents, as typed requests.
namespace gregale::server {

// What is sent to a trigger's URL: Aodh's {"alarm_id", "current": "alarm"}, or the webhook of
// Prometheus Alertmanager, {"alerts": [{"status": "firing", "fingerprint", ...}]}.
absl::StatusOr<std::vector<Alarm>> ReadAlarms(std::string_view body, std::string_view vnf_id);

// {"trigger": {"policy_name", "action_name", "params": {"data": {...}}}}, with such a body as
// `data`. `vnf` is whose: id or name.
absl::StatusOr<TriggerRequest> ReadTrigger(std::string_view body, std::string_view vnf);

}  // namespace gregale::server
