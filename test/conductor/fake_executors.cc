#include "conductor/fake_executors.h"

#include <algorithm>

namespace gregale::conductor {

using Result = v1::SessionEvent::ActionResult;

// One session, as the executor sees it.
struct FakeExecutors::Line {
  std::string address;
  std::function<void(v1::SessionEvent)> on_event;
  std::function<void(absl::Status)> on_gone;
  std::deque<v1::SessionCommand> commands;
  bool gone = false;
};

class FakeExecutors::FakeSession : public Session {
 public:
  FakeSession(FakeExecutors& fleet, std::unique_ptr<Line> line)
      : fleet_(fleet), line_(std::move(line)) {
    fleet_.lines_.push_back(line_.get());
  }
  ~FakeSession() override { std::erase(fleet_.lines_, line_.get()); }
  bool Send(v1::SessionCommand command) override {
    if (line_->gone) return false;
    line_->commands.push_back(std::move(command));
    return true;
  }

 private:
  FakeExecutors& fleet_;
  const std::unique_ptr<Line> line_;
};

std::unique_ptr<Session> FakeExecutors::Open(const std::string& address,
                                             std::function<void(v1::SessionEvent)> on_event,
                                             std::function<void(absl::Status)> on_gone) {
  auto line = std::make_unique<Line>();
  line->address = address;
  line->on_event = std::move(on_event);
  line->on_gone = std::move(on_gone);
  return std::make_unique<FakeSession>(*this, std::move(line));
}

void FakeExecutors::Run() {
  const std::vector<Line*> lines = lines_;
  for (Line* line : lines) {
    if (!At(line->address).reachable && !line->gone) {
      line->gone = true;
      line->on_gone(absl::UnavailableError("connection refused"));
    }
    while (!line->gone && !line->commands.empty()) {
      const v1::SessionCommand command = std::move(line->commands.front());
      line->commands.pop_front();
      Answer(*line, command);
    }
  }
}

void FakeExecutors::Answer(Line& line, const v1::SessionCommand& command) {
  Executor& executor = At(line.address);
  v1::SessionEvent event;
  if (command.has_open()) {
    if (command.open().epoch() < executor.epoch) {
      line.gone = true;
      line.on_gone(absl::FailedPreconditionError("an old epoch"));
      return;
    }
    executor.epoch = command.open().epoch();
    event.mutable_opened()->set_executor_id(executor.id);
    event.mutable_opened()->set_incarnation(executor.incarnation);
    event.mutable_opened()->set_complete(true);
    for (const auto& [action_id, version] : executor.running) {
      auto* running = event.mutable_opened()->add_running();
      running->set_action_id(action_id);
      running->set_version(static_cast<uint64_t>(version));
    }
    for (const auto& [action_id, result] : executor.kept) {
      event.mutable_opened()->add_running()->set_action_id(action_id);
    }
    for (const auto& [action_id, result] : executor.kept) *event.add_results() = result;
  }
  const auto add = [&](const std::string& action_id, Result::Outcome outcome) {
    Result* result = event.add_results();
    result->set_action_id(action_id);
    result->set_outcome(outcome);
    const auto running = executor.running.find(action_id);
    if (running != executor.running.end()) {
      result->set_version(static_cast<uint64_t>(running->second));
    }
  };
  for (const auto& start : command.start()) {
    ++executor.starts;
    executor.age_of_last_start =
        absl::Seconds(start.age().seconds()) + absl::Nanoseconds(start.age().nanos());
    if (start.has_call()) {
      StartCall(executor, start, event.add_results());
      continue;
    }
    if (executor.refused.contains(start.vnf_id())) {
      add(start.action_id(), Result::OUTCOME_REFUSED);
      event.mutable_results(event.results_size() - 1)->set_error("no such action 'vnf.levitate'");
      continue;
    }
    executor.running[start.action_id()] = static_cast<int64_t>(start.version());
    add(start.action_id(), Result::OUTCOME_RUNNING);
  }
  for (const auto& update : command.update()) {
    ++executor.updates;
    const bool runs = executor.running.contains(update.action_id());
    if (runs) executor.running[update.action_id()] = static_cast<int64_t>(update.version());
    add(update.action_id(), runs ? Result::OUTCOME_RUNNING : Result::OUTCOME_ENDED);
  }
  for (const auto& cancel : command.cancel()) {
    ++executor.cancels;
    executor.running.erase(cancel.action_id());
    executor.kept.erase(cancel.action_id());
    add(cancel.action_id(), Result::OUTCOME_ENDED);
  }
  line.on_event(std::move(event));
}

void FakeExecutors::StartCall(Executor& executor, const v1::SessionCommand::Start& start,
                              Result* result) {
  result->set_action_id(start.action_id());
  result->set_outcome(executor.full ? Result::OUTCOME_REFUSED : Result::OUTCOME_RUNNING);
  if (executor.full) return;
  if (const auto kept = executor.kept.find(start.action_id()); kept != executor.kept.end()) {
    *result = kept->second;
  } else if (executor.running.emplace(start.action_id(), 1).second) {
    ++executor.calls[start.action_id()];
  }
}

void FakeExecutors::Finish(const std::string& address, const std::string& action_id,
                           Result::Outcome outcome, const std::string& value) {
  v1::SessionEvent event;
  Result& result = *event.add_results();
  result.set_action_id(action_id);
  result.set_outcome(outcome);
  result.set_value(value);
  At(address).running.erase(action_id);
  At(address).kept[action_id] = result;
  TellAll(address, event);
}

void FakeExecutors::TellAll(const std::string& address, const v1::SessionEvent& event) {
  const std::vector<Line*> lines = lines_;
  for (Line* line : lines) {
    if (line->address == address && !line->gone) line->on_event(event);
  }
}

void FakeExecutors::End(const std::string& address, const std::string& action_id) {
  At(address).running.erase(action_id);
  v1::SessionEvent event;
  Result* result = event.add_results();
  result->set_action_id(action_id);
  result->set_outcome(Result::OUTCOME_ENDED);
  result->set_error("ended by itself");
  TellAll(address, event);
}

void FakeExecutors::Disconnect(const std::string& address) {
  const std::vector<Line*> lines = lines_;
  for (Line* line : lines) {
    if (line->address != address || line->gone) continue;
    line->gone = true;
    line->on_gone(absl::UnavailableError("connection reset"));
  }
}

int FakeExecutors::sessions(const std::string& address) const {
  return static_cast<int>(std::count_if(lines_.begin(), lines_.end(), [&](const Line* line) {
    return line->address == address && !line->gone;
  }));
}

}  // namespace gregale::conductor
