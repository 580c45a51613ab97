#include "server/trigger_handlers.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "lifecycle/descriptor.h"
#include "lifecycle/notification.h"
#include "lifecycle/requests.h"
#include "lifecycle/transitions.h"
#include "lifecycle/vnf_event.h"
#include "policies/action.h"
#include "policies/vnfd_policies.h"
#include "server/errors.h"
#include "server/text_rules.h"
#include "server/vnf_handlers.h"
#include "store/alarm_table.h"
#include "store/vnf_table.h"

namespace gregale::server {
namespace {

using policies::ActionCall;

// An alarm that goes on acts again after this: Aodh repeats itself about so often.
constexpr absl::Duration kRepeatAfter = absl::Minutes(1);
// A receiver that is away is tried for so long.

// What an alarm is about.
struct Target {
  const policies::Trigger& trigger;
  const std::vector<policies::Receiver>& receivers;  // of `notify`
};

std::string_view ToText(Alarm::State state) {
  switch (state) {
    case Alarm::State::kFiring:
      return "alarm";
    case Alarm::State::kOk:
      return "ok";
    case Alarm::State::kUnknown:
      break;
  }
  return "insufficient data";
}

absl::StatusOr<policies::VnfdPolicies> PoliciesOf(store::Txn& txn, const store::Vnf& vnf) {
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Descriptor descriptor,
                           lifecycle::ReadDescriptor(txn, vnf));
  return policies::ReadVnfdPolicies(descriptor.vnfd);
}

// nullptr where there is none of this name.
const policies::Trigger* FindTrigger(const std::vector<policies::Trigger>& triggers,
                                     std::string_view name) {
  const auto found = std::ranges::find(triggers, name, &policies::Trigger::name);
  return found == triggers.end() ? nullptr : &*found;
}

// What the delivery says as a whole: it fires where one alarm newly does, and is well where one
// newly is and none fires. nullopt: nothing of it is new.
absl::StatusOr<std::optional<Alarm::State>> WhatIsNew(store::Txn& txn, const store::Vnf& vnf,
                                                      const policies::Trigger& trigger,
                                                      const std::vector<Alarm>& alarms) {
  std::optional<Alarm::State> result;
  bool any_fires = false;
  for (const Alarm& alarm : alarms) {
    any_fires = any_fires || alarm.state == Alarm::State::kFiring;
    GREGALE_ASSIGN_OR_RETURN(const bool is_new,
                             store::RememberAlarm(txn,
                                                  {.vnf_id = vnf.id,
                                                   .trigger = trigger.name,
                                                   .alarm_id = alarm.id,
                                                   .state = std::string(ToText(alarm.state))},
                                                  kRepeatAfter));
    if (is_new && (!result.has_value() || alarm.state == Alarm::State::kFiring)) {
      result = alarm.state;
    }
  }
  GREGALE_RETURN_IF_ERROR(store::TrimAlarms(txn, vnf.id, base::kAlarmsPerVnfMax));
  if (result == Alarm::State::kOk && any_fires) return std::optional<Alarm::State>();
  return result;
}

// Leaves an operation for each receiver of the descriptor.
absl::Status Notify(store::Txn& txn, const store::Vnf& vnf, const Target& target,
                    std::string_view event, base::Random& random) {
  const lifecycle::Notification notification = {
      .event = std::string(event), .vdu = target.trigger.vdu, .policy = target.trigger.name};
  for (const policies::Receiver& receiver : target.receivers) {
    const std::string id = base::NewUuid(random);
    GREGALE_RETURN_IF_ERROR(lifecycle::BeginNotify(
        txn, vnf, notification, receiver.url,
        {.operation_id = id, .key = base::Cat("trigger:", vnf.id, ":", id)}));
  }
  return absl::OkStatus();
}

absl::StatusOr<TriggerOutcome> Scale(store::Txn& txn, store::Vnf& vnf, const ActionCall& call,
                                     const lifecycle::Start& start) {
  const bool in = call.action->name == "scale-in";
  const absl::Status begun = lifecycle::BeginScale(
      txn, vnf,
      {.policy = call.scaling_policy,
       .direction = in ? lifecycle::Direction::kIn : lifecycle::Direction::kOut,
       .origin = lifecycle::Origin::kPolicy},
      start);
  if (begun.ok()) return TriggerOutcome::kStarted;
  // The event that says so is to be committed.
  if (base::ErrorKind(begun) == "VNFScalingBound") return TriggerOutcome::kAtBound;
  if (base::ErrorKind(begun) == "VNFScalingCooldown") return TriggerOutcome::kCoolingDown;
  return begun;
}

absl::StatusOr<TriggerOutcome> Perform(store::Txn& txn, store::Vnf& vnf,
                                       const policies::Trigger& trigger, const ActionCall& call,
                                       const lifecycle::Start& start) {
  GREGALE_RETURN_IF_ERROR(
      lifecycle::AddVnfEvent(txn, vnf, lifecycle::kMonitorEvent, call.action->event_words));
  if (call.action->scales) return Scale(txn, vnf, call, start);
  const std::string_view name = call.action->name;
  if (name == "respawn") {
    GREGALE_RETURN_IF_ERROR(lifecycle::BeginRespawn(txn, vnf, {.failed_since = txn.now()}, start));
  } else if (name == "vdu_autoheal") {
    GREGALE_RETURN_IF_ERROR(lifecycle::BeginHeal(
        txn, vnf,
        {.vdu = trigger.vdu, .cause = base::Cat("Trigger '", trigger.name, "' was fired")}, start));
  } else if (name == "log_and_kill") {
    GREGALE_RETURN_IF_ERROR(lifecycle::MarkDead(txn, vnf));
    GREGALE_RETURN_IF_ERROR(lifecycle::BeginDelete(txn, vnf, lifecycle::Force::kNo, start));
  } else if (name != "log") {
    return absl::UnimplementedError(
        base::Cat("policy action '", name, "' cannot answer a trigger"));
  }
  return TriggerOutcome::kStarted;
}

absl::Status AddCauseEvent(store::Txn& txn, const store::Vnf& vnf, const policies::Trigger& trigger,
                           std::string_view state, const std::vector<std::string>& actions) {
  const std::string words = base::Cat(
      "Trigger '", trigger.name, "' was fired: ", state,
      vnf.paused ? "; the VNF is paused, so nothing is done"
                 : base::Cat("; action: ", actions.empty() ? "none" : base::Join(actions, ", ")));
  return lifecycle::AddVnfEvent(txn, vnf, lifecycle::kMonitorEvent, words);
}

absl::StatusOr<TriggerOutcome> Fire(store::Txn& txn, store::Vnf& vnf, const Target& target,
                                    const std::vector<Alarm>& alarms, HandlerContext& context) {
  const policies::Trigger& trigger = target.trigger;
  GREGALE_ASSIGN_OR_RETURN(const std::optional<Alarm::State> state,
                           WhatIsNew(txn, vnf, trigger, alarms));
  if (!state.has_value()) return TriggerOutcome::kRepeated;
  if (*state == Alarm::State::kUnknown) return TriggerOutcome::kNothingToDo;
  const auto answer =
      trigger.actions.find(*state == Alarm::State::kFiring ? "failure" : "recovery");
  if (answer == trigger.actions.end()) return TriggerOutcome::kNothingToDo;
  GREGALE_RETURN_IF_ERROR(AddCauseEvent(txn, vnf, trigger, ToText(*state), answer->second));
  if (vnf.paused) return TriggerOutcome::kSuspended;
  GREGALE_ASSIGN_OR_RETURN(
      const policies::Decision decision,
      policies::Decide(
          {.action_is_current = true, .vnf_is_active = vnf.status == store::VnfStatus::kActive},
          answer->second));
  if (decision.verdict != policies::Decision::Verdict::kAct) {
    return lifecycle::CheckAllowed(txn, vnf, lifecycle::Request::kScale);
  }
  TriggerOutcome outcome = TriggerOutcome::kNothingToDo;
  for (const ActionCall& call : decision.actions) {
    if (call.action->name == "notify") {
      GREGALE_RETURN_IF_ERROR(Notify(txn, vnf, target, answer->first, context.random));
      outcome = TriggerOutcome::kStarted;
      continue;
    }
    const std::string id = base::NewUuid(context.random);
    GREGALE_ASSIGN_OR_RETURN(
        outcome, Perform(txn, vnf, trigger, call,
                         {.operation_id = id, .key = base::Cat("trigger:", vnf.id, ":", id)}));
  }
  return outcome;
}

absl::Status NoSuchUrl() {
  return base::MakeError(absl::StatusCode::kNotFound, "PathNotFound",
                         "The resource could not be found.");
}

// The trigger with only those of its actions that `wanted` names.
absl::StatusOr<policies::Trigger> Narrowed(const policies::Trigger& trigger,
                                           std::string_view wanted) {
  policies::Trigger narrowed = trigger;
  if (wanted == ActionsText(trigger)) return narrowed;
  std::vector<std::string>& actions = narrowed.actions["failure"];
  const std::vector<std::string> own = std::exchange(actions, {});
  for (const std::string_view name : base::Split(wanted, '%')) {
    if (std::ranges::find(own, name) == own.end()) {
      return base::MakeError(
          absl::StatusCode::kInvalidArgument, "VnfPolicyActionInvalid",
          base::Cat("Invalid action ", Shortened(name), " for trigger ", trigger.name,
                    ", should be one of ('", base::Join(own, "', '"), "')"),
          "action_name");
    }
    actions.emplace_back(name);
  }
  return narrowed;
}

}  // namespace

std::string_view ToText(TriggerOutcome outcome) {
  switch (outcome) {
    case TriggerOutcome::kStarted:
      return "started";
    case TriggerOutcome::kRepeated:
      return "repeated";
    case TriggerOutcome::kNothingToDo:
      return "nothing to do";
    case TriggerOutcome::kSuspended:
      return "suspended";
    case TriggerOutcome::kAtBound:
      return "at bound";
    case TriggerOutcome::kCoolingDown:
      return "cooling down";
  }
  return "unknown";
}

absl::StatusOr<TriggerOutcome> FireTriggerByUrl(store::Txn& txn, const TriggerAddress& address,
                                                const std::vector<Alarm>& alarms,
                                                HandlerContext& context) {
  absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, address.vnf_id);
  if (absl::IsNotFound(vnf.status())) return NoSuchUrl();
  GREGALE_RETURN_IF_ERROR(vnf.status());
  if (!IsTriggerUrl(*vnf, address)) return NoSuchUrl();
  GREGALE_ASSIGN_OR_RETURN(const auto policies, PoliciesOf(txn, *vnf));
  const policies::Trigger* trigger = FindTrigger(policies.triggers, address.trigger);
  if (trigger == nullptr) return NoSuchUrl();
  return Fire(txn, *vnf, {*trigger, policies.receivers}, alarms, context);
}

absl::StatusOr<TriggerOutcome> FireTrigger(store::Txn& txn, const Caller& caller,
                                           const TriggerRequest& request, HandlerContext& context) {
  GREGALE_ASSIGN_OR_RETURN(store::Vnf vnf, FindVnf(txn, caller, request.vnf));
  GREGALE_ASSIGN_OR_RETURN(const auto policies, PoliciesOf(txn, vnf));
  if (policies.triggers.empty()) return NoTriggers(vnf.id);
  const policies::Trigger* trigger = FindTrigger(policies.triggers, request.trigger);
  if (trigger == nullptr) return TriggerNotFound(vnf.id, Shortened(request.trigger));
  GREGALE_ASSIGN_OR_RETURN(const policies::Trigger narrowed, Narrowed(*trigger, request.actions));
  return Fire(txn, vnf, {narrowed, policies.receivers}, request.alarms, context);
}

}  // namespace gregale::server
