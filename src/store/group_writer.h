#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "store/backoff.h"
#include "store/change_watch.h"
#include "store/connection_pool.h"
#include "store/store.h"

namespace gregale::store {

// Carries the transactions of many threads in few commits, where a database has one writer: the
// thread that holds it runs the bodies of all that wait for it, in the order of asking, and commits
// once. Each has a savepoint of its own, and is told what became of it after the commit. Where a
// commit of several fails, each is run again alone. Thread-safe.
class GroupWriter {
 public:
  using Body = std::function<absl::Status(Txn&)>;

  // All outlive it. A write takes `limit` at most.
  struct Options {
    Database& database;
    ConnectionPool& writers;
    ChangeWatch& watch;
    const base::Clock& clock;
    absl::Duration limit;
  };
  explicit GroupWriter(const Options& options) : options_(options) {}

  // As Store::Write. What the body throws is thrown here.
  absl::Status Write(const Body& body);

 private:
  // A body and what became of it. Belongs to the thread that wants it, and while it is kTaken to
  // the one that leads.
  struct Request {
    enum class State { kWaiting, kTaken, kDone };
    explicit Request(const Body& the_body) : body(the_body) {}

    const Body& body;
    base::CondVar wake;
    State state = State::kWaiting;
    bool is_alone = false;  // never in a group again
    bool changed = false;
    absl::Status status;
    std::exception_ptr thrown;
  };
  using Group = std::vector<Request*>;

  // Once: kUnavailable asks for another time.
  void Submit(Request& request, Backoff& backoff);
  // true: leads now. false: was done by another, or waited too long.
  bool AwaitTurn(Request& request, const Backoff& backoff) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The next to run with those of `group`; null: none.
  Request* Take(const Group& group);
  // Runs and commits a group with `own`, who waits longest, as its first.
  Group Lead(Request& own, Backoff& backoff);
  // Runs those who wait, too, and commits: what became of all of them together.
  absl::Status CarryOthers(SqlConnection& connection, Group& group, Backoff& backoff);
  // Not OK: the transaction is spoilt. What became of the request alone is in it.
  static absl::Status RunInSavepoint(SqlConnection& connection, Request& request);
  static void RunBody(SqlConnection& connection, Request& request);
  static void Settle(const Group& group, const absl::Status& committed);
  void GiveWay();

  const Options options_;
  base::Mutex mutex_;
  bool is_led_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Request*> waiting_ ABSL_GUARDED_BY(mutex_);
  // Belongs to who leads.
  base::MonoTime next_write_;
};

}  // namespace gregale::store
