#include "executor/execution_driver.h"

#include <utility>

#include "base/error.h"
#include "executor/error_text.h"
#include "workflow/execution_state.h"

namespace gregale::executor {
namespace {

using base::Json;
using workflow::State;

// Failures at the start of actions that may lead to each other in one go: more never settle.
constexpr int kFailuresMax = 10'000;

}  // namespace

ExecutionDriver::ExecutionDriver(const ActionEnvironment& environment, ActionHost& host,
                                 Listener& listener, const workflow::Library& library,
                                 std::shared_ptr<const workflow::Workflow> workflow)
    : environment_(environment),
      host_(host),
      listener_(listener),
      execution_(std::move(workflow), library) {}

ExecutionDriver::~ExecutionDriver() = default;

absl::StatusOr<std::vector<workflow::Command>> ExecutionDriver::Step(
    decltype(workflow::Event::what) what) {
  return execution_.Step({environment_.scheduler.WallNow(), std::move(what)});
}

absl::Status ExecutionDriver::Start(Json input, Json params) {
  return Handle(workflow::Start{.input = std::move(input),
                                .params = std::move(params),
                                .seed_high = environment_.random.Next(),
                                .seed_low = environment_.random.Next()});
}

absl::Status ExecutionDriver::Handle(decltype(workflow::Event::what) what) {
  const auto* done = std::get_if<workflow::ActionDone>(&what);
  const std::unique_ptr<Action> ended = done == nullptr ? nullptr : Take(done->action_id);
  GREGALE_ASSIGN_OR_RETURN(auto commands, Step(std::move(what)));
  Obey(std::move(commands));
  return absl::OkStatus();
}

void ExecutionDriver::Obey(workflow::StartAction& command,
                           std::deque<workflow::ActionDone>& failures) {
  const ActionKind* kind = FindActionKind(command.action);
  const absl::Status status =
      kind == nullptr ? base::InvalidInput("action", "is unknown") : kind->check(command.input);
  if (!status.ok()) {
    action_error_ = status;
    failures.push_back({command.action_id, State::kError, ErrorText(status)});
    return;
  }
  const uint64_t start = starts_++;
  started_[command.action_id] = start;
  ActionContext context{
      .environment = environment_,
      .host = host_,
      .done = [this, id = command.action_id](ActionOutcome o) { OnOutcome(id, std::move(o)); },
      .call = {.action_execution_id = command.action_id,
               .task_id = std::move(command.task_id),
               .execution_id = std::move(command.execution_id),
               .workflow = std::move(command.workflow)}};
  running_[start] = {.id = std::move(command.action_id),
                     .action = kind->make(command.input, std::move(context))};
}

void ExecutionDriver::Obey(const workflow::UpdateAction& command) {
  Running* running = Find(command.action_id);
  if (running == nullptr) return;
  running->action->Update(command.input);
  running->updated = true;
}

void ExecutionDriver::Obey(const workflow::SetTimer& command) {
  auto& alarm = alarms_[command.timer];
  alarm = std::make_unique<base::Alarm>(environment_.scheduler,
                                        [this, timer = command.timer] { OnTimer(timer); });
  alarm->SetAfter(command.delay);
}

void ExecutionDriver::Obey(std::vector<workflow::Command> commands) {
  std::deque<workflow::ActionDone> failures;
  for (int failed = 0; failed < kFailuresMax; ++failed) {
    for (workflow::Command& command : commands) {
      if (auto* start = std::get_if<workflow::StartAction>(&command)) {
        Obey(*start, failures);
      } else if (const auto* update = std::get_if<workflow::UpdateAction>(&command)) {
        Obey(*update);
      } else if (const auto* cancel = std::get_if<workflow::CancelAction>(&command)) {
        Take(cancel->action_id);
      } else if (const auto* timer = std::get_if<workflow::SetTimer>(&command)) {
        Obey(*timer);
      } else if (const auto* finish = std::get_if<workflow::Finish>(&command)) {
        listener_.OnFinished(finish->state, finish->output);
      }
      if (halted_) return;
    }
    if (failures.empty()) return;
    auto more = Step(std::move(failures.front()));
    failures.pop_front();
    commands = more.ok() ? *std::move(more) : std::vector<workflow::Command>();
  }
  Halt();
  listener_.OnFinished(State::kError, "the workflow does not settle");
}

ExecutionDriver::Running* ExecutionDriver::Find(const std::string& action_id) {
  const auto start = started_.find(action_id);
  return start == started_.end() ? nullptr : &running_.at(start->second);
}

std::unique_ptr<Action> ExecutionDriver::Take(const std::string& action_id) {
  const auto start = started_.find(action_id);
  if (start == started_.end()) return nullptr;
  std::unique_ptr<Action> action = std::move(running_.extract(start->second).mapped().action);
  started_.erase(start);
  return action;
}

void ExecutionDriver::OnOutcome(const std::string& action_id, ActionOutcome outcome) {
  const std::string id = action_id;                // outlives the action, whose callback holds it
  const std::unique_ptr<Action> ended = Take(id);  // has done its work, and goes with this call
  if (outcome.kind == ActionOutcome::Kind::kExitRun) {
    listener_.OnExit(outcome.reason);
    return;
  }
  if (outcome.kind == ActionOutcome::Kind::kHandedOver) return;
  const bool good = outcome.kind == ActionOutcome::Kind::kSucceeded;
  if (!good) {
    const Json& error = outcome.value;
    action_error_ =
        absl::UnknownError(error.is_string() ? error.get<std::string>() : base::DumpJson(error));
  }
  auto commands = Step(
      workflow::ActionDone{id, good ? State::kSuccess : State::kError, std::move(outcome.value)});
  if (commands.ok()) Obey(*std::move(commands));
}

void ExecutionDriver::OnTimer(uint64_t timer) {
  const auto fired = alarms_.extract(timer);
  auto commands = Step(workflow::TimerFired{timer});
  if (commands.ok()) Obey(*std::move(commands));
}

absl::Status ExecutionDriver::CheckUpdates(const std::vector<workflow::Command>& commands) {
  for (const workflow::Command& command : commands) {
    const auto* update = std::get_if<workflow::UpdateAction>(&command);
    const Running* running = update == nullptr ? nullptr : Find(update->action_id);
    if (running != nullptr) GREGALE_RETURN_IF_ERROR(running->action->Check(update->input));
  }
  return absl::OkStatus();
}

absl::Status ExecutionDriver::SetInput(const Json& input) {
  const Json old = execution_.state().root()->input;
  auto commands = Step(workflow::InputChanged{input});
  if (!commands.ok()) return commands.status();
  if (const absl::Status status = CheckUpdates(*commands); !status.ok()) {
    // Back to the old input; the actions never left it.
    Step(workflow::InputChanged{old}).IgnoreError();
    return status;
  }
  for (auto& [start, running] : running_) running.updated = false;
  Obey(*std::move(commands));
  for (auto& [start, running] : running_) {
    if (!running.updated) running.action->Resume();
  }
  return absl::OkStatus();
}

void ExecutionDriver::Halt() {
  halted_ = true;
  running_.clear();
  started_.clear();
  alarms_.clear();
}

void ExecutionDriver::ForEachAction(const std::function<void(const Action&)>& visit) const {
  for (const auto& [start, running] : running_) visit(*running.action);
}

}  // namespace gregale::executor
