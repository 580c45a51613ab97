#include "executor/action_run.h"

#include <utility>

#include "base/error.h"
#include "executor/action_library.h"
#include "executor/error_text.h"
#include "executor/proto_time.h"
#include "workflow/action_catalogue.h"

namespace gregale::executor {
namespace {

using base::Json;

std::string TextOf(const Json& error) {
  return error.is_string() ? error.get<std::string>() : base::DumpJson(error);
}

}  // namespace

ActionRun::ActionRun(const ActionEnvironment& environment, RunObserver& observer,
                     RunSpec spec)
    : Run(environment, observer),
      spec_(std::move(spec)),
      started_(environment.scheduler.WallNow()),
      tell_end_(environment.scheduler, [this] {
        const ActionOutcome end = std::move(*end_);  // outlives the run
        observer_.OnEnd(*this, end);
      }) {}

absl::StatusOr<std::unique_ptr<ActionRun>> ActionRun::Start(const ActionEnvironment& environment,
                                                            RunObserver& observer,
                                                            RunSpec spec) {
  std::unique_ptr<ActionRun> run(new ActionRun(environment, observer, std::move(spec)));
  if (const absl::Status status = run->StartAll(); !status.ok()) return status;
  return run;
}

absl::Status ActionRun::StartAll() {
  if (spec_.workflow == nullptr) return StartAction();
  static const ActionLibrary kLibrary;
  ActionHost& host = *this;
  ExecutionDriver::Listener& listener = *this;
  execution_.emplace(environment_, host, listener, kLibrary, spec_.workflow);
  GREGALE_RETURN_IF_ERROR(execution_->Start(spec_.input));
  if (!end_) return absl::OkStatus();
  const absl::Status error = execution_->action_error();
  if (end_->kind != ActionOutcome::Kind::kSucceeded)
    return error.ok() ? base::InvalidInput("workflow", end_->reason) : error;
  return base::InvalidInput("workflow", "ends at once: it starts no action");
}

absl::Status ActionRun::StartAction() {
  const ActionKind* kind = FindActionKind(spec_.action);
  if (kind == nullptr) {
    return base::InvalidInput("action", base::Cat("'", spec_.action.substr(0, 64), "' is unknown"));
  }
  const absl::Status named = workflow::CheckActionInput(spec_.action, spec_.input);
  if (!named.ok()) return base::InvalidInput("input", base::FromAbsl(named.message()));
  GREGALE_RETURN_IF_ERROR(kind->check(spec_.input));
  ActionContext context{.environment = environment_,
                        .host = *this,
                        .done = [this](ActionOutcome outcome) { OnOutcome(std::move(outcome)); },
                        .call = spec_.call.value_or(ActionCall())};
  context.call.action_execution_id = spec_.action_id;
  action_ = kind->make(spec_.input, std::move(context));
  return absl::OkStatus();
}

void ActionRun::OnFinished(workflow::State state, const Json& output) {
  if (state == workflow::State::kSuccess) return EndBy({.value = output, .reason = "success"});
  const absl::Status& error = execution_->action_error();
  EndBy({.kind = ActionOutcome::Kind::kFailed,
         .value = output,
         .reason = error.ok() ? TextOf(output) : ErrorText(error)});
}

void ActionRun::OnOutcome(ActionOutcome outcome) {
  const std::unique_ptr<Action> ended = std::move(action_);  // goes with this call
  switch (outcome.kind) {
    case ActionOutcome::Kind::kSucceeded:
      outcome.reason = "success";
      break;
    case ActionOutcome::Kind::kFailed:
      outcome.reason = TextOf(outcome.value);
      break;
    case ActionOutcome::Kind::kHandedOver:
      outcome.reason = "handed over";
      break;
    case ActionOutcome::Kind::kExitRun:
      break;
  }
  EndBy(std::move(outcome));
}

void ActionRun::Halt() {
  if (execution_) execution_->Halt();
  action_.reset();
  tell_end_.Cancel();
}

void ActionRun::EndBy(ActionOutcome end) {
  end_ = std::move(end);
  Halt();
  tell_end_.SetAfter(absl::ZeroDuration());
}

absl::Status ActionRun::SetInput(Json input) {
  if (!input.is_object()) return base::InvalidInput("input", "must be an object");
  if (end_) return absl::NotFoundError("the action has ended");
  if (execution_) {
    GREGALE_RETURN_IF_ERROR(execution_->SetInput(input));
  } else {
    GREGALE_RETURN_IF_ERROR(action_->Check(input));
    action_->Update(input);
  }
  spec_.input = std::move(input);
  return absl::OkStatus();
}

RunHead ActionRun::head() const {
  return {base::Uuid::Parse(spec_.action_id).value_or(base::Uuid()), spec_.owner,
          spec_.call.has_value(), spec_.version};
}

void ActionRun::Describe(v1::MonitorAction* out) const {
  out->set_action_id(spec_.action_id);
  out->set_vnf_id(spec_.vnf_id);
  if (spec_.workflow != nullptr) out->set_workflow_name(workflow::WorkflowName(*spec_.workflow));
  *out->mutable_started() = ToProto(started_);
  const auto append = [&](const Action& a) { a.AppendTargets(out->mutable_targets()); };
  if (execution_) execution_->ForEachAction(append);
  if (action_ != nullptr) append(*action_);
  out->set_version(spec_.version);
}

}  // namespace gregale::executor
