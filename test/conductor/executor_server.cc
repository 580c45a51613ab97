#include "conductor/executor_server.h"

#include <catch2/catch.hpp>

#include "base/text.h"

namespace gregale::conductor {

using Result = v1::SessionEvent::ActionResult;

ExecutorServer::ExecutorServer(std::string id, std::string incarnation)
    : id_(std::move(id)), incarnation_(std::move(incarnation)) {
  rpc::Server::Options options;
  options.address = "127.0.0.1:0";
  options.services = {this};
  options.grace = absl::Milliseconds(100);
  auto server = rpc::Server::Start(options);
  REQUIRE(server.ok());
  server_ = *std::move(server);
}

ExecutorServer::~ExecutorServer() { server_.reset(); }

std::string ExecutorServer::address() const { return base::Cat("127.0.0.1:", server_->port()); }

std::map<std::string, uint64_t> ExecutorServer::Running() {
  base::MutexLock lock(mutex_);
  return running_;
}

uint64_t ExecutorServer::epoch() {
  base::MutexLock lock(mutex_);
  return epoch_;
}

int ExecutorServer::sessions() {
  base::MutexLock lock(mutex_);
  return static_cast<int>(sinks_.size());
}

void ExecutorServer::EndAll() {
  base::MutexLock lock(mutex_);
  for (const auto& [action_id, version] : running_) {
    v1::SessionEvent event;
    Result* result = event.add_results();
    result->set_action_id(action_id);
    result->set_outcome(Result::OUTCOME_ENDED);
    for (const auto& [number, sink] : sinks_) sink->Send(event);
  }
  running_.clear();
}

void ExecutorServer::HangUp() {
  base::MutexLock lock(mutex_);
  for (const auto& [number, sink] : sinks_) sink->Finish(absl::UnavailableError("going away"));
}

grpc::ServerBidiReactor<v1::SessionCommand, v1::SessionEvent>* ExecutorServer::Session(
    grpc::CallbackServerContext*) {
  // Held until the sink is known: the first command may come at once.
  base::MutexLock lock(mutex_);
  const int session = ++last_session_;
  auto served = rpc::ServeBidi<v1::SessionCommand, v1::SessionEvent>(
      100'000, [this, session](v1::SessionCommand command) { OnCommand(session, command); },
      [this, session] {
        base::MutexLock gone_lock(mutex_);
        sinks_.erase(session);
      });
  sinks_[session] = served.sink;
  return served.reactor;
}

bool ExecutorServer::Open(EventSink& sink, const v1::SessionCommand::Open& open) {
  if (open.epoch() < epoch_) {
    sink.Finish(absl::FailedPreconditionError("an old epoch"));
    return false;
  }
  epoch_ = open.epoch();
  // An inventory in several frames.
  for (const auto& [action_id, version] : running_) {
    v1::SessionEvent part;
    part.mutable_opened()->set_executor_id(id_);
    part.mutable_opened()->set_incarnation(incarnation_);
    auto* running = part.mutable_opened()->add_running();
    running->set_action_id(action_id);
    running->set_version(version);
    sink.Send(std::move(part));
  }
  v1::SessionEvent last;
  last.mutable_opened()->set_executor_id(id_);
  last.mutable_opened()->set_incarnation(incarnation_);
  last.mutable_opened()->set_complete(true);
  sink.Send(std::move(last));
  return true;
}

void ExecutorServer::OnCommand(int session, const v1::SessionCommand& command) {
  base::MutexLock lock(mutex_);
  const auto found = sinks_.find(session);
  if (found == sinks_.end()) return;
  if (command.has_open() && !Open(*found->second, command.open())) return;
  v1::SessionEvent event;
  const auto answer = [&](const std::string& action_id, Result::Outcome outcome, uint64_t version) {
    Result* result = event.add_results();
    result->set_action_id(action_id);
    result->set_outcome(outcome);
    result->set_version(version);
  };
  for (const auto& start : command.start()) {
    running_[start.action_id()] = start.version();
    answer(start.action_id(), Result::OUTCOME_RUNNING, start.version());
  }
  for (const auto& update : command.update()) {
    running_[update.action_id()] = update.version();
    answer(update.action_id(), Result::OUTCOME_RUNNING, update.version());
  }
  for (const auto& cancel : command.cancel()) {
    running_.erase(cancel.action_id());
    answer(cancel.action_id(), Result::OUTCOME_ENDED, 0);
  }
  if (event.results_size() > 0) found->second->Send(std::move(event));
}

}  // namespace gregale::conductor
