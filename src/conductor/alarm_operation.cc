#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "conductor/operation.h"
#include "conductor/policy_action_handler.h"
#include "conductor/policy_report.h"
#include "conductor/vnf_event.h"
#include "google/protobuf/util/time_util.h"
#include "lifecycle/alarm.h"
#include "store/alarm_table.h"
#include "store/vnf_table.h"

// alarm: an alarm from outside is answered as a monitor's report is, by the same decision. Where a
// monitor would repeat its report, this does, for as long as the alarm stands. State: as
// lifecycle/alarm.h says.
namespace gregale::conductor {
namespace {

using Response = v1::ExecutePolicyActionResponse;

// What was not answered within this is old news. Who still sees it delivers it again.
constexpr absl::Duration kBelievedFor = absl::Hours(1);
// What waits long is looked at less often, up to this.
constexpr absl::Duration kPauseMax = absl::Seconds(10);

// What is known of the alarm before it is answered.
struct Standing {
  bool stands = false;
  absl::Duration age;
};

absl::StatusOr<Standing> LookAt(StepContext& context) {
  Standing standing;
  GREGALE_RETURN_IF_ERROR(context.store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(standing.stands, store::AlarmStands(txn, context.operation.id));
    standing.age = txn.now() - context.operation.created_at;
    return absl::OkStatus();
  }));
  return standing;
}

absl::Status AddEvent(store::Txn& txn, const std::string& vnf_id, std::string_view words) {
  const absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, vnf_id);
  if (absl::IsNotFound(vnf.status())) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(vnf.status());
  return AddVnfEvent(txn, *vnf, kMonitorEvent, words);
}

absl::StatusOr<StepOutcome> Answer(StepContext& context) {
  if (context.policies == nullptr) {
    return absl::FailedPreconditionError("this conductor answers no alarms");
  }
  GREGALE_ASSIGN_OR_RETURN(const lifecycle::RaisedAlarm alarm, ReadAlarm(context.state));
  GREGALE_ASSIGN_OR_RETURN(const Standing standing, LookAt(context));
  if (!standing.stands) return StepOutcome::Finish({});
  v1::ExecutePolicyActionRequest request;
  PolicyReport report = ReportAlarm(alarm, context.operation.sequence, request);
  report.since = context.operation.created_at;
  GREGALE_ASSIGN_OR_RETURN(const Response response, AnswerReport(*context.policies, report));
  if (response.disposition() != Response::DISPOSITION_HELD) return StepOutcome::Finish({});
  if (standing.age >= kBelievedFor) {
    return StepOutcome::Finish([alarm](store::Txn& txn) {
      return AddEvent(
          txn, alarm.vnf_id,
          base::Cat("trigger '", alarm.trigger, "': the alarm is too old by now to be answered"));
    });
  }
  const absl::Duration asked = absl::Nanoseconds(
      google::protobuf::util::TimeUtil::DurationToNanoseconds(response.retry_after()));
  return StepOutcome::Wait("", std::max(asked, std::min(standing.age / 10, kPauseMax)));
}

absl::Status Fail(store::Txn& txn, const store::Operation&, const OperationState& state,
                  std::string_view reason) {
  return AddEvent(
      txn, state.Text("vnf_id"),
      base::Cat("trigger '", state.Text("trigger"), "': the alarm is not answered: ", reason));
}

constexpr OperationStep kSteps[] = {{"", Answer}};

}  // namespace

constinit const OperationKind kAlarmOperation{lifecycle::kAlarmKind, kSteps, Fail};

}  // namespace gregale::conductor
