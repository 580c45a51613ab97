#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "executions/executions.h"
#include "gregale/v1/monitor.pb.h"
#include "store/records.h"
#include "store/store.h"
#include "store/workflow_records.h"

namespace gregale::conductor {

// The called actions that one executor was given, as one session with it sees them: which are still
// to be sent, which run, and what came of them, until the executions have taken it. A part of
// ExecutorLink; used by its thread.
class ActionCalls {
 public:
  using Result = v1::SessionEvent::ActionResult;

  // Everything outlives this. `executor`: one life of it.
  ActionCalls(store::Store& store, executions::Executions& executions,
              const store::Executor& executor)
      : store_(store), executions_(executions), executor_(executor) {}

  // A session begins: what was given to this life of the executor and is not in the inventory is
  // sent; what was given is taken out of `inventory`.
  absl::Status Compare(std::map<std::string, int64_t>& inventory);
  // It was given to the executor, in a transaction that is committed.
  void Add(store::ActionRun run);
  // The session is over.
  void Clear();

  bool Has(const std::string& action_id) const { return calls_.contains(action_id); }
  size_t size() const { return calls_.size(); }
  // Appends to a frame what is to be sent, as much as fits.
  void TakeStarts(v1::SessionCommand& frame);
  // Nobody wants it any more.
  void Forget(const std::string& action_id) { calls_.erase(action_id); }

  // What came of a call that is here.
  void Take(const Result& result);
  // Tells the executions what has come, as much as one turn has time for; appends what the executor
  // can forget. An error is the store's: what is left is told by the next call.
  absl::Status Work(std::vector<std::string>& forgotten);
  // Results are left for another turn.
  bool busy() const { return !results_.empty(); }

 private:
  absl::Status End(store::Txn& txn, const Result& result);
  // Ends the first `count` in one transaction.
  absl::Status EndFirst(size_t count);

  store::Store& store_;
  executions::Executions& executions_;
  const store::Executor& executor_;
  std::map<std::string, store::ActionRun> calls_;  // by action id; without the input, once sent
  std::deque<std::string> unsent_;                 // also some that were forgotten
  std::deque<Result> results_;
};

}  // namespace gregale::conductor
