#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/database.h"

namespace gregale::store {

// One transaction. The functions of the *_table.h files take it; nobody else sees SQL. Lives only inside
// Store::Read or Store::Write; used by one thread.
class Txn {
 public:
  Txn(SqlConnection& connection, absl::Time now) : connection_(connection), now_(now) {}
  // The store's clock when the transaction began.
  absl::Time now() const { return now_; }
  SqlConnection& sql() { return connection_; }

 private:
  SqlConnection& connection_;
  absl::Time now_;
};

// The store. Thread-safe: one writer at a time in this process (others wait their turn), readers beside it.
class Store {
 public:
  // `url`: "sqlite:///absolute/path" or "sqlite://:memory:". Brings the schema up to date (one process at a time; a
  // schema newer than this program is kFailedPrecondition). `clock` is SQLite's clock.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::string_view url, const base::Clock& clock);
  explicit Store(std::unique_ptr<Database> database);
  ~Store();

  // Runs `body` in one transaction and commits it if it returns OK; otherwise rolls back and returns its status.
  // Runs the body again where the database asked for it (busy), up to a deadline of 5 s, then kUnavailable: so the
  // body must have no effect but on the transaction. Returns only after the commit is durable.
  absl::Status Write(const std::function<absl::Status(Txn&)>& body);
  // The same without the right to write.
  absl::Status Read(const std::function<absl::Status(Txn&)>& body);

  // Blocks until somebody (another process, or this one) has committed since the last call by this thread's token, or
  // until `timeout`. `token` starts at 0. Looks every 10 ms; costs no lock of the database.
  void WaitForChange(int64_t& token, absl::Duration timeout);

  // The database answers.
  absl::Status Ping();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace gregale::store
