#include "store/connection_pool.h"

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace gregale::store {

absl::StatusOr<ConnectionPool::Loan> ConnectionPool::Borrow(Backoff& backoff) {
  while (true) {
    absl::StatusOr<Loan> loan = TryToBorrow(backoff);
    if (loan.ok() || !absl::IsUnavailable(loan.status()) || !backoff.Wait()) return loan;
  }
}

absl::StatusOr<ConnectionPool::Loan> ConnectionPool::TryToBorrow(const Backoff& backoff) {
  GREGALE_ASSIGN_OR_RETURN(std::unique_ptr<SqlConnection> connection, Take(backoff));
  if (connection != nullptr) return Loan(*this, std::move(connection));
  // Connecting may block: outside the lock.
  absl::StatusOr<std::unique_ptr<SqlConnection>> made = database_.Connect();
  if (made.ok()) return Loan(*this, *std::move(made));
  base::MutexLock lock(mutex_);
  ++unmade_;
  if (!waiters_.empty()) waiters_.front()->served.NotifyOne();
  return made.status();
}

absl::StatusOr<std::unique_ptr<SqlConnection>> ConnectionPool::Take(const Backoff& backoff) {
  base::MutexLock lock(mutex_);
  if (!idle_.empty()) {
    std::unique_ptr<SqlConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  // Served by hand, because a freed connection that all may grab goes to the thread that freed it.
  Waiter self;
  if (unmade_ == 0) {
    waiters_.push_back(&self);
    while (self.connection == nullptr && unmade_ == 0 &&
           self.served.WaitFor(mutex_, std::max(backoff.Left(), absl::ZeroDuration()))) {
    }
    if (self.connection != nullptr) return std::move(self.connection);
    waiters_.erase(std::find(waiters_.begin(), waiters_.end(), &self));
  }
  if (unmade_ == 0) return absl::UnavailableError("the store's other users took too long");
  --unmade_;
  return nullptr;
}

void ConnectionPool::GiveBack(std::unique_ptr<SqlConnection> connection) {
  base::MutexLock lock(mutex_);
  if (waiters_.empty()) {
    idle_.push_back(std::move(connection));
    return;
  }
  Waiter& first = *waiters_.front();
  waiters_.pop_front();
  first.connection = std::move(connection);
  first.served.NotifyOne();
}

}  // namespace gregale::store
