#include "conductor/policy_action_handler.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/guard_settings.h"
#include "conductor/policy_effects.h"
#include "conductor/policy_report.h"
#include "conductor/vnf_event.h"
#include "conductor/witness_choice.h"
#include "policies/action.h"
#include "policies/hold.h"
#include "store/operation_table.h"
#include "store/placement_table.h"
#include "store/relocation_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

using Response = v1::ExecutePolicyActionResponse;
using policies::ActionCall;
using policies::Hold;
using policies::Witness;

constexpr absl::Duration kBusyRetry = absl::Seconds(1);
constexpr absl::Duration kRefusedRetry = absl::Seconds(5);
// Rows of failures that are over are of no use after this.
constexpr absl::Duration kSuspicionMemory = absl::Minutes(10);

// A question for a second executor, to be asked after the commit.
struct Question {
  store::Suspicion asked;
  WitnessState witness;
};

// One report, and what is said to it. Made anew for every run of the transaction.
class Answering {
 public:
  // `refusal`: why the action could not begin when it was tried; "": it was not.
  Answering(const PolicyActionEnvironment& environment, const PolicyReport& report,
            const EffectIds& ids, std::string_view refusal)
      : env_(environment), report_(report), ids_(ids), refusal_(refusal) {}

  // kCancelled: response() is the answer, and nothing may be written. kFailedPrecondition: the
  // action cannot begin now.
  absl::Status Run(store::Txn& txn);

  const Response& response() const { return response_; }
  const std::optional<Question>& question() const { return question_; }

 private:
  absl::StatusOr<bool> FindVnf(store::Txn& txn);
  absl::StatusOr<bool> MonitorIsUpToDate(store::Txn& txn);
  absl::Status AnswerRecovery(store::Txn& txn);
  absl::Status AnswerFailure(store::Txn& txn);
  absl::StatusOr<store::Suspicion> Suspect(store::Txn& txn);
  absl::StatusOr<Hold> Judge(store::Txn& txn, store::Suspicion& suspicion);
  absl::Status KeepHeld(store::Txn& txn, const Hold& hold, store::Suspicion& suspicion);
  absl::Status Act(store::Txn& txn, const Hold& hold, store::Suspicion& suspicion);
  absl::Status PerformGentle(store::Txn& txn);
  absl::Status PerformExclusive(store::Txn& txn, const store::Suspicion& suspicion);
  absl::Status Remember(store::Txn& txn, std::string_view operation_id);
  std::string HoldWords(const Hold& hold, const store::Suspicion& suspicion) const;
  std::string RespawnLimitWords() const;
  // The part of the VNF that is replaced: "" for all of it.
  std::string ReplacedVdu() const;
  void Say(Response::Disposition disposition, std::string_view operation_id = {});
  void SayHeld(absl::Duration retry_after);
  bool is_destructive() const { return exclusive_ != nullptr && exclusive_->action->destructive; }

  const PolicyActionEnvironment& env_;
  const PolicyReport& report_;
  const EffectIds& ids_;
  const std::string_view refusal_;
  store::Vnf vnf_;
  std::string executor_id_;  // that has the monitor
  policies::GuardSettings guards_;
  policies::Decision decision_;
  const ActionCall* exclusive_ = nullptr;  // the one of the decision that works on the VNF
  StormGuard::Weather weather_;
  WitnessState witness_;
  Response response_;
  std::optional<Question> question_;
};

void Answering::Say(Response::Disposition disposition, std::string_view operation_id) {
  const bool bad = disposition == Response::DISPOSITION_BAD_ACTION;
  response_.set_status(bad ? "BAD_ACTION" : report_.request.monitor_return_value());
  response_.set_disposition(disposition);
  response_.set_operation_id(std::string(operation_id));
}

void Answering::SayHeld(absl::Duration retry_after) {
  Say(Response::DISPOSITION_HELD);
  absl::Duration rest;
  auto* wait = response_.mutable_retry_after();
  wait->set_seconds(absl::IDivDuration(retry_after, absl::Seconds(1), &rest));
  wait->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

// false where the report comes from a monitor that is not the VNF's.
absl::StatusOr<bool> Answering::FindVnf(store::Txn& txn) {
  absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, report_.request.vnf_id());
  if (absl::IsNotFound(vnf.status())) return false;
  GREGALE_RETURN_IF_ERROR(vnf.status());
  vnf_ = *std::move(vnf);
  return report_.is_alarm || vnf_.mistral_action_id == report_.request.action_id();
}

// The monitor knows the VNF as it is now. After a respawn its input is new, and until the monitor
// has confirmed that, what it reports is about machines that are gone: to act on that would respawn
// the VNF a second time for nothing.
absl::StatusOr<bool> Answering::MonitorIsUpToDate(store::Txn& txn) {
  if (report_.is_alarm) return true;
  const auto& request = report_.request;
  GREGALE_ASSIGN_OR_RETURN(const auto instances, store::ListVduInstances(txn, vnf_.id));
  bool knows_vdu = false;
  bool knows_address = request.address().empty();
  for (const store::VduInstance& instance : instances) {
    if (instance.vdu != request.vdu()) continue;
    knows_vdu = true;
    const auto& addresses = instance.addresses;
    knows_address |= std::ranges::find(addresses, request.address()) != addresses.end();
  }
  if (!knows_vdu) return base::InvalidInput("vdu", "the VNF has no VDU of this name");
  const absl::StatusOr<store::Placement> placement = store::GetPlacement(txn, vnf_.id);
  if (absl::IsNotFound(placement.status())) return knows_address;
  GREGALE_RETURN_IF_ERROR(placement.status());
  executor_id_ = placement->executor_id;
  const bool confirmed =
      placement->acked_version == 0 || placement->acked_version >= placement->version;
  return knows_address && confirmed;
}

absl::Status Answering::Run(store::Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(const bool current, FindVnf(txn));
  if (!current) {
    // A monitor that moves here reports before it has taken over.
    GREGALE_ASSIGN_OR_RETURN(const bool soon, store::IsSuccessor(txn, report_.request.action_id()));
    soon ? SayHeld(kBusyRetry) : Say(Response::DISPOSITION_BAD_ACTION);
    return absl::CancelledError();
  }
  if (!report_.is_alarm) GREGALE_RETURN_IF_ERROR(CheckIncident(report_.request));
  const absl::StatusOr<store::Incident> known = store::GetIncident(txn, KeyOf(report_.request));
  if (!known.ok() && !absl::IsNotFound(known.status())) return known.status();
  GREGALE_ASSIGN_OR_RETURN(const bool up_to_date, MonitorIsUpToDate(txn));
  const policies::Situation situation{
      .action_is_current = true,
      .vnf_is_active = vnf_.status == store::VnfStatus::kActive && up_to_date,
      .incident_is_new = !known.ok()};
  GREGALE_ASSIGN_OR_RETURN(decision_, policies::Decide(situation, report_.actions));
  switch (decision_.verdict) {
    case policies::Decision::Verdict::kBadAction:
      Say(Response::DISPOSITION_BAD_ACTION);
      return absl::CancelledError();
    case policies::Decision::Verdict::kDuplicate:
      Say(Response::DISPOSITION_DUPLICATE, known->operation_id);
      return absl::CancelledError();
    case policies::Decision::Verdict::kHeld:
      SayHeld(kBusyRetry);
      return absl::CancelledError();
    case policies::Decision::Verdict::kAct:
      break;
  }
  if (!decision_.actions.empty() && decision_.actions.back().action->exclusive) {
    exclusive_ = &decision_.actions.back();
  }
  return report_.is_recovery ? AnswerRecovery(txn) : AnswerFailure(txn);
}

absl::Status Answering::AnswerRecovery(store::Txn& txn) {
  if (!refusal_.empty()) {
    SayHeld(kRefusedRetry);
    return absl::CancelledError();
  }
  GREGALE_RETURN_IF_ERROR(store::ForgetSuspicions(txn, KeyOf(report_.request)).status());
  GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf_, kMonitorEvent, RecoveryWords(report_, txn.now())));
  if (vnf_.paused) return Remember(txn, "");
  GREGALE_RETURN_IF_ERROR(PerformGentle(txn));
  if (exclusive_ == nullptr) return Remember(txn, "");
  return PerformExclusive(txn, {});
}

absl::Status Answering::AnswerFailure(store::Txn& txn) {
  GREGALE_ASSIGN_OR_RETURN(store::Suspicion suspicion, Suspect(txn));
  GREGALE_ASSIGN_OR_RETURN(const Hold hold, Judge(txn, suspicion));
  if (hold.why != Hold::Why::kPaused && !suspicion.announced) {
    GREGALE_RETURN_IF_ERROR(PerformGentle(txn));
    suspicion.announced = true;
  }
  const bool act = hold.why == Hold::Why::kNothing || hold.why == Hold::Why::kRespawnLimit;
  if (act && refusal_.empty()) return Act(txn, hold, suspicion);
  return KeepHeld(txn, hold, suspicion);
}

// The row of the failure, brought up to date; a new one comes with the event.
absl::StatusOr<store::Suspicion> Answering::Suspect(store::Txn& txn) {
  const store::IncidentKey key = KeyOf(report_.request);
  GREGALE_ASSIGN_OR_RETURN(std::optional<store::Suspicion> known, store::FindSuspicion(txn, key));
  if (!known.has_value()) {
    known = store::Suspicion{.key = key, .vnf_id = vnf_.id, .first_at = txn.now()};
    GREGALE_ASSIGN_OR_RETURN(known->guards, ReadGuards(txn, vnf_));
    GREGALE_RETURN_IF_ERROR(AddVnfEvent(txn, vnf_, kMonitorEvent, FailureWords(report_)));
    GREGALE_RETURN_IF_ERROR(store::PurgeSuspicions(txn, txn.now() - kSuspicionMemory));
  }
  guards_ = GuardsFrom(known->guards, env_.guards);
  known->executor_id = executor_id_;
  known->vim_id = vnf_.vim_id;
  known->counts_until = txn.now() + guards_.storm_window;
  GREGALE_RETURN_IF_ERROR(store::PutSuspicion(txn, *known));
  return *std::move(known);
}

absl::StatusOr<Hold> Answering::Judge(store::Txn& txn, store::Suspicion& suspicion) {
  policies::HoldSituation situation{.paused = vnf_.paused, .destructive = is_destructive()};
  situation.age = txn.now() - suspicion.first_at;
  if (is_destructive() && !vnf_.paused) {
    GREGALE_ASSIGN_OR_RETURN(weather_, env_.storms.Look(txn, suspicion, guards_));
    situation.storm = weather_.storm;
    situation.storm_possible = weather_.storm_possible;
    situation.failing = weather_.failing;
    if (guards_.witness && !(guards_.storm_guard && weather_.storm)) {
      GREGALE_ASSIGN_OR_RETURN(witness_, LookForWitness(txn, vnf_, suspicion));
      situation.witness = witness_.witness;
    }
    GREGALE_ASSIGN_OR_RETURN(
        situation.respawns,
        store::CountRepairs(txn, vnf_.id, ReplacedVdu(), txn.now() - guards_.respawn_window));
  }
  return policies::DecideHold(guards_, situation);
}

std::string Answering::HoldWords(const Hold& hold, const store::Suspicion& suspicion) const {
  switch (hold.why) {
    case Hold::Why::kPaused:
      return "the VNF is paused";
    case Hold::Why::kStorm:
      return weather_.words;
    case Hold::Why::kDisagreement:
      return base::Cat("executor ", suspicion.witness_id, " gets answers, executor ",
                       suspicion.executor_id, " does not");
    case Hold::Why::kNothing:
    case Hold::Why::kRespawnLimit:
      return std::string(refusal_);
    default:
      return "";
  }
}

absl::Status Answering::KeepHeld(store::Txn& txn, const Hold& hold, store::Suspicion& suspicion) {
  if (hold.why == Hold::Why::kAskWitness) {
    NoteAsked(witness_, txn.now(), suspicion);
    question_ = Question{suspicion, witness_};
  }
  const std::string words = HoldWords(hold, suspicion);
  // One event for each reason, however long it lasts and however its numbers change.
  const std::string reason = words.empty() ? suspicion.hold : base::Cat(static_cast<int>(hold.why));
  if (reason != suspicion.hold) {
    suspicion.hold = reason;
    GREGALE_RETURN_IF_ERROR(
        AddVnfEvent(txn, vnf_, kMonitorEvent,
                    base::Cat(TargetWords(report_), ": ",
                              exclusive_ != nullptr ? policies::NameOf(*exclusive_) : "the action",
                              " is held: ", words)));
  }
  const absl::Duration retry = refusal_.empty() ? hold.retry_after : kRefusedRetry;
  suspicion.counts_until =
      std::max(suspicion.counts_until, txn.now() + retry + guards_.storm_window / 2);
  SayHeld(retry);
  return store::PutSuspicion(txn, suspicion);
}

absl::Status Answering::Act(store::Txn& txn, const Hold& hold, store::Suspicion& suspicion) {
  suspicion.hold.clear();
  GREGALE_RETURN_IF_ERROR(store::PutSuspicion(txn, suspicion));
  if (exclusive_ == nullptr) return Remember(txn, "");
  if (hold.why == Hold::Why::kRespawnLimit) {
    GREGALE_RETURN_IF_ERROR(GiveUp(txn, RespawnLimitWords(), vnf_));
    return Remember(txn, "");
  }
  return PerformExclusive(txn, suspicion);
}

absl::Status Answering::PerformGentle(store::Txn& txn) {
  for (const ActionCall& call : decision_.actions) {
    if (call.action->exclusive) continue;
    GREGALE_RETURN_IF_ERROR(PerformAction(txn, report_, call, ids_, vnf_).status());
  }
  return absl::OkStatus();
}

absl::Status Answering::PerformExclusive(store::Txn& txn, const store::Suspicion& suspicion) {
  if (is_destructive()) {
    if (suspicion.verdict == kAgrees) {
      GREGALE_RETURN_IF_ERROR(
          AddVnfEvent(txn, vnf_, kMonitorEvent,
                      base::Cat(TargetWords(report_), ": executor ", suspicion.witness_id,
                                " gets no answer either")));
    }
    GREGALE_RETURN_IF_ERROR(store::InsertRepair(txn, vnf_.id, ReplacedVdu()));
  }
  GREGALE_ASSIGN_OR_RETURN(const bool begun, PerformAction(txn, report_, *exclusive_, ids_, vnf_));
  return Remember(txn, begun ? ids_.operation : "");
}

absl::Status Answering::Remember(store::Txn& txn, std::string_view operation_id) {
  const store::IncidentKey key = KeyOf(report_.request);
  store::Incident incident{.action_id = key.action_id,
                           .vdu = key.vdu,
                           .policy = key.policy,
                           .address = key.address,
                           .number = key.number,
                           .vnf_id = vnf_.id,
                           .operation_id = std::string(operation_id),
                           .received_at = txn.now()};
  Say(Response::DISPOSITION_ACCEPTED, operation_id);
  return store::InsertIncident(txn, incident).status();
}

std::string Answering::ReplacedVdu() const {
  return exclusive_->action->name == "vdu_autoheal" ? report_.request.vdu() : "";
}

std::string Answering::RespawnLimitWords() const {
  const std::string vdu = ReplacedVdu();
  return base::Cat(vdu.empty() ? "the VNF" : base::Cat("VDU '", vdu, "'"), " was replaced ",
                   guards_.respawn_limit, guards_.respawn_limit == 1 ? " time" : " times",
                   " within ", InSeconds(guards_.respawn_window), " and fails again (",
                   TargetWords(report_), "): it is not replaced any more and no longer monitored");
}

absl::StatusOr<Response> TryAnswer(const PolicyActionEnvironment& environment,
                                   const PolicyReport& report, const EffectIds& ids,
                                   std::string_view refusal) {
  std::optional<Answering> answering;
  const absl::Status written = environment.store.Write([&](store::Txn& txn) {
    answering.emplace(environment, report, ids, refusal);
    return answering->Run(txn);
  });
  if (!written.ok() && !absl::IsCancelled(written)) return written;
  if (const auto& question = answering->question()) {
    environment.witnesses.Ask(question->asked, question->witness.address,
                              question->witness.question);
  }
  return answering->response();
}

}  // namespace

absl::StatusOr<Response> ExecutePolicyAction(const PolicyActionEnvironment& environment,
                                             const v1::ExecutePolicyActionRequest& request) {
  GREGALE_ASSIGN_OR_RETURN(const PolicyReport report, CheckReport(request));
  return AnswerReport(environment, report);
}

absl::StatusOr<Response> AnswerReport(const PolicyActionEnvironment& environment,
                                      const PolicyReport& report) {
  GREGALE_RETURN_IF_ERROR(environment.storms.Refresh());
  const EffectIds ids = MakeEffectIds(environment.random);
  absl::StatusOr<Response> response = TryAnswer(environment, report, ids, "");
  if (absl::IsFailedPrecondition(response.status())) {
    const std::string refusal(base::FromAbsl(response.status().message()));
    response = TryAnswer(environment, report, ids, refusal);
  }
  GREGALE_RETURN_IF_ERROR(response.status());
  const auto& request = report.request;
  base::LogInfo("report answered",
                {{"vnf", request.vnf_id()},
                 {"vdu", OneLine(request.vdu(), base::kNameCharsMax)},
                 {"event", request.monitor_return_value()},
                 {"incident", base::Cat(request.incident())},
                 {"answer", Response::Disposition_Name(response->disposition())}});
  return response;
}

}  // namespace gregale::conductor
