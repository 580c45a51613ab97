#include "conductor/policy_action_handler.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/vnf_event.h"
#include "google/protobuf/util/time_util.h"
#include "policies/action.h"
#include "policies/monitoring.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using Request = v1::ExecutePolicyActionRequest;
using Response = v1::ExecutePolicyActionResponse;
using google::protobuf::util::TimeUtil;

constexpr absl::Duration kHeldRetryAfter = absl::Seconds(1);

// A report, checked.
struct Report {
  const Request& request;
  std::vector<std::string> actions;
  absl::Time since = absl::InfinitePast();
  bool is_recovery = false;
  std::string operation_id;  // for the operation that may be needed
};

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

absl::StatusOr<Report> Check(const Request& request) {
  Report report{.request = request, .actions = {}, .operation_id = {}};
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

// What a report from the current monitor must name; one from another is told BAD_ACTION, whatever
// it names.
absl::Status CheckIncident(const Request& request) {
  if (request.vdu().empty()) return base::InvalidInput("vdu", "is missing");
  if (request.incident() == 0 ||
      request.incident() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return base::InvalidInput("incident", "must be a number from 1");
  }
  return absl::OkStatus();
}

// The monitor knows the VNF as it is now. After a respawn its input is new, and until the monitor
// has confirmed that, what it reports is about machines that are gone: to act on that would respawn
// the VNF a second time for nothing.
absl::StatusOr<bool> MonitorIsUpToDate(store::Txn& txn, const Report& report) {
  GREGALE_ASSIGN_OR_RETURN(const auto instances,
                           store::ListVduInstances(txn, report.request.vnf_id()));
  bool knows_vdu = false;
  bool knows_address = report.request.address().empty();
  for (const store::VduInstance& instance : instances) {
    if (instance.vdu != report.request.vdu()) continue;
    knows_vdu = true;
    const auto& addresses = instance.addresses;
    knows_address |=
        std::find(addresses.begin(), addresses.end(), report.request.address()) != addresses.end();
  }
  if (!knows_vdu) return base::InvalidInput("vdu", "the VNF has no VDU of this name");
  const absl::StatusOr<store::Placement> placement =
      store::GetPlacement(txn, report.request.vnf_id());
  if (absl::IsNotFound(placement.status())) return knows_address;
  GREGALE_RETURN_IF_ERROR(placement.status());
  const bool confirmed =
      placement->acked_version == 0 || placement->acked_version >= placement->version;
  return knows_address && confirmed;
}

// "ping to 198.18.0.3", or what of it is known.
std::string ProbeWords(const Request& request) {
  const std::string policy =
      request.policy().empty() ? "monitor" : OneLine(request.policy(), base::kNameCharsMax);
  if (request.address().empty()) return policy;
  return base::Cat(policy, " to ", OneLine(request.address(), base::kNameCharsMax));
}

// "VDU 'VDU1' failed: ping to 198.18.0.3: 3 probes in a row without answer since 2026-01-02
// 03:04:05.678 (timeout); action: respawn".
std::string FailureWords(const Report& report) {
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

std::string RecoveryWords(const Report& report, absl::Time now) {
  std::string words = base::Cat("VDU '", OneLine(report.request.vdu(), base::kNameCharsMax),
                                "' answers again: ", ProbeWords(report.request));
  if (report.since != absl::InfinitePast()) {
    base::Append(words, ", after ", InSeconds(now - report.since));
  }
  return words;
}

// The VNF is dead, and an operation will replace it.
absl::Status StartRespawn(store::Txn& txn, const Report& report, store::Vnf& vnf,
                          const policies::PolicyAction& action) {
  int64_t failures = 0;
  const auto counted = vnf.attributes.find("failure_count");
  if (counted != vnf.attributes.end())
    failures = std::strtoll(counted->second.c_str(), nullptr, 10);
  ++failures;
  vnf.attributes["failure_count"] = base::Cat(failures);
  vnf.attributes[base::Cat("dead_instance_id_", failures)] = vnf.instance_id;
  vnf.status = store::VnfStatus::kDead;
  GREGALE_RETURN_IF_ERROR(store::UpdateVnf(txn, vnf));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kMonitorEvent, ""));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kMonitorEvent, action.event_words));

  OperationState state;
  state.SetTime("dead_since", txn.now());
  state.SetTime("failed_since", report.since);
  state.SetNumber("failure_count", failures);
  store::Operation operation;
  operation.id = report.operation_id;
  operation.kind = std::string(kRespawnOperation.name);
  operation.vnf_id = vnf.id;
  operation.key = base::Cat("incident:", report.request.action_id(), ":", report.request.vdu(), ":",
                            report.request.policy(), ":", report.request.address(), ":",
                            report.request.incident());
  operation.state = state.ToText();
  operation.run_at = txn.now();
  operation.status = "open";
  operation.created_at = txn.now();
  return store::InsertOperation(txn, operation);
}

absl::Status WriteEvent(store::Txn& txn, const Report&, store::Vnf& vnf,
                        const policies::PolicyAction& action) {
  return AddVnfEvent(txn, vnf, kMonitorEvent, action.event_words);
}

// What a conductor does for a policy action: the acting half of policies' table.
struct Effect {
  std::string_view action;
  absl::Status (*perform)(store::Txn&, const Report&, store::Vnf&, const policies::PolicyAction&);
};
constexpr Effect kEffects[] = {
    {"log", WriteEvent},
    {"respawn", StartRespawn},
};

absl::Status Perform(store::Txn& txn, const Report& report, store::Vnf& vnf,
                     const policies::PolicyAction& action) {
  for (const Effect& effect : kEffects) {
    if (effect.action == action.name) return effect.perform(txn, report, vnf, action);
  }
  return absl::UnimplementedError(
      base::Cat("policy action '", action.name, "' cannot be done yet"));
}

Response Answer(const Report& report, Response::Disposition disposition,
                std::string operation_id = {}) {
  Response response;
  response.set_status(disposition == Response::DISPOSITION_BAD_ACTION
                          ? "BAD_ACTION"
                          : report.request.monitor_return_value());
  response.set_disposition(disposition);
  response.set_operation_id(std::move(operation_id));
  if (disposition == Response::DISPOSITION_HELD) {
    response.mutable_retry_after()->set_seconds(absl::ToInt64Seconds(kHeldRetryAfter));
  }
  return response;
}

// The current VNF of the report; nullopt where the report comes from a monitor that is not the
// VNF's.
absl::StatusOr<std::optional<store::Vnf>> FindVnf(store::Txn& txn, const Report& report) {
  absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, report.request.vnf_id());
  if (absl::IsNotFound(vnf.status())) return std::optional<store::Vnf>();
  GREGALE_RETURN_IF_ERROR(vnf.status());
  if (vnf->mistral_action_id != report.request.action_id()) return std::optional<store::Vnf>();
  return std::optional<store::Vnf>(*std::move(vnf));
}

absl::Status Act(store::Txn& txn, const Report& report, const policies::Decision& decision,
                 store::Vnf& vnf) {
  GREGALE_RETURN_IF_ERROR(
      AddVnfEvent(txn, vnf, kMonitorEvent,
                  report.is_recovery ? RecoveryWords(report, txn.now()) : FailureWords(report)));
  for (const policies::ActionCall& call : decision.actions) {
    GREGALE_RETURN_IF_ERROR(Perform(txn, report, vnf, *call.action));
  }
  return absl::OkStatus();
}

// kCancelled: `response` is the answer, and nothing may be written.
absl::Status Handle(store::Txn& txn, const Report& report, Response& response) {
  GREGALE_ASSIGN_OR_RETURN(std::optional<store::Vnf> vnf, FindVnf(txn, report));
  if (!vnf.has_value()) {
    response = Answer(report, Response::DISPOSITION_BAD_ACTION);
    return absl::CancelledError();
  }
  GREGALE_RETURN_IF_ERROR(CheckIncident(report.request));
  const bool destructive = std::any_of(
      report.actions.begin(), report.actions.end(),
      [](const std::string& name) { return policies::ReadActionCall(name).action->destructive; });
  store::Incident incident{.action_id = report.request.action_id(),
                           .vdu = report.request.vdu(),
                           .policy = report.request.policy(),
                           .address = report.request.address(),
                           .number = report.request.incident(),
                           .vnf_id = vnf->id,
                           .operation_id = destructive ? report.operation_id : "",
                           .received_at = txn.now()};
  GREGALE_ASSIGN_OR_RETURN(const bool is_new, store::InsertIncident(txn, incident));
  GREGALE_ASSIGN_OR_RETURN(const bool up_to_date, MonitorIsUpToDate(txn, report));
  const policies::Situation situation{
      .action_is_current = true,
      .vnf_is_active = vnf->status == store::VnfStatus::kActive && up_to_date,
      .incident_is_new = is_new};
  GREGALE_ASSIGN_OR_RETURN(const policies::Decision decision,
                           policies::Decide(situation, report.actions));
  switch (decision.verdict) {
    case policies::Decision::Verdict::kBadAction:
      response = Answer(report, Response::DISPOSITION_BAD_ACTION);
      return absl::CancelledError();
    case policies::Decision::Verdict::kDuplicate:
      response = Answer(report, Response::DISPOSITION_DUPLICATE, incident.operation_id);
      return absl::CancelledError();
    case policies::Decision::Verdict::kHeld:
      // The incident is forgotten again, so that its repetition is new.
      response = Answer(report, Response::DISPOSITION_HELD);
      return absl::CancelledError();
    case policies::Decision::Verdict::kAct:
      break;
  }
  response = Answer(report, Response::DISPOSITION_ACCEPTED, incident.operation_id);
  return Act(txn, report, decision, *vnf);
}

}  // namespace

absl::StatusOr<Response> ExecutePolicyAction(store::Store& store, base::Random& random,
                                             const Request& request) {
  GREGALE_ASSIGN_OR_RETURN(Report report, Check(request));
  report.operation_id = base::NewUuid(random);
  Response response;
  const absl::Status written =
      store.Write([&](store::Txn& txn) { return Handle(txn, report, response); });
  if (!written.ok() && !absl::IsCancelled(written)) return written;
  base::LogInfo("report answered",
                {{"vnf", request.vnf_id()},
                 {"vdu", OneLine(request.vdu(), base::kNameCharsMax)},
                 {"event", request.monitor_return_value()},
                 {"incident", base::Cat(request.incident())},
                 {"answer", Response::Disposition_Name(response.disposition())}});
  return response;
}

}  // namespace gregale::conductor
