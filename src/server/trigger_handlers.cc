#include "server/trigger_handlers.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "lifecycle/alarm.h"
#include "lifecycle/descriptor.h"
#include "policies/vnfd_policies.h"
#include "server/errors.h"
#include "server/text_rules.h"
#include "server/vnf_handlers.h"
#include "store/alarm_table.h"
#include "store/vnf_table.h"

namespace gregale::server {
namespace {

// An alarm that goes on acts again after this: Aodh repeats itself about so often.
constexpr absl::Duration kRepeatAfter = absl::Minutes(1);

// What an alarm is about.
struct Target {
  const store::Vnf& vnf;
  const policies::Trigger& trigger;
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

absl::StatusOr<std::vector<policies::Trigger>> TriggersOf(store::Txn& txn, const store::Vnf& vnf) {
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::Descriptor descriptor,
                           lifecycle::ReadDescriptor(txn, vnf));
  GREGALE_ASSIGN_OR_RETURN(policies::VnfdPolicies policies,
                           policies::ReadVnfdPolicies(descriptor.vnfd));
  return std::move(policies.triggers);
}

// nullptr where there is none of this name.
const policies::Trigger* FindTrigger(const std::vector<policies::Trigger>& triggers,
                                     std::string_view name) {
  const auto found = std::ranges::find(triggers, name, &policies::Trigger::name);
  return found == triggers.end() ? nullptr : &*found;
}

// What a delivery says as a whole, and the operation that answers it; "": nothing of it is new.
struct News {
  Alarm::State state = Alarm::State::kUnknown;
  std::string answer_id;
};

// Remembers the alarms. It fires where one newly does, and is well where one newly is and none
// fires. An alarm that fires beside another one that is still to be
// answered has the same answer, others have `new_answer_id`.
absl::StatusOr<News> WhatIsNew(store::Txn& txn, const Target& target,
                               const std::vector<Alarm>& alarms, const std::string& new_answer_id) {
  News news;
  bool any_fires = false;
  for (const Alarm& alarm : alarms) {
    any_fires = any_fires || alarm.state == Alarm::State::kFiring;
    store::AlarmState row = {.vnf_id = target.vnf.id,
                             .trigger = target.trigger.name,
                             .alarm_id = alarm.id,
                             .state = std::string(ToText(alarm.state))};
    GREGALE_ASSIGN_OR_RETURN(row.operation_id,
                             store::FindAlarmAnswer(txn, row.vnf_id, row.trigger, row.state));
    if (row.operation_id.empty()) row.operation_id = new_answer_id;
    GREGALE_ASSIGN_OR_RETURN(const bool is_new, store::RememberAlarm(txn, row, kRepeatAfter));
    if (is_new && (news.answer_id.empty() || alarm.state == Alarm::State::kFiring)) {
      news = {alarm.state, row.operation_id};
    }
  }
  GREGALE_RETURN_IF_ERROR(store::TrimAlarms(txn, target.vnf.id, base::kAlarmsPerVnfMax));
  if (news.state == Alarm::State::kOk && any_fires) news.answer_id.clear();
  return news;
}

absl::StatusOr<TriggerOutcome> Fire(store::Txn& txn, const store::Vnf& vnf,
                                    const policies::Trigger& trigger,
                                    const std::vector<Alarm>& alarms, HandlerContext& context) {
  const std::string id = base::NewUuid(context.random);
  GREGALE_ASSIGN_OR_RETURN(const News news, WhatIsNew(txn, {vnf, trigger}, alarms, id));
  if (news.answer_id.empty()) return TriggerOutcome::kRepeated;
  if (news.state == Alarm::State::kUnknown) return TriggerOutcome::kNothingToDo;
  const auto answer =
      trigger.actions.find(news.state == Alarm::State::kFiring ? "failure" : "recovery");
  if (answer == trigger.actions.end()) return TriggerOutcome::kNothingToDo;
  if (news.answer_id != id) return TriggerOutcome::kAccepted;
  GREGALE_RETURN_IF_ERROR(lifecycle::BeginAlarm(txn,
                                                {.vnf_id = vnf.id,
                                                 .trigger = trigger.name,
                                                 .vdu = trigger.vdu,
                                                 .event = answer->first,
                                                 .actions = answer->second},
                                                {.operation_id = id, .key = "alarm:" + id}));
  return TriggerOutcome::kAccepted;
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
    case TriggerOutcome::kAccepted:
      return "accepted";
    case TriggerOutcome::kRepeated:
      return "repeated";
    case TriggerOutcome::kNothingToDo:
      return "nothing to do";
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
  GREGALE_ASSIGN_OR_RETURN(const auto triggers, TriggersOf(txn, *vnf));
  const policies::Trigger* trigger = FindTrigger(triggers, address.trigger);
  if (trigger == nullptr) return NoSuchUrl();
  return Fire(txn, *vnf, *trigger, alarms, context);
}

absl::StatusOr<TriggerOutcome> FireTrigger(store::Txn& txn, const Caller& caller,
                                           const TriggerRequest& request, HandlerContext& context) {
  GREGALE_ASSIGN_OR_RETURN(const store::Vnf vnf, FindVnf(txn, caller, request.vnf));
  GREGALE_ASSIGN_OR_RETURN(const auto triggers, TriggersOf(txn, vnf));
  if (triggers.empty()) return NoTriggers(vnf.id);
  const policies::Trigger* trigger = FindTrigger(triggers, request.trigger);
  if (trigger == nullptr) return TriggerNotFound(vnf.id, Shortened(request.trigger));
  GREGALE_ASSIGN_OR_RETURN(const policies::Trigger narrowed, Narrowed(*trigger, request.actions));
  return Fire(txn, vnf, narrowed, request.alarms, context);
}

}  // namespace gregale::server
