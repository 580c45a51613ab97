#pragma once

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "store/database.h"

namespace gregale::store {

// Up to `size` connections, made when first needed, each lent to one thread at a time. Thread-safe.
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

  // Waits until a connection is free. kUnavailable after `timeout`; or the error of making one.
  absl::StatusOr<Loan> Borrow(absl::Duration timeout);

 private:
  bool AnyFree() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !idle_.empty() || unmade_ > 0;
  }
  void GiveBack(std::unique_ptr<SqlConnection> connection);

  Database& database_;
  absl::Mutex mutex_;
  int unmade_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<SqlConnection>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::store
