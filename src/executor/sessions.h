#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/event_loop.h"
#include "executor/action_runner.h"
#include "executor/workers.h"
#include "gregale/v1/monitor.pb.h"

namespace gregale::rpc {
template <class Message>
class Sink;
}

namespace gregale::executor {

// The conductor's session: carries out its commands on the runner and tells it what became of them,
// and of actions that end otherwise. Actions outlive it, and so does what came of called ones,
// until a conductor has taken it (cancels the call). Of two sessions the one with the newer epoch
// commands; an older epoch than the newest ever seen is refused. Commands are carried out a few at
// a time, so that a large frame does not keep probes waiting. On the loop's thread.
class Sessions {
 public:
  using EventSink = rpc::Sink<v1::SessionEvent>;
  struct Identity {
    std::string executor_id;
    std::string incarnation;
  };
  // Both references outlive this; takes the runner's on_end.
  Sessions(const ActionEnvironment& environment, ActionRunner& runner, Identity identity);

  // A stream that has not said `open` yet. `session` is the caller's number for it.
  void OnConnect(uint64_t session, std::shared_ptr<EventSink> sink);
  // `bytes`: its size, which whoever received it knows best.
  void OnCommand(uint64_t session, v1::SessionCommand command, size_t bytes);
  void OnGone(uint64_t session);

 private:
  using Result = v1::SessionEvent::ActionResult;
  struct Queued {
    v1::SessionCommand command;
    size_t bytes = 0;
  };
  struct Session {
    std::shared_ptr<EventSink> sink;
    bool open = false;
    uint64_t epoch = 0;
    std::string conductor_id;
  };

  absl::Status Check(const Session& session, const v1::SessionCommand& command) const;
  absl::Status Open(uint64_t id, Session& session, const v1::SessionCommand::Open& open);
  void SendInventory();
  void SendKept();
  // Carries out the next commands of the queue and sends their results.
  void Work();
  // The next command of `frame`, by position_; false: there is none.
  bool DoNext(const v1::SessionCommand& frame);
  Result Start(const v1::SessionCommand::Start& command);
  absl::Status StartNew(const v1::SessionCommand::Start& command);
  absl::Status StartCall(const v1::SessionCommand::Start& command);
  absl::Status BringTo(const v1::SessionCommand::Start& command, const RunHead& running);
  Result Update(const v1::SessionCommand::Update& command);
  void Cancel(const v1::SessionCommand::Cancel& command);
  void OnActionEnd(const RunHead& run, const ActionOutcome& end);
  void Keep(Result result);
  // Adds to what is sent next; there must be a session.
  void Tell(const Result& result);
  void SendResults();
  // Gives memory of messages back to the system.
  void Trim();
  // Ends a session, and forgets its commands.
  void End(uint64_t id, const absl::Status& status);

  const ActionEnvironment& environment_;
  base::Scheduler& scheduler_;
  ActionRunner& runner_;
  const Identity identity_;
  std::map<uint64_t, Session> sessions_;
  std::optional<uint64_t> current_;  // the session that commands
  uint64_t newest_epoch_ = 0;
  std::deque<Queued> queue_;  // of the current session
  size_t queued_bytes_ = 0;
  int position_ = 0;   // in the first frame of the queue
  int untrimmed_ = 0;  // commands since memory went back to the system
  std::unique_ptr<Workers::Handle> trimming_;
  v1::SessionEvent results_;
  size_t results_bytes_ = 0;  // of their values
  std::map<std::string, Result> kept_;
  size_t kept_bytes_ = 0;
  base::Alarm work_;
  base::Alarm trim_;  // set when many commands have come, put off by each that follows
};

}  // namespace gregale::executor
