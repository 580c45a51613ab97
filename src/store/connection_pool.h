#pragma once

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "store/backoff.h"
#include "store/database.h"

namespace gregale::store {

// Up to `size` connections, made when first needed, each lent to one thread at a time; who waits
// for one gets it in the order of asking. Thread-safe.
class ConnectionPool {
 public:
  // A borrowed connection; goes back when destroyed. Must not outlive the pool.
  class Loan {
   public:
    Loan(ConnectionPool& pool, std::unique_ptr<SqlConnection> connection)
        : pool_(&pool), connection_(std::move(connection)) {}
    Loan(Loan&&) = default;
    Loan& operator=(Loan&&) = delete;
    ~Loan() {
      if (connection_ != nullptr) pool_->GiveBack(std::move(connection_));
    }
    SqlConnection& connection() { return *connection_; }

   private:
    ConnectionPool* pool_;
    std::unique_ptr<SqlConnection> connection_;
  };

  ConnectionPool(Database& database, int size) : database_(database), unmade_(size) {}

  // Waits until a connection is free, and tries to make one until the deadline: kUnavailable then;
  // or the error of making one that time does not cure.
  absl::StatusOr<Loan> Borrow(Backoff& backoff);

 private:
  struct Waiter {
    base::CondVar served;
    std::unique_ptr<SqlConnection> connection;
  };

  absl::StatusOr<Loan> TryToBorrow(const Backoff& backoff);
  // An idle connection, the right to make one (null), or kUnavailable.
  absl::StatusOr<std::unique_ptr<SqlConnection>> Take(const Backoff& backoff);
  void GiveBack(std::unique_ptr<SqlConnection> connection);

  Database& database_;
  base::Mutex mutex_;
  int unmade_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<SqlConnection>> idle_ ABSL_GUARDED_BY(mutex_);
  std::deque<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::store
