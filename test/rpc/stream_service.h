#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/server.h"
#include "rpc/stream.h"
#include "rpc/watched.h"

namespace gregale::rpc {

using v1::MonitorEvent;
using v1::SessionCommand;
using v1::SessionEvent;

// A service whose streams do what the test says. Run: a stream that the test writes to. Session: an
// echo, action id by action id; the command to cancel "end" makes the server end the stream, "fail"
// with an error.
class StreamService : public v1::VNFPolicyMonitorRPC::CallbackService {
 public:
  struct Seen {
    std::vector<std::shared_ptr<Sink<MonitorEvent>>> runs;  // in the order of their calls
    int runs_gone = 0;
    int sessions = 0;
    int sessions_gone = 0;
  };

  explicit StreamService(size_t queue_max) : queue_max_(queue_max) {}

  Watched<Seen>& seen() { return seen_; }

  // The sink of a Run that has been called; nullptr where it does not come.
  std::shared_ptr<Sink<MonitorEvent>> WaitForRun(size_t index) {
    const auto come = [index](const Seen& seen) { return seen.runs.size() > index; };
    return seen_.WaitUntil(come) ? seen_.Get().runs[index] : nullptr;
  }

  grpc::ServerWriteReactor<MonitorEvent>* Run(grpc::CallbackServerContext*,
                                              const v1::RunRequest*) override {
    auto stream = ServeStream<MonitorEvent>(
        queue_max_, [this] { seen_.Change([](Seen& seen) { ++seen.runs_gone; }); });
    seen_.Change([&](Seen& seen) { seen.runs.push_back(stream.sink); });
    return stream.reactor;
  }

  grpc::ServerBidiReactor<SessionCommand, SessionEvent>* Session(
      grpc::CallbackServerContext*) override {
    auto sink = std::make_shared<std::shared_ptr<Sink<SessionEvent>>>();
    auto stream = ServeBidi<SessionCommand, SessionEvent>(
        queue_max_, [sink](const SessionCommand& command) { Echo(command, **sink); },
        [this] { seen_.Change([](Seen& seen) { ++seen.sessions_gone; }); });
    *sink = stream.sink;
    seen_.Change([](Seen& seen) { ++seen.sessions; });
    return stream.reactor;
  }

  grpc::ServerUnaryReactor* Kill(grpc::CallbackServerContext* context,
                                 const v1::KillRequest* request, v1::KillResponse*) override {
    auto* reactor = context->DefaultReactor();
    reactor->Finish(request->action_id().empty() ? grpc::Status::OK
                                                 : grpc::Status(grpc::StatusCode::NOT_FOUND, ""));
    return reactor;
  }

 private:
  static void Echo(const SessionCommand& command, Sink<SessionEvent>& sink) {
    for (const SessionCommand::Cancel& cancel : command.cancel()) {
      if (cancel.action_id() == "end") sink.Finish(absl::OkStatus());
      if (cancel.action_id() == "fail") sink.Finish(absl::FailedPreconditionError("told to fail"));
      SessionEvent event;
      event.add_results()->set_action_id(cancel.action_id());
      sink.Send(std::move(event));
    }
  }

  const size_t queue_max_;
  Watched<Seen> seen_;
};

// The service on a port of this machine.
class RunningService {
 public:
  explicit RunningService(size_t queue_max = 1000, absl::Duration grace = absl::ZeroDuration())
      : service(queue_max),
        server(Server::Start({.address = "127.0.0.1:0", .services = {&service}, .grace = grace})
                   .value()) {}

  std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }

  StreamService service;
  std::unique_ptr<Server> server;
};

inline MonitorEvent NewEvent(uint64_t number, size_t padding_bytes = 0) {
  MonitorEvent event;
  event.mutable_target()->set_incident(number);
  event.set_reason(std::string(padding_bytes, 'x'));
  return event;
}

inline SessionCommand NewCommand(const std::string& action_id) {
  SessionCommand command;
  command.add_cancel()->set_action_id(action_id);
  return command;
}

}  // namespace gregale::rpc
