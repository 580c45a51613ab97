#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "conductor/action_calls.h"
#include "conductor/session_dialer.h"
#include "gregale/v1/monitor.pb.h"
#include "store/records.h"
#include "store/store.h"

namespace gregale::conductor {

// One conductor's connection to one life of one executor: brings what runs there in line with the
// store's placements.
//
//   open     -> the executor answers with its inventory
//   compare  -> what is placed but not running is started again; what runs but is not placed is
//   cancelled push     -> new placements as Start, new inputs as Update, pending cancels as Cancel;
//   each answer goes to the store
//
// Beside monitors the executor has called actions (ActionCalls), which end: what came of them goes
// to the executions, and then the executor is told to forget it.
//
// A lost connection is made again, with backoff. Everything is decided from the store and the
// executor's answers, so another conductor can go on at any time. Tick() is called by one thread;
// `wake` may be called from any.
class ExecutorLink {
 public:
  struct Environment {
    store::Store& store;
    const base::Clock& clock;
    SessionDialer& dialer;
    executions::Executions& executions;
    std::string conductor_id;
    std::function<void()> wake;  // Tick() has something to do
  };
  // `executor`: as claimed, with the session's epoch.
  ExecutorLink(const Environment& environment, store::Executor executor);

  // Connects where needed, takes in what the executor said, and sends what is new. An error is the
  // store's; the next Tick goes on.
  absl::Status Tick();

  const store::Executor& executor() const { return executor_; }
  bool synchronised() const { return phase_ == Phase::kSynchronised; }
  // How long the executor has said nothing that belongs to a session; zero while one is open.
  absl::Duration silence() const;

  // It may be given actions now.
  bool TakesCalls() const;
  size_t calls() const { return calls_.size(); }
  // The executor was given it, in a transaction that is committed; the next Tick sends it.
  void AddCall(store::ActionRun run) { calls_.Add(std::move(run)); }
  // Perhaps the executor was given something, perhaps not: begins the session anew, which compares.
  void Reopen() { Close("to compare it with the store"); }

 private:
  enum class Phase { kClosed, kInventory, kSynchronised };
  using Result = v1::SessionEvent::ActionResult;

  // What came since the last Tick. Written by the dialer's threads.
  struct Inbox {
    base::Mutex mutex;
    std::deque<v1::SessionEvent> events ABSL_GUARDED_BY(mutex);
    std::optional<absl::Status> gone ABSL_GUARDED_BY(mutex);
  };
  // A command that was not answered yet.
  struct Sent {
    std::string vnf_id;  // "" for a cancel
    int64_t version = 0;
  };
  // An action that ended although it is placed: when it is started again.
  struct Restart {
    base::MonoTime when;
    absl::Duration delay;
  };

  void Connect();
  void Close(std::string_view why);
  absl::Status TakeIn();
  absl::Status TakeIn(const v1::SessionEvent& event);
  void TakeInventory(const v1::SessionEvent::Opened& opened);
  absl::Status Compare();
  absl::Status RecordResults(const v1::SessionEvent& event);
  absl::Status RecordResult(store::Txn& txn, const Result& result);
  absl::Status RecordRefusal(store::Txn& txn, const Result& result, const Sent& sent);
  void NoteResult(const Result& result);
  // Where it is about a call; false: about a monitor.
  bool TakeCallResult(const Result& result);
  absl::Status WorkOnCalls();
  absl::Status Push();
  // What the executor should hear and was not told yet.
  absl::StatusOr<std::vector<store::Placement>> ListNews(store::Txn& txn) const;
  bool ShouldSend(const std::string& action_id, int64_t version) const;
  absl::Status AddStart(const store::Placement& placement, absl::Time now,
                        v1::SessionCommand& frame) const;
  absl::Status AddUpdate(const store::Placement& placement, v1::SessionCommand& frame) const;
  void Cancel(const std::vector<std::string>& action_ids);
  void SendCalls();
  void RestartLater(const std::string& action_id);

  const Environment env_;
  const store::Executor executor_;
  Phase phase_ = Phase::kClosed;
  base::MonoTime next_connect_;
  base::MonoTime opened_at_;
  base::MonoTime heard_at_;  // where no session is open
  absl::Duration connect_delay_;
  std::map<std::string, int64_t> inventory_;  // action id -> version, while it comes in
  std::map<std::string, Sent> in_flight_;     // by action id
  std::map<std::string, Restart> restarts_;   // by action id
  ActionCalls calls_;
  std::set<std::string> forgotten_;  // calls whose end was taken: the executor is told, no more
  base::MonoTime calls_wait_;        // until then it is given none: it has refused one
  Inbox inbox_;
  std::unique_ptr<Session> session_;  // last: its callbacks use the inbox
};

}  // namespace gregale::conductor
