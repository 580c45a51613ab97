#include "executor/action_run.h"

#include <type_traits>
#include <utility>

#include "base/error.h"
#include "executor/error_text.h"
#include "executor/proto_time.h"

namespace gregale::executor {
namespace {

using base::Json;

// The id of an action that runs without a workflow.
constexpr char kOnlyAction[] = "action";
// Steps that a workflow may take in one go, without waiting for anything: more never settle.
constexpr int kStepsMax = 1000;

std::string TextOf(const Json& error) {
  return error.is_string() ? error.get<std::string>() : base::DumpJson(error);
}

}  // namespace

ActionRun::ActionRun(const ActionEnvironment& environment, ActionRunObserver& observer,
                     RunSpec spec)
    : environment_(environment),
      observer_(observer),
      spec_(std::move(spec)),
      started_(environment.scheduler.WallNow()),
      tell_end_(environment.scheduler, [this] {
        const std::string reason = end_->reason;  // outlives the run
        observer_.OnEnd(*this, reason);
      }) {}

absl::StatusOr<std::unique_ptr<ActionRun>> ActionRun::Start(const ActionEnvironment& environment,
                                                            ActionRunObserver& observer,
                                                            RunSpec spec) {
  std::unique_ptr<ActionRun> run(new ActionRun(environment, observer, std::move(spec)));
  if (const absl::Status status = run->StartAll(); !status.ok()) return status;
  return run;
}

absl::Status ActionRun::StartAll() {
  if (spec_.workflow == nullptr) return MakeAction(kOnlyAction, spec_.action, spec_.input);
  execution_.emplace(spec_.workflow);
  auto commands = execution_->Step(workflow::Start{spec_.input});
  if (!commands.ok()) return commands.status();
  Obey(*std::move(commands));
  if (!end_) return absl::OkStatus();
  if (!end_->good) {
    return action_error_.ok() ? base::InvalidInput("workflow", end_->reason) : action_error_;
  }
  return base::InvalidInput("workflow", "ends at once: it starts no action");
}

absl::Status ActionRun::MakeAction(const std::string& id, const std::string& name,
                                   const Json& input) {
  const ActionKind* kind = FindActionKind(name);
  if (kind == nullptr) {
    return base::InvalidInput("action", base::Cat("'", name.substr(0, 64), "' is unknown"));
  }
  GREGALE_RETURN_IF_ERROR(kind->check(input));
  ActionContext context{
      .environment = environment_, .host = *this, .done = [this, id](ActionOutcome outcome) {
        OnOutcome(id, std::move(outcome));
      }};
  actions_[id] = {.action = kind->make(input, std::move(context))};
  return absl::OkStatus();
}

void ActionRun::Obey(const workflow::StartAction& command, std::vector<workflow::Event>* events) {
  const absl::Status status = MakeAction(command.action_id, command.action, command.input);
  if (status.ok()) return;
  action_error_ = status;
  events->push_back(workflow::ActionFailed{command.action_id, ErrorText(status)});
}

void ActionRun::Obey(std::vector<workflow::Command> commands) {
  for (int step = 0; step < kStepsMax; ++step) {
    std::vector<workflow::Event> events;
    for (const workflow::Command& command : commands) {
      if (const auto* start = std::get_if<workflow::StartAction>(&command)) {
        Obey(*start, &events);
      } else if (const auto* update = std::get_if<workflow::UpdateAction>(&command)) {
        const auto running = actions_.find(update->action_id);
        if (running == actions_.end()) continue;
        running->second.action->Update(update->input);
        running->second.updated = true;
      } else if (const auto* cancel = std::get_if<workflow::CancelAction>(&command)) {
        actions_.erase(cancel->action_id);
      } else if (const auto* finish = std::get_if<workflow::Finish>(&command)) {
        const bool good = finish->state == "SUCCESS";
        const bool known = !good && !action_error_.ok();
        EndBy({good, good ? "success" : known ? ErrorText(action_error_) : TextOf(finish->output)});
        return;  // the last command
      }
    }
    if (events.empty()) return;
    commands.clear();
    for (const workflow::Event& event : events) {
      auto more = execution_->Step(event);
      if (!more.ok()) continue;  // only the caller's input can be wrong
      commands.insert(commands.end(), more->begin(), more->end());
    }
  }
  EndBy({false, "the workflow does not settle"});
}

void ActionRun::EndBy(End end) {
  end_ = std::move(end);
  actions_.clear();
  tell_end_.SetAfter(absl::ZeroDuration());
}

void ActionRun::OnOutcome(const std::string& id, ActionOutcome outcome) {
  const auto ended = actions_.extract(id);  // has done its work, and goes with this call
  const bool good = outcome.kind == ActionOutcome::Kind::kSucceeded;
  if (outcome.kind == ActionOutcome::Kind::kExitRun) {
    EndBy({false, std::move(outcome.reason)});
    return;
  }
  if (!good) action_error_ = absl::UnknownError(TextOf(outcome.value));
  if (!execution_) {
    EndBy({good, good ? "success" : ErrorText(action_error_)});
    return;
  }
  workflow::Event event = workflow::ActionSucceeded{id, std::move(outcome.value)};
  if (!good) event = workflow::ActionFailed{id, ErrorText(action_error_)};
  auto commands = execution_->Step(event);
  if (commands.ok()) Obey(*std::move(commands));
}

absl::Status ActionRun::CheckCommands(const std::vector<workflow::Command>& commands) const {
  for (const workflow::Command& command : commands) {
    const auto* update = std::get_if<workflow::UpdateAction>(&command);
    if (update == nullptr) continue;
    const auto running = actions_.find(update->action_id);
    if (running == actions_.end()) continue;
    GREGALE_RETURN_IF_ERROR(running->second.action->Check(update->input));
  }
  return absl::OkStatus();
}

absl::Status ActionRun::SetWorkflowInput(const Json& input) {
  auto commands = execution_->Step(workflow::InputChanged{input});
  if (!commands.ok()) return commands.status();
  if (const absl::Status status = CheckCommands(*commands); !status.ok()) {
    // Back to the old input; the actions never left it.
    execution_->Step(workflow::InputChanged{spec_.input}).IgnoreError();
    return status;
  }
  for (auto& [id, running] : actions_) running.updated = false;
  Obey(*std::move(commands));
  for (auto& [id, running] : actions_) {
    if (!running.updated) running.action->Resume();
  }
  return absl::OkStatus();
}

absl::Status ActionRun::SetInput(Json input) {
  if (!input.is_object()) return base::InvalidInput("input", "must be an object");
  if (end_) return absl::NotFoundError("the action has ended");
  if (execution_) {
    GREGALE_RETURN_IF_ERROR(SetWorkflowInput(input));
  } else {
    Action& action = *actions_.at(kOnlyAction).action;
    GREGALE_RETURN_IF_ERROR(action.Check(input));
    action.Update(input);
  }
  spec_.input = std::move(input);
  return absl::OkStatus();
}

bool ActionRun::Wants(v1::MonitorEvent::Kind kind) const {
  return kind == v1::MonitorEvent::KIND_PROBE ? watch_.probes : watch_.events;
}

void ActionRun::Publish(v1::MonitorEvent event) {
  Stamp(&event);
  observer_.OnEvent(*this, event);
}

v1::MonitorEvent ActionRun::MakeEvent(v1::MonitorEvent::Kind kind, std::string_view reason) const {
  v1::MonitorEvent event;
  event.set_kind(kind);
  event.set_reason(std::string(reason));
  Stamp(&event);
  return event;
}

void ActionRun::Stamp(v1::MonitorEvent* event) const {
  event->set_action_id(spec_.action_id);
  event->set_vnf_id(spec_.vnf_id);
  *event->mutable_time() = ToProto(environment_.scheduler.WallNow());
}

void ActionRun::Describe(v1::MonitorAction* out) const {
  out->set_action_id(spec_.action_id);
  out->set_vnf_id(spec_.vnf_id);
  if (spec_.workflow != nullptr) out->set_workflow_name(workflow::WorkflowName(*spec_.workflow));
  *out->mutable_started() = ToProto(started_);
  for (const auto& [id, running] : actions_) running.action->AppendTargets(out->mutable_targets());
  out->set_version(spec_.version);
}

}  // namespace gregale::executor
