#include "conductor/witness_desk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "policies/monitoring.h"
#include "rpc/struct_json.h"

namespace gregale::conductor {
namespace {

using base::Json;

// A witness looks twice, soon, and with less patience than a monitor may have.
constexpr int kProbes = 2;
constexpr absl::Duration kIntervalMax = absl::Milliseconds(500);
constexpr absl::Duration kTimeoutMax = absl::Seconds(10);
// For the first probe's delay, and the way there and back.
constexpr absl::Duration kWayThere = absl::Seconds(1);

absl::Status NoSuchPolicy() { return absl::NotFoundError("the VNF has no such policy"); }

// The policy's parameters, as the VNF's attribute monitoring_policy has them: {"vdus": {VDU:
// {DRIVER: {"parameters": {..}}}}}.
absl::StatusOr<Json> FindParameters(const store::Vnf& vnf, const store::IncidentKey& key) {
  const auto attribute = vnf.attributes.find("monitoring_policy");
  if (attribute == vnf.attributes.end()) return NoSuchPolicy();
  GREGALE_ASSIGN_OR_RETURN(const Json all, base::ParseJson(attribute->second));
  const Json* policy = &all;
  for (const std::string& step : {std::string("vdus"), key.vdu, key.policy}) {
    if (!policy->is_object() || !policy->contains(step)) return NoSuchPolicy();
    policy = &policy->at(step);
  }
  if (!policy->is_object() || !policy->contains("parameters")) return Json::object();
  return policy->at("parameters");
}

}  // namespace

absl::StatusOr<WitnessQuestion> MakeWitnessQuestion(const store::Vnf& vnf,
                                                    const store::IncidentKey& key) {
  const policies::MonitorDriver* driver = policies::FindMonitorDriver(key.policy);
  if (driver == nullptr || driver->action.empty() || key.address.empty()) return NoSuchPolicy();
  GREGALE_ASSIGN_OR_RETURN(Json input, FindParameters(vnf, key));
  if (!input.is_object()) input = Json::object();
  GREGALE_ASSIGN_OR_RETURN(const policies::MonitorParameters parameters,
                           policies::ParseMonitorParameters(*driver, input, "parameters"));
  const absl::Duration interval = std::min(parameters.timing.interval, kIntervalMax);
  const absl::Duration timeout = std::min(parameters.timing.timeout, kTimeoutMax);
  input["vdu"] = key.vdu;
  input["addresses"] = Json::array({key.address});
  input["monitoring_delay"] = 0;
  input["count"] = kProbes;
  input["retry"] = 1;
  input["interval"] = absl::ToDoubleSeconds(interval);
  input["timeout"] = absl::ToDoubleSeconds(timeout);
  WitnessQuestion question;
  question.request.set_action(std::string(driver->action));
  GREGALE_ASSIGN_OR_RETURN(*question.request.mutable_input(), rpc::ToStruct(input));
  question.timeout = timeout + kProbes * interval + kWayThere;
  return question;
}

void WitnessDesk::Ask(const store::Suspicion& asked, const std::string& address,
                      const WitnessQuestion& question) {
  line_.Probe(address, question.request, question.timeout,
              [this, asked](absl::StatusOr<v1::ProbeResponse> response) {
                {
                  base::MutexLock lock(mutex_);
                  answers_.push_back({asked, std::move(response)});
                }
                wake_();
              });
}

absl::Status WitnessDesk::Tick() {
  std::vector<Answer> answers;
  {
    base::MutexLock lock(mutex_);
    answers.swap(answers_);
  }
  if (answers.empty()) return absl::OkStatus();
  // Answers that cannot be written are lost: the question is asked again.
  return store_.Write([&](store::Txn& txn) -> absl::Status {
    for (const Answer& answer : answers) GREGALE_RETURN_IF_ERROR(Write(txn, answer));
    return absl::OkStatus();
  });
}

absl::Status WitnessDesk::Write(store::Txn& txn, const Answer& answer) {
  GREGALE_ASSIGN_OR_RETURN(std::optional<store::Suspicion> row,
                           store::FindSuspicion(txn, answer.asked.key));
  const bool current = row.has_value() && row->witness_id == answer.asked.witness_id &&
                       row->asked_at == answer.asked.asked_at;
  if (!current) return absl::OkStatus();
  if (answer.response.ok()) {
    row->verdict = answer.response->answered() ? kDisagrees : kAgrees;
    row->verdict_reason = OneLine(answer.response->reason(), base::kReportReasonBytesMax);
  } else {
    // As if its time were up.
    row->answer_by = txn.now();
  }
  return store::PutSuspicion(txn, *row);
}

}  // namespace gregale::conductor
