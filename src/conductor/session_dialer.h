#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::conductor {

// An open session with an executor. Destroying it ends the session: no callback runs after the
// destructor has returned.
class Session {
 public:
  virtual ~Session() = default;
  // Queues a frame. false: the session has ended.
  virtual bool Send(v1::SessionCommand command) = 0;
};

// How conductors reach executors: gRPC, or a fake in tests. Thread-safe.
class SessionDialer {
 public:
  virtual ~SessionDialer() = default;
  // Begins a session. The callbacks come on any thread, one at a time, never inside Open or Send:
  // `on_event` for each frame in order, `on_gone` once, last.
  virtual std::unique_ptr<Session> Open(const std::string& address,
                                        std::function<void(v1::SessionEvent)> on_event,
                                        std::function<void(absl::Status)> on_gone) = 0;
};

}  // namespace gregale::conductor
