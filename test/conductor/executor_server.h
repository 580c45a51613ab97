#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "gregale/v1/monitor.grpc.pb.h"
#include "rpc/server.h"
#include "rpc/stream.h"

namespace gregale::conductor {

// An executor without monitors behind a real gRPC server: it keeps what it was told to run, and
// answers as VNFPolicyMonitorRPC.Session says. Thread-safe.
class ExecutorServer : public v1::VNFPolicyMonitorRPC::CallbackService {
 public:
  ExecutorServer(std::string id, std::string incarnation);
  ~ExecutorServer() override;

  std::string address() const;
  std::map<std::string, uint64_t> Running();  // action id -> version
  uint64_t epoch();
  int sessions();
  // Ends every action of the session by itself, as fast as it can.
  void EndAll();
  // Ends the sessions.
  void HangUp();

  grpc::ServerBidiReactor<v1::SessionCommand, v1::SessionEvent>* Session(
      grpc::CallbackServerContext* context) override;

 private:
  using EventSink = rpc::Sink<v1::SessionEvent>;
  void OnCommand(int session, const v1::SessionCommand& command);
  bool Open(EventSink& sink, const v1::SessionCommand::Open& open)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const std::string incarnation_;
  base::Mutex mutex_;
  std::map<std::string, uint64_t> running_ ABSL_GUARDED_BY(mutex_);
  std::map<int, std::shared_ptr<EventSink>> sinks_ ABSL_GUARDED_BY(mutex_);
  int last_session_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<rpc::Server> server_;  // last: it uses the rest
};

}  // namespace gregale::conductor
