#include "store/connection_pool.h"

#include <utility>

namespace gregale::store {

absl::StatusOr<ConnectionPool::Loan> ConnectionPool::Borrow(absl::Duration timeout) {
  {
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithTimeout(absl::Condition(this, &ConnectionPool::AnyFree), timeout)) {
      return absl::UnavailableError("no connection to the store came free in time");
    }
    if (!idle_.empty()) {
      Loan loan(*this, std::move(idle_.back()));
      idle_.pop_back();
      return loan;
    }
    --unmade_;
  }
  // Connecting may block: outside the lock.
  absl::StatusOr<std::unique_ptr<SqlConnection>> made = database_.Connect();
  if (made.ok()) return Loan(*this, *std::move(made));
  absl::MutexLock lock(&mutex_);
  ++unmade_;
  return made.status();
}

void ConnectionPool::GiveBack(std::unique_ptr<SqlConnection> connection) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace gregale::store
