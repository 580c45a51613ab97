#include "server/trigger_body.h"

#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/errors.h"
#include "server/tacker_body.h"
#include "server/text_rules.h"

namespace gregale::server {
namespace {

using base::Json;

// "" where there is none, or it is no text.
std::string TextOf(const Json& object, const char* key) {
  const auto value = object.find(key);
  return value != object.end() && value->is_string() ? value->get<std::string>() : "";
}

absl::Status CheckId(const std::string& id, std::string_view vnf_id) {
  if (id.empty()) return AlarmUrlInvalid(vnf_id, "the alarm has no id");
  return CheckText("alarm_id", id, base::kNameCharsMax);
}

absl::StatusOr<Alarm> ReadAodhAlarm(const Json& body, std::string_view vnf_id) {
  Alarm alarm = {.id = TextOf(body, "alarm_id")};
  GREGALE_RETURN_IF_ERROR(CheckId(alarm.id, vnf_id));
  const std::string current = TextOf(body, "current");
  if (current == "alarm") {
    alarm.state = Alarm::State::kFiring;
  } else if (current == "ok") {
    alarm.state = Alarm::State::kOk;
  } else if (current == "insufficient data") {
    alarm.state = Alarm::State::kUnknown;
  } else {
    return AlarmUrlInvalid(vnf_id, "'current' must be alarm, ok or insufficient data");
  }
  return alarm;
}

// An alert that begins anew is another one: so its beginning belongs to what identifies it.
absl::StatusOr<Alarm> ReadAlert(const Json& alert, std::string_view vnf_id) {
  if (!alert.is_object()) return AlarmUrlInvalid(vnf_id, "an alert is no object");
  Alarm alarm = {.id = TextOf(alert, "fingerprint")};
  GREGALE_RETURN_IF_ERROR(CheckId(alarm.id, vnf_id));
  base::Append(alarm.id, "@", TextOf(alert, "startsAt"));
  GREGALE_RETURN_IF_ERROR(CheckText("startsAt", alarm.id, base::kNameCharsMax));
  const std::string status = TextOf(alert, "status");
  if (status != "firing" && status != "resolved") {
    return AlarmUrlInvalid(vnf_id, "an alert's status must be firing or resolved");
  }
  alarm.state = status == "firing" ? Alarm::State::kFiring : Alarm::State::kOk;
  return alarm;
}

absl::StatusOr<std::vector<Alarm>> AlarmsOf(const Json& body, std::string_view vnf_id) {
  if (!body.is_object()) return AlarmUrlInvalid(vnf_id, "the body is no object");
  std::vector<Alarm> alarms;
  const auto alerts = body.find("alerts");
  if (alerts == body.end()) {
    GREGALE_ASSIGN_OR_RETURN(Alarm alarm, ReadAodhAlarm(body, vnf_id));
    alarms.push_back(std::move(alarm));
    return alarms;
  }
  if (!alerts->is_array() || alerts->empty()) return AlarmUrlInvalid(vnf_id, "there is no alert");
  if (alerts->size() > base::kAlarmsPerDeliveryMax) {
    return AlarmUrlInvalid(vnf_id, base::Cat("there are more than ", base::kAlarmsPerDeliveryMax,
                                             " alerts: set max_alerts of the webhook"));
  }
  for (const Json& alert : *alerts) {
    GREGALE_ASSIGN_OR_RETURN(Alarm alarm, ReadAlert(alert, vnf_id));
    alarms.push_back(std::move(alarm));
  }
  return alarms;
}

}  // namespace

absl::StatusOr<std::vector<Alarm>> ReadAlarms(std::string_view body, std::string_view vnf_id) {
  if (body.empty()) return BadRequest("Resource body required");
  GREGALE_ASSIGN_OR_RETURN(const Json document, ReadJson(body));
  return AlarmsOf(document, vnf_id);
}

absl::StatusOr<TriggerRequest> ReadTrigger(std::string_view body, std::string_view vnf) {
  GREGALE_ASSIGN_OR_RETURN(const Json trigger, ReadBody(body, kTriggerSchema, BodyOf::kPost));
  TriggerRequest request = {.vnf = std::string(vnf),
                            .trigger = TextOf(trigger, "policy_name"),
                            .actions = TextOf(trigger, "action_name")};
  GREGALE_ASSIGN_OR_RETURN(request.alarms, AlarmsOf(trigger["params"].value("data", Json()), vnf));
  return request;
}

}  // namespace gregale::server
