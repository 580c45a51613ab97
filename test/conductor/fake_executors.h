#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "conductor/session_dialer.h"

namespace gregale::conductor {

// Executors without monitors: each keeps the versions of the actions it was told to run, and
// answers as VNFPolicyMonitorRPC.Session says. Nothing happens by itself: Run() lets them read what
// was sent and answer. One thread. Must outlive the sessions.
class FakeExecutors : public SessionDialer {
 public:
  struct Executor {
    std::string id;
    std::string incarnation;
    std::map<std::string, int64_t> running;  // action id -> version
    std::set<std::string> refused;           // VNFs whose monitors are refused
    std::map<std::string, int> calls;        // called actions -> how often each has begun
    bool full = false;                       // calls are refused
    // What came of called actions, until it is taken.
    std::map<std::string, v1::SessionEvent::ActionResult> kept;
    uint64_t epoch = 0;
    int starts = 0;
    absl::Duration age_of_last_start;
    int updates = 0;
    int cancels = 0;
    bool reachable = true;
  };

  Executor& At(const std::string& address) { return executors_[address]; }

  // Reads and answers until nobody has anything to say.
  void Run();
  // An action ends by itself.
  void End(const std::string& address, const std::string& action_id);
  // A called action ends.
  void Finish(const std::string& address, const std::string& action_id,
              v1::SessionEvent::ActionResult::Outcome outcome, const std::string& value);
  // The connections to this executor break.
  void Disconnect(const std::string& address);
  int sessions(const std::string& address) const;

  std::unique_ptr<Session> Open(const std::string& address,
                                std::function<void(v1::SessionEvent)> on_event,
                                std::function<void(absl::Status)> on_gone) override;

 private:
  struct Line;
  class FakeSession;

  void Answer(Line& line, const v1::SessionCommand& command);
  static void StartCall(Executor& executor, const v1::SessionCommand::Start& start,
                        v1::SessionEvent::ActionResult* result);
  void TellAll(const std::string& address, const v1::SessionEvent& event);

  std::map<std::string, Executor> executors_;
  std::vector<Line*> lines_;  // those that are open
};

}  // namespace gregale::conductor
