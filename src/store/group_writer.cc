#include "store/group_writer.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "store/commit_outcome.h"

namespace gregale::store {

namespace {

// Longer than SQLite's longest pause, so that who waits surely tries within the gap.
constexpr absl::Duration kFairPause = absl::Milliseconds(5);
// The last of a group waits for the bodies of all.
constexpr size_t kGroupMax = 64;

}  // namespace

absl::Status GroupWriter::Write(const Body& body) {
  Backoff backoff(options_.clock, options_.limit, options_.database.PauseMax());
  Request request(body);
  do {
    Submit(request, backoff);
    if (request.thrown != nullptr) std::rethrow_exception(request.thrown);
  } while (absl::IsUnavailable(request.status) && backoff.Wait());
  return request.status;
}

void GroupWriter::Submit(Request& request, Backoff& backoff) {
  {
    base::MutexLock lock(mutex_);
    request.state = Request::State::kWaiting;
    waiting_.push_back(&request);
    if (!AwaitTurn(request, backoff)) return;
    is_led_ = true;
  }
  const Group group = Lead(request, backoff);
  base::MutexLock lock(mutex_);
  is_led_ = false;
  // First the next to lead: the others have only to answer.
  if (!waiting_.empty()) waiting_.front()->wake.NotifyOne();
  for (Request* done : group) {
    done->state = Request::State::kDone;
    done->wake.NotifyOne();
  }
}

bool GroupWriter::AwaitTurn(Request& request, const Backoff& backoff) {
  while (request.state != Request::State::kDone) {
    if (request.state == Request::State::kTaken) {
      request.wake.Wait(mutex_);
      continue;
    }
    if (!is_led_ && waiting_.front() == &request) return true;
    const absl::Duration left = backoff.Left();
    if (left <= absl::ZeroDuration()) {
      waiting_.erase(std::find(waiting_.begin(), waiting_.end(), &request));
      request.status = absl::UnavailableError("the store's other users took too long");
      return false;
    }
    request.wake.WaitFor(mutex_, left);
  }
  return false;
}

GroupWriter::Request* GroupWriter::Take(const Group& group) {
  base::MutexLock lock(mutex_);
  if (waiting_.empty() || group.size() >= kGroupMax) return nullptr;
  Request* next = waiting_.front();
  if (!group.empty() && (next->is_alone || group.front()->is_alone)) return nullptr;
  waiting_.pop_front();
  next->state = Request::State::kTaken;
  return next;
}

GroupWriter::Group GroupWriter::Lead(Request& own, Backoff& backoff) {
  Group group = {Take({})};
  absl::StatusOr<ConnectionPool::Loan> loan = options_.writers.Borrow(backoff);
  own.status = loan.status();
  if (!loan.ok()) return group;
  GiveWay();
  SqlConnection& connection = loan->connection();
  do {
    own.status = connection.BeginWrite();
  } while (absl::IsUnavailable(own.status) && backoff.Wait());
  // What fails as the first takes nobody with it, and needs no savepoint.
  if (own.status.ok()) RunBody(connection, own);
  if (own.status.ok()) Settle(group, CarryOthers(connection, group, backoff));
  connection.Rollback();
  if (connection.OthersWait()) next_write_ = options_.clock.Mono() + kFairPause;
  return group;
}

absl::Status GroupWriter::CarryOthers(SqlConnection& connection, Group& group, Backoff& backoff) {
  while (Request* next = Take(group)) {
    group.push_back(next);
    GREGALE_RETURN_IF_ERROR(RunInSavepoint(connection, *next));
  }
  absl::Status status = connection.Commit();
  const bool is_unknown = absl::IsUnknown(status);
  if (is_unknown) {
    connection.Rollback();
    status = FindOut(connection, status, backoff);
  }
  const bool changed = std::ranges::any_of(group, &Request::changed);
  if (changed && (status.ok() || is_unknown)) options_.watch.Committed();
  return status;
}

absl::Status GroupWriter::RunInSavepoint(SqlConnection& connection, Request& request) {
  GREGALE_RETURN_IF_ERROR(connection.Execute("SAVEPOINT member", {}).status());
  RunBody(connection, request);
  if (!request.status.ok()) {
    request.changed = false;
    GREGALE_RETURN_IF_ERROR(connection.Execute("ROLLBACK TO SAVEPOINT member", {}).status());
  }
  return connection.Execute("RELEASE SAVEPOINT member", {}).status();
}

void GroupWriter::RunBody(SqlConnection& connection, Request& request) {
  const absl::StatusOr<absl::Time> now = connection.Now();
  request.status = now.status();
  request.thrown = nullptr;
  if (!now.ok()) return;
  Txn txn(connection, *now);
  try {
    request.status = request.body(txn);
  } catch (...) {
    // Its own thread shall have it, and not the one that leads.
    request.status = absl::InternalError("a transaction's body threw");
    request.thrown = std::current_exception();
  }
  request.changed = txn.changed();
}

void GroupWriter::Settle(const Group& group, const absl::Status& committed) {
  if (committed.ok()) return;
  // Also what was refused may have been so because of what is not committed now.
  const bool try_alone = group.size() > 1 && !absl::IsUnknown(committed);
  for (Request* request : group) {
    request->status = try_alone ? absl::UnavailableError(committed.message()) : committed;
    request->thrown = nullptr;
    request->is_alone = request->is_alone || try_alone;
  }
}

// SQLite queues nobody: a process that writes without a break would keep the others out until their
// deadlines. So where another process was seen to wait, the next transaction starts a little later.
void GroupWriter::GiveWay() {
  const absl::Duration early = next_write_ - options_.clock.Mono();
  if (early > absl::ZeroDuration()) Pause(std::min(early, kFairPause));
}

}  // namespace gregale::store
