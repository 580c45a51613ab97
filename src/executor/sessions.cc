#include "executor/sessions.h"

#include <malloc.h>

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "executor/action_services.h"
#include "executor/error_text.h"
#include "executor/proto_time.h"
#include "executor/run_spec.h"
#include "rpc/stream.h"
#include "rpc/struct_json.h"

namespace gregale::executor {
namespace {

using v1::SessionCommand;
using v1::SessionEvent;

// Commands that are carried out before probes get their turn: for this time, and at most so many.
constexpr absl::Duration kTurn = absl::Milliseconds(1);
constexpr int kCommandsPerTurn = 1000;
// After as many, when no more have come for a while, the memory of their messages goes back to the
// system.
constexpr int kCommandsPerTrim = 10'000;
constexpr absl::Duration kTrimDelay = absl::Milliseconds(500);
constexpr char kNotHere[] = "does not run here";
// What called actions have left, until conductors take it.
constexpr size_t kKeptBytesMax = 256u << 20;
constexpr size_t kValueBytesMax = 1u << 20;

// What a conductor is told of a called action that has ended. As with Mistral, a result can be too
// large.
SessionEvent::ActionResult ResultOf(const std::string& action_id, const ActionOutcome& end) {
  using Result = SessionEvent::ActionResult;
  Result result;
  result.set_action_id(action_id);
  if (end.kind == ActionOutcome::Kind::kHandedOver) {
    result.set_outcome(Result::OUTCOME_HANDED_OVER);
    return result;
  }
  const bool good = end.kind == ActionOutcome::Kind::kSucceeded;
  result.set_outcome(good ? Result::OUTCOME_SUCCEEDED : Result::OUTCOME_FAILED);
  result.set_value(base::DumpJson(end.value));
  if (result.value().size() > kValueBytesMax) {
    result.set_outcome(Result::OUTCOME_FAILED);
    result.set_value(base::DumpJson(
        base::Cat("Size limit exceeded: the result has more than ", kValueBytesMax, " bytes")));
  }
  return result;
}

}  // namespace

Sessions::Sessions(const ActionEnvironment& environment, ActionRunner& runner, Identity identity)
    : environment_(environment),
      scheduler_(environment.scheduler),
      runner_(runner),
      identity_(std::move(identity)),
      work_(scheduler_, [this] { Work(); }),
      trim_(scheduler_, [this] { Trim(); }) {
  runner_.set_on_end(
      [this](const RunHead& run, const ActionOutcome& end) { OnActionEnd(run, end); });
}

void Sessions::OnConnect(uint64_t session, std::shared_ptr<EventSink> sink) {
  sessions_[session] = {.sink = std::move(sink)};
}

void Sessions::OnGone(uint64_t session) {
  if (current_ == session) {
    base::LogInfo("session lost; probing goes on",
                  {{"conductor", sessions_.at(session).conductor_id}});
  }
  End(session, absl::OkStatus());
}

void Sessions::End(uint64_t id, const absl::Status& status) {
  if (current_ == id) {
    current_.reset();
    queue_.clear();
    queued_bytes_ = 0;
    position_ = 0;
    results_.Clear();
    results_bytes_ = 0;
    work_.Cancel();
  }
  const auto session = sessions_.extract(id);
  if (!session.empty()) session.mapped().sink->Finish(Explained(status));
}

absl::Status Sessions::Check(const Session& session, const SessionCommand& command) const {
  if (command.has_open() == session.open) {
    return base::InvalidInput(
        "open", session.open ? "only the first frame has it" : "the first frame must have it");
  }
  const int most = static_cast<int>(base::kActionsPerFrameMax);
  if (command.start_size() > most || command.update_size() > most || command.cancel_size() > most) {
    return base::InvalidInput("start, update, cancel", base::Cat("at most ", most, " of each"));
  }
  return absl::OkStatus();
}

void Sessions::OnCommand(uint64_t id, SessionCommand command, size_t bytes) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;  // ended by us; what it still says does not count
  absl::Status status = Check(found->second, command);
  if (status.ok() && command.has_open()) status = Open(id, found->second, command.open());
  if (status.ok()) {
    queued_bytes_ += bytes;
    queue_.push_back({std::move(command), bytes});
    work_.SetAfter(absl::ZeroDuration());
    if (queued_bytes_ > base::kSessionBytesQueuedMax) {
      status = absl::ResourceExhaustedError("too many commands wait");
    }
  }
  if (!status.ok()) End(id, status);
}

absl::Status Sessions::Open(uint64_t id, Session& session, const SessionCommand::Open& open) {
  if (open.conductor_id().empty() || open.conductor_id().size() > base::kNameCharsMax) {
    return base::InvalidInput("open.conductor_id", "must have 1 to 255 characters");
  }
  if (open.epoch() < newest_epoch_) {
    return absl::FailedPreconditionError(
        base::Cat("epoch ", open.epoch(), " is over; the newest is ", newest_epoch_));
  }
  if (current_) {
    End(*current_, absl::AbortedError(base::Cat("conductor ", open.conductor_id(),
                                                " has taken over with epoch ", open.epoch())));
  }
  newest_epoch_ = open.epoch();
  session.open = true;
  session.epoch = open.epoch();
  session.conductor_id = open.conductor_id();
  current_ = id;
  base::LogInfo("session opened", {{"conductor", session.conductor_id},
                                   {"epoch", std::to_string(session.epoch)},
                                   {"actions", std::to_string(runner_.size())}});
  SendInventory();
  return absl::OkStatus();
}

void Sessions::SendInventory() {
  EventSink& sink = *sessions_.at(*current_).sink;
  SessionEvent event;
  const auto begin = [&] {
    event.Clear();
    event.mutable_opened()->set_executor_id(identity_.executor_id);
    event.mutable_opened()->set_incarnation(identity_.incarnation);
  };
  begin();
  const auto add = [&](const std::string& action_id, uint64_t version) {
    if (event.opened().running_size() == static_cast<int>(base::kActionsPerFrameMax)) {
      sink.Send(event);
      begin();
    }
    auto* running = event.mutable_opened()->add_running();
    running->set_action_id(action_id);
    running->set_version(version);
  };
  runner_.ForEach([&](const RunHead& run) {
    if (run.owner == RunOwner::kSession) add(run.action_id.ToText(), run.version);
  });
  for (const auto& [action_id, result] : kept_) add(action_id, result.version());
  event.mutable_opened()->set_complete(true);
  sink.Send(event);
  SendKept();
}

void Sessions::SendKept() {
  for (const auto& [action_id, result] : kept_) Tell(result);
  SendResults();
}

void Sessions::Work() {
  const base::MonoTime end = scheduler_.Now() + kTurn;
  for (int i = 0; i < kCommandsPerTurn && !queue_.empty() && scheduler_.Now() < end; ++i) {
    ++untrimmed_;
    if (DoNext(queue_.front().command)) continue;
    queued_bytes_ -= queue_.front().bytes;
    queue_.pop_front();
    position_ = 0;
  }
  SendResults();
  if (!queue_.empty()) {
    work_.SetAfter(absl::ZeroDuration());
  } else if (untrimmed_ >= kCommandsPerTrim) {
    trim_.SetAfter(kTrimDelay);
  }
}

void Sessions::Trim() {
  untrimmed_ = 0;
  if (environment_.services == nullptr) return;
  // Messages are made by threads of gRPC: what they leave behind is no use to this one. It takes
  // some milliseconds, for which probes shall not wait.
  trimming_ = environment_.services->workers.Start(
      [](const Cancellation&) {
        malloc_trim(0);
        return ActionOutcome();
      },
      [this](const ActionOutcome&) { trimming_.reset(); });
}

bool Sessions::DoNext(const SessionCommand& frame) {
  int index = position_++;
  if (index < frame.start_size()) {
    Tell(Start(frame.start(index)));
    return true;
  }
  index -= frame.start_size();
  if (index < frame.update_size()) {
    Tell(Update(frame.update(index)));
    return true;
  }
  index -= frame.update_size();
  if (index < frame.cancel_size()) {
    Cancel(frame.cancel(index));
    return true;
  }
  return false;
}

Sessions::Result Sessions::Start(const SessionCommand::Start& command) {
  const std::string& id = command.action_id();
  absl::Status status;
  if (!kept_.contains(id)) {
    const auto running = runner_.Find(id);
    status = running              ? BringTo(command, *running)
             : command.has_call() ? StartCall(command)
                                  : StartNew(command);
  }
  // It has ended before, or could not begin.
  if (const auto kept = kept_.find(id); kept != kept_.end()) return kept->second;
  const auto running = runner_.Find(id);
  Result result;
  result.set_action_id(id);
  if (running) result.set_version(running->version);
  if (status.ok()) {
    result.set_outcome(Result::OUTCOME_RUNNING);
  } else {
    result.set_outcome(Result::OUTCOME_REFUSED);
    result.set_error(ErrorText(status));
  }
  return result;
}

absl::Status Sessions::StartNew(const SessionCommand::Start& command) {
  GREGALE_ASSIGN_OR_RETURN(RunSpec spec, MakeRunSpec(command.spec(), command.vnf_id(), runner_));
  spec.action_id = command.action_id();
  spec.owner = RunOwner::kSession;
  spec.version = command.version();
  spec.age = FromProto(command.age());
  return runner_.Start(std::move(spec));
}

absl::Status Sessions::StartCall(const SessionCommand::Start& command) {
  if (kept_bytes_ > kKeptBytesMax) {
    return absl::ResourceExhaustedError("too much waits for the conductors to take it");
  }
  auto input = base::ParseJson(command.call().input());
  RunSpec spec{.action_id = command.action_id(),
               .owner = RunOwner::kSession,
               .version = command.version(),
               .action = command.spec().action(),
               .call = ActionCall{.task_id = command.call().task_id(),
                                  .execution_id = command.call().execution_id(),
                                  .workflow = command.call().workflow_name()}};
  absl::Status status = input.status();
  if (status.ok()) {
    spec.input = *std::move(input);
    status = runner_.Start(std::move(spec));
  }
  // An action that cannot be called like this has failed.
  if (absl::IsInvalidArgument(status)) {
    Keep(ResultOf(command.action_id(),
                  {.kind = ActionOutcome::Kind::kFailed, .value = ErrorText(status)}));
  }
  return status;
}

absl::Status Sessions::BringTo(const SessionCommand::Start& command, const RunHead& running) {
  if (running.owner != RunOwner::kSession) {
    return absl::AlreadyExistsError("the action runs here for another caller");
  }
  if (command.version() <= running.version) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(RunSpec spec, MakeRunSpec(command.spec(), command.vnf_id(), runner_));
  return runner_.SetInput(command.action_id(), std::move(spec.input), command.version());
}

Sessions::Result Sessions::Update(const SessionCommand::Update& command) {
  Result result;
  result.set_action_id(command.action_id());
  const auto running = runner_.Find(command.action_id());
  if (!running || running->owner != RunOwner::kSession) {
    result.set_outcome(Result::OUTCOME_ENDED);
    result.set_error(kNotHere);
    return result;
  }
  absl::Status status;
  if (command.version() > running->version) {
    const auto parameter = rpc::ToJson(command.parameter());
    status = parameter.ok() ? runner_.Update(command.action_id(), *parameter)
                            : absl::Status(parameter.status());
    if (status.ok()) runner_.SetVersion(command.action_id(), command.version());
  }
  result.set_outcome(status.ok() ? Result::OUTCOME_RUNNING : Result::OUTCOME_REFUSED);
  const auto now = runner_.Find(command.action_id());
  if (now) result.set_version(now->version);
  result.set_error(ErrorText(status));
  return result;
}

void Sessions::Cancel(const SessionCommand::Cancel& command) {
  const auto running = runner_.Find(command.action_id());
  if (running && running->owner == RunOwner::kSession) {
    runner_.Kill(command.action_id(), "killed").IgnoreError();  // OnActionEnd adds the result
    return;
  }
  if (const auto kept = kept_.extract(command.action_id()); !kept.empty()) {
    kept_bytes_ -= kept.mapped().value().size();
  }
  Result result;
  result.set_action_id(command.action_id());
  result.set_outcome(Result::OUTCOME_ENDED);
  result.set_error(kNotHere);
  Tell(result);
}

void Sessions::OnActionEnd(const RunHead& run, const ActionOutcome& end) {
  Result result;
  if (run.called && end.kind != ActionOutcome::Kind::kExitRun) {
    result = ResultOf(run.action_id.ToText(), end);
    Keep(result);
  } else {
    result.set_action_id(run.action_id.ToText());
    result.set_outcome(Result::OUTCOME_ENDED);
    result.set_version(run.version);
    result.set_error(end.reason);
  }
  if (!current_) return;  // the next session sees it in the inventory, or misses it there
  Tell(result);
  work_.SetAfter(absl::ZeroDuration());
}

void Sessions::Keep(Result result) {
  kept_bytes_ += result.value().size();
  kept_[result.action_id()] = std::move(result);
}

void Sessions::Tell(const Result& result) {
  if (results_bytes_ > base::kSessionFrameBytesMax) SendResults();
  *results_.add_results() = result;
  results_bytes_ += result.value().size();
}

void Sessions::SendResults() {
  if (results_.results_size() == 0) return;
  sessions_.at(*current_).sink->Send(std::move(results_));
  results_.Clear();
  results_bytes_ = 0;
}

}  // namespace gregale::executor
