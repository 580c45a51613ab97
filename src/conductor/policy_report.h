#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gregale/v1/policy_action.pb.h"
#include "lifecycle/alarm.h"
#include "store/guard_table.h"

// What a monitor or an alarm reports, checked, and how it is told to people. Pure functions.
namespace gregale::conductor {

// A report, checked. Lives as long as the request.
struct PolicyReport {
  const v1::ExecutePolicyActionRequest& request;
  std::vector<std::string> actions;
  absl::Time since = absl::InfinitePast();
  bool is_recovery = false;
  // An alarm comes from outside, through a trigger, which is the report's policy: it has no
  // address, and no action id that could be out of date.
  bool is_alarm = false;
};

// kInvalidArgument names the field.
absl::StatusOr<PolicyReport> CheckReport(const v1::ExecutePolicyActionRequest& request);

// What the VNF's trigger makes of an alarm. `id`: the incident, unique and rising. The report lives
// as long as `request`, which this fills.
PolicyReport ReportAlarm(const lifecycle::RaisedAlarm& alarm, int64_t id,
                         v1::ExecutePolicyActionRequest& request);

// What a report from the current monitor must name, too; one from another is told BAD_ACTION,
// whatever it names. Errors as above.
absl::Status CheckIncident(const v1::ExecutePolicyActionRequest& request);

store::IncidentKey KeyOf(const v1::ExecutePolicyActionRequest& request);

// "VDU 'VDU1' failed: ping to 198.18.0.3: 3 probes in a row without answer since 2026-01-02
// 03:04:05.678 (timeout); action: respawn", "Trigger 'hot' was fired: alarm; action: respawn".
std::string FailureWords(const PolicyReport& report);
// "VDU 'VDU1' answers again: ping to 198.18.0.3, after 3.0 s", "Trigger 'hot' was fired: ok".
std::string RecoveryWords(const PolicyReport& report, absl::Time now);
// "VDU 'VDU1' (ping to 198.18.0.3)", "trigger 'hot'".
std::string TargetWords(const PolicyReport& report);

}  // namespace gregale::conductor
