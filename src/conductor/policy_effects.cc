#include "conductor/policy_effects.h"

#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "conductor/vnf_monitoring.h"
#include "lifecycle/descriptor.h"
#include "lifecycle/notification.h"
#include "lifecycle/requests.h"
#include "lifecycle/transitions.h"
#include "policies/vnfd_policies.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

// One action that is being begun.
struct Effect {
  store::Txn& txn;
  const PolicyReport& report;
  const policies::ActionCall& call;
  const EffectIds& ids;
  store::Vnf& vnf;

  absl::Status AddWords() const {
    return AddVnfEvent(txn, vnf, kMonitorEvent, call.action->event_words);
  }
  lifecycle::Start Start(std::string_view what = "incident") const {
    const store::IncidentKey key = KeyOf(report.request);
    return {.operation_id = ids.operation,
            .key = base::Cat(what, ":", key.action_id, ":", key.vdu, ":", key.policy, ":",
                             key.address, ":", key.number)};
  }
};

using Performed = absl::StatusOr<bool>;

Performed Begun(const absl::Status& status) {
  GREGALE_RETURN_IF_ERROR(status);
  return true;
}

Performed Log(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(effect.AddWords());
  return false;
}

lifecycle::Notification AsNotification(const PolicyReport& report) {
  const auto& request = report.request;
  lifecycle::Notification notification = {
      .event = request.monitor_return_value(), .vdu = request.vdu(), .policy = request.policy()};
  base::Json& details = notification.details;
  details["address"] = request.address();
  details["reason"] = OneLine(request.reason(), base::kReportReasonBytesMax);
  details["failed_probes"] = request.failed_probes();
  if (report.since != absl::InfinitePast()) {
    details["since"] = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", report.since, absl::UTCTimeZone());
  }
  details["actions"] = report.actions;
  return notification;
}

Performed Notify(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(effect.AddWords());
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Descriptor descriptor,
                           lifecycle::ReadDescriptor(effect.txn, effect.vnf));
  GREGALE_ASSIGN_OR_RETURN(const policies::VnfdPolicies policies,
                           policies::ReadVnfdPolicies(descriptor.vnfd));
  const size_t count = std::min(policies.receivers.size(), effect.ids.notifications.size());
  for (size_t i = 0; i < count; ++i) {
    const policies::Receiver& receiver = policies.receivers[i];
    const lifecycle::Start start{.operation_id = effect.ids.notifications[i],
                                 .key = base::Cat(effect.Start("notify").key, ":", receiver.name)};
    GREGALE_RETURN_IF_ERROR(lifecycle::BeginNotify(
        effect.txn, effect.vnf, AsNotification(effect.report), receiver.url, start));
  }
  return false;
}

Performed Respawn(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(lifecycle::BeginRespawn(
      effect.txn, effect.vnf, {.failed_since = effect.report.since}, effect.Start()));
  // After DEAD, as Tacker has it.
  return Begun(effect.AddWords());
}

Performed Heal(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(effect.AddWords());
  const auto& request = effect.report.request;
  return Begun(lifecycle::BeginHeal(
      effect.txn, effect.vnf,
      {.vdu = request.vdu(),
       .instance = {},
       .address = request.address(),
       .cause = effect.report.is_alarm
                    ? base::Cat("Trigger '", request.policy(), "' was fired")
                    : base::Cat("Failed to monitor VDU resource '", request.vdu(), "'")},
      effect.Start()));
}

Performed Kill(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(effect.AddWords());
  GREGALE_RETURN_IF_ERROR(lifecycle::MarkDead(effect.txn, effect.vnf));
  GREGALE_RETURN_IF_ERROR(EndMonitoring(effect.txn, effect.vnf, KeepWorkflow::kYes));
  return Begun(
      lifecycle::BeginDelete(effect.txn, effect.vnf, lifecycle::Force::kNo, effect.Start()));
}

// The policy that the call names, or that scales the VDU, or the descriptor's first.
absl::StatusOr<std::string> ScalingPolicyFor(const Effect& effect) {
  if (!effect.call.scaling_policy.empty()) return effect.call.scaling_policy;
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Descriptor descriptor,
                           lifecycle::ReadDescriptor(effect.txn, effect.vnf));
  const auto* of_vdu = lifecycle::ScalingPolicyOf(descriptor, effect.report.request.vdu());
  if (of_vdu != nullptr) return of_vdu->name;
  if (!descriptor.scaling.empty()) return descriptor.scaling.front().name;
  return std::string();
}

Performed Scale(const Effect& effect) {
  GREGALE_RETURN_IF_ERROR(effect.AddWords());
  GREGALE_ASSIGN_OR_RETURN(const std::string policy, ScalingPolicyFor(effect));
  const bool in = effect.call.action->name == "scale-in";
  const absl::Status begun = lifecycle::BeginScale(
      effect.txn, effect.vnf,
      {.policy = policy,
       .direction = in ? lifecycle::Direction::kIn : lifecycle::Direction::kOut,
       .origin = lifecycle::Origin::kPolicy},
      effect.Start());
  // At the bound: its event says so.
  if (absl::IsOutOfRange(begun)) return false;
  if (absl::IsNotFound(begun)) {
    GREGALE_RETURN_IF_ERROR(
        AddVnfEvent(effect.txn, effect.vnf, kMonitorEvent,
                    base::Cat(effect.call.action->name, ": ", base::FromAbsl(begun.message()))));
    return false;
  }
  return Begun(begun);
}

struct Row {
  std::string_view action;
  Performed (*perform)(const Effect&);
};
constexpr Row kTable[] = {
    {"log", Log},           {"notify", Notify},   {"respawn", Respawn}, {"vdu_autoheal", Heal},
    {"log_and_kill", Kill}, {"scale-out", Scale}, {"scale-in", Scale},  {"autoscaling", Scale},
};

}  // namespace

EffectIds MakeEffectIds(base::Random& random) {
  EffectIds ids{.operation = base::NewUuid(random), .notifications = {}};
  for (std::string& id : ids.notifications) id = base::NewUuid(random);
  return ids;
}

absl::StatusOr<bool> PerformAction(store::Txn& txn, const PolicyReport& report,
                                   const policies::ActionCall& call, const EffectIds& ids,
                                   store::Vnf& vnf) {
  for (const Row& row : kTable) {
    if (row.action == call.action->name) return row.perform({txn, report, call, ids, vnf});
  }
  return absl::UnimplementedError(
      base::Cat("policy action '", call.action->name, "' cannot be done yet"));
}

absl::Status GiveUp(store::Txn& txn, std::string_view reason, store::Vnf& vnf) {
  GREGALE_RETURN_IF_ERROR(lifecycle::MoveToError(reason, "", vnf));
  GREGALE_RETURN_IF_ERROR(EndMonitoring(txn, vnf, KeepWorkflow::kYes));
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf, kMonitorEvent, reason));
  return store::UpdateVnf(txn, vnf);
}

}  // namespace gregale::conductor
