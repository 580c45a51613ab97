#include "conductor/policy_report.h"

#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "google/protobuf/util/time_util.h"
#include "policies/action.h"
#include "policies/action_names.h"
#include "policies/monitoring.h"

namespace gregale::conductor {
namespace {

using Request = v1::ExecutePolicyActionRequest;
using google::protobuf::util::TimeUtil;

absl::Status CheckLength(std::string_view field, const std::string& text) {
  if (text.size() <= base::kNameCharsMax) return absl::OkStatus();
  return base::InvalidInput(field, base::Cat("is longer than ", base::kNameCharsMax, " bytes"));
}

absl::Status CheckContext(const Request& request) {
  if (request.context_size() > base::kReportContextPairsMax) {
    return base::InvalidInput("context",
                              base::Cat("has more than ", base::kReportContextPairsMax, " pairs"));
  }
  for (const auto& [key, value] : request.context()) {
    if (key.size() > base::kNameCharsMax || value.size() > base::kNameCharsMax) {
      return base::InvalidInput("context", "has a key or value that is too long");
    }
  }
  return absl::OkStatus();
}

// "ping to 198.18.0.3", or what of it is known.
std::string ProbeWords(const Request& request) {
  const std::string policy =
      request.policy().empty() ? "monitor" : OneLine(request.policy(), base::kNameCharsMax);
  if (request.address().empty()) return policy;
  return base::Cat(policy, " to ", OneLine(request.address(), base::kNameCharsMax));
}

std::string AlarmWords(const PolicyReport& report, std::string_view state) {
  const std::string actions = base::Join(report.actions, ", ");
  return base::Cat("Trigger '", report.request.policy(), "' was fired: ", state,
                   "; action: ", actions.empty() ? "none" : actions);
}

}  // namespace

absl::StatusOr<PolicyReport> CheckReport(const Request& request) {
  PolicyReport report{.request = request, .actions = {}};
  GREGALE_RETURN_IF_ERROR(CheckContext(request));
  if (!base::IsUuid(request.vnf_id())) return base::InvalidInput("vnf_id", "is no UUID");
  if (!base::IsUuid(request.action_id())) return base::InvalidInput("action_id", "is no UUID");
  const auto events = policies::MonitorEvents();
  if (std::find(events.begin(), events.end(), request.monitor_return_value()) == events.end()) {
    return base::InvalidInput("monitor_return_value", "must be one of " + base::Join(events, ", "));
  }
  report.is_recovery = request.monitor_return_value() == "recovery";
  report.actions.assign(request.policy_actions().begin(), request.policy_actions().end());
  // An unknown action is wrong whatever the situation: so a typing error never hides behind
  // BAD_ACTION.
  GREGALE_RETURN_IF_ERROR(policies::Decide({}, report.actions).status());
  GREGALE_RETURN_IF_ERROR(CheckLength("vdu", request.vdu()));
  GREGALE_RETURN_IF_ERROR(CheckLength("policy", request.policy()));
  GREGALE_RETURN_IF_ERROR(CheckLength("address", request.address()));
  if (request.has_since()) {
    const google::protobuf::Timestamp& since = request.since();
    if (since.seconds() < TimeUtil::kTimestampMinSeconds ||
        since.seconds() > TimeUtil::kTimestampMaxSeconds || since.nanos() < 0 ||
        since.nanos() >= 1'000'000'000) {
      return base::InvalidInput("since", "is no valid timestamp");
    }
    report.since = absl::FromUnixSeconds(since.seconds()) + absl::Nanoseconds(since.nanos());
  }
  return report;
}

PolicyReport ReportAlarm(const lifecycle::RaisedAlarm& alarm, int64_t id, Request& request) {
  request.set_vnf_id(alarm.vnf_id);
  // In the place of a monitor's: who reports, and for how long what it reports is the same thing.
  request.set_action_id(alarm.vnf_id);
  request.set_monitor_return_value(alarm.event);
  request.set_vdu(alarm.vdu);
  request.set_policy(alarm.trigger);
  request.set_incident(static_cast<uint64_t>(id));
  return {.request = request,
          .actions = alarm.actions,
          .is_recovery = alarm.event == "recovery",
          .is_alarm = true};
}

absl::Status CheckIncident(const Request& request) {
  if (request.vdu().empty()) return base::InvalidInput("vdu", "is missing");
  if (request.incident() == 0 ||
      request.incident() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return base::InvalidInput("incident", "must be a number from 1");
  }
  return absl::OkStatus();
}

store::IncidentKey KeyOf(const Request& request) {
  return {.action_id = request.action_id(),
          .vdu = request.vdu(),
          .policy = request.policy(),
          .address = request.address(),
          .number = request.incident()};
}

std::string FailureWords(const PolicyReport& report) {
  if (report.is_alarm) return AlarmWords(report, "alarm");
  const Request& request = report.request;
  std::string words = base::Cat("VDU '", OneLine(request.vdu(), base::kNameCharsMax),
                                "' failed: ", ProbeWords(request), ": ");
  if (request.failed_probes() > 0) {
    base::Append(words, request.failed_probes(),
                 request.failed_probes() == 1 ? " probe" : " probes in a row", " without answer");
  } else {
    words += "no answer";
  }
  if (report.since != absl::InfinitePast()) {
    base::Append(words, " since ",
                 absl::FormatTime("%Y-%m-%d %H:%M:%E3S", report.since, absl::UTCTimeZone()));
  }
  if (!request.reason().empty()) {
    base::Append(words, " (", OneLine(request.reason(), base::kReportReasonBytesMax), ")");
  }
  const std::string actions = base::Join(report.actions, ", ");
  return base::Cat(words, "; action: ", actions.empty() ? "none" : actions);
}

std::string RecoveryWords(const PolicyReport& report, absl::Time now) {
  if (report.is_alarm) return AlarmWords(report, "ok");
  std::string words = base::Cat("VDU '", OneLine(report.request.vdu(), base::kNameCharsMax),
                                "' answers again: ", ProbeWords(report.request));
  if (report.since != absl::InfinitePast()) {
    base::Append(words, ", after ", InSeconds(now - report.since));
  }
  return words;
}

std::string TargetWords(const PolicyReport& report) {
  const Request& request = report.request;
  if (report.is_alarm) return base::Cat("trigger '", request.policy(), "'");
  return base::Cat("VDU '", OneLine(request.vdu(), base::kNameCharsMax), "' (", ProbeWords(request),
                   ")");
}

}  // namespace gregale::conductor
