#include "executor/sessions.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "executor/error_text.h"
#include "executor/run_spec.h"
#include "rpc/stream.h"
#include "rpc/struct_json.h"

namespace gregale::executor {
namespace {

using v1::SessionCommand;
using v1::SessionEvent;

// Commands that are carried out before probes get their turn.
constexpr int kCommandsPerTurn = 64;
constexpr char kNotHere[] = "does not run here";

}  // namespace

Sessions::Sessions(base::Scheduler& scheduler, ActionRunner& runner, Identity identity)
    : scheduler_(scheduler),
      runner_(runner),
      identity_(std::move(identity)),
      work_(scheduler, [this] { Work(); }) {
  runner_.set_on_end(
      [this](const RunSpec& spec, const std::string& reason) { OnActionEnd(spec, reason); });
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

void Sessions::OnCommand(uint64_t id, SessionCommand command) {
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return;  // ended by us; what it still says does not count
  absl::Status status = Check(found->second, command);
  if (status.ok() && command.has_open()) status = Open(id, found->second, command.open());
  if (status.ok()) {
    queued_bytes_ += command.ByteSizeLong();
    queue_.push_back(std::move(command));
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
  runner_.ForEach([&](const RunSpec& spec) {
    if (spec.owner != RunOwner::kSession) return;
    if (event.opened().running_size() == static_cast<int>(base::kActionsPerFrameMax)) {
      sink.Send(event);
      begin();
    }
    auto* running = event.mutable_opened()->add_running();
    running->set_action_id(spec.action_id);
    running->set_version(spec.version);
  });
  event.mutable_opened()->set_complete(true);
  sink.Send(event);
}

void Sessions::Work() {
  for (int i = 0; i < kCommandsPerTurn && !queue_.empty(); ++i) {
    if (DoNext(queue_.front())) continue;
    queued_bytes_ -= queue_.front().ByteSizeLong();
    queue_.pop_front();
    position_ = 0;
  }
  SendResults();
  if (!queue_.empty()) work_.SetAfter(absl::ZeroDuration());
}

bool Sessions::DoNext(const SessionCommand& frame) {
  int index = position_++;
  if (index < frame.start_size()) {
    Start(frame.start(index), AddResult(frame.start(index).action_id()));
    return true;
  }
  index -= frame.start_size();
  if (index < frame.update_size()) {
    Update(frame.update(index), AddResult(frame.update(index).action_id()));
    return true;
  }
  index -= frame.update_size();
  if (index < frame.cancel_size()) {
    Cancel(frame.cancel(index));
    return true;
  }
  return false;
}

void Sessions::Start(const SessionCommand::Start& command, Result* result) {
  const RunSpec* running = runner_.Find(command.action_id());
  const absl::Status status = running == nullptr ? StartNew(command) : BringTo(command, *running);
  running = runner_.Find(command.action_id());
  if (running != nullptr) result->set_version(running->version);
  if (status.ok()) {
    result->set_outcome(Result::OUTCOME_RUNNING);
  } else {
    result->set_outcome(Result::OUTCOME_REFUSED);
    result->set_error(ErrorText(status));
  }
}

absl::Status Sessions::StartNew(const SessionCommand::Start& command) {
  GREGALE_ASSIGN_OR_RETURN(RunSpec spec, MakeRunSpec(command.spec(), runner_));
  spec.action_id = command.action_id();
  spec.vnf_id = command.vnf_id();
  spec.owner = RunOwner::kSession;
  spec.version = command.version();
  return runner_.Start(std::move(spec));
}

absl::Status Sessions::BringTo(const SessionCommand::Start& command, const RunSpec& running) {
  if (running.owner != RunOwner::kSession) {
    return absl::AlreadyExistsError("the action runs here for another caller");
  }
  if (command.version() <= running.version) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(RunSpec spec, MakeRunSpec(command.spec(), runner_));
  return runner_.SetInput(command.action_id(), std::move(spec.input), command.version());
}

void Sessions::Update(const SessionCommand::Update& command, Result* result) {
  const RunSpec* running = runner_.Find(command.action_id());
  if (running == nullptr || running->owner != RunOwner::kSession) {
    result->set_outcome(Result::OUTCOME_ENDED);
    result->set_error(kNotHere);
    return;
  }
  absl::Status status;
  if (command.version() > running->version) {
    const auto parameter = rpc::ToJson(command.parameter());
    status = parameter.ok() ? runner_.Update(command.action_id(), *parameter)
                            : absl::Status(parameter.status());
    if (status.ok()) runner_.SetVersion(command.action_id(), command.version());
  }
  result->set_outcome(status.ok() ? Result::OUTCOME_RUNNING : Result::OUTCOME_REFUSED);
  result->set_version(running->version);
  result->set_error(ErrorText(status));
}

void Sessions::Cancel(const SessionCommand::Cancel& command) {
  const RunSpec* running = runner_.Find(command.action_id());
  if (running != nullptr && running->owner == RunOwner::kSession) {
    runner_.Kill(command.action_id(), "killed").IgnoreError();  // OnActionEnd adds the result
    return;
  }
  Result* result = AddResult(command.action_id());
  result->set_outcome(Result::OUTCOME_ENDED);
  result->set_error(kNotHere);
}

void Sessions::OnActionEnd(const RunSpec& spec, const std::string& reason) {
  if (!current_) return;  // the next session misses it in the inventory
  Result* result = AddResult(spec.action_id);
  result->set_outcome(Result::OUTCOME_ENDED);
  result->set_version(spec.version);
  result->set_error(reason);
  work_.SetAfter(absl::ZeroDuration());
}

Sessions::Result* Sessions::AddResult(const std::string& action_id) {
  Result* result = results_.add_results();
  result->set_action_id(action_id);
  return result;
}

void Sessions::SendResults() {
  if (results_.results_size() == 0) return;
  sessions_.at(*current_).sink->Send(std::move(results_));
  results_.Clear();
}

}  // namespace gregale::executor
