#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/database.h"

namespace gregale::store {

// One transaction. The functions of the *_table.h files take it; nobody else sees SQL. Lives only
// inside Store::Read or Store::Write; used by one thread.
class Txn {
 public:
  Txn(SqlConnection& connection, absl::Time now) : connection_(connection), now_(now) {}
  // The store's clock when the transaction began, in whole microseconds.
  absl::Time now() const { return now_; }

  // One statement: see SqlConnection.
  absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                            std::span<const SqlValue> parameters);
  absl::StatusOr<int64_t> Execute(std::string_view sql, std::span<const SqlValue> parameters);
  // A statement has changed a row.
  bool changed() const { return changed_; }
  // For what only the database's own dialect can say.
  SqlConnection& connection() { return connection_; }

 private:
  SqlConnection& connection_;
  absl::Time now_;
  bool changed_ = false;
};

// The store. Thread-safe: writers have the effect of one after the other, readers run beside them.
// A body must not call the store again.
class Store {
 public:
  // `url`: see DatabaseAt. Brings the schema up to date (one process at a time; a schema newer than
  // this program is kFailedPrecondition). `clock` outlives the store.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::string_view url,
                                                     const base::Clock& clock);
  // The same on a database that is there.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::unique_ptr<Database> database,
                                                     const base::Clock& clock);
  ~Store();

  // Runs `body` in one transaction and commits it if it returns OK; otherwise rolls back and
  // returns its status. Runs the body again where the database asked for it (kUnavailable: busy,
  // out of reach, or in conflict with another), up to a deadline of 5 s, then kUnavailable: so the
  // body must have no effect but on the transaction. It may run in another thread that waits here,
  // too (see GroupWriter). Returns only after the commit is durable. Where its answer is lost, the
  // database is asked until the deadline what became of it; kUnknown: it may be committed or not;
  // it is not run again, and the caller finds out by a key that it wrote.
  absl::Status Write(const std::function<absl::Status(Txn&)>& body);
  // The same without the right to write.
  absl::Status Read(const std::function<absl::Status(Txn&)>& body);

  // Blocks until somebody (another process, or this one) has committed a change since the last call
  // with this token, or until `timeout`. `token` starts at 0: the first call returns at once. A
  // commit of this process is seen at once, another's within 10 ms (the loss of a connection may
  // delay it by seconds). Costs no lock of the database.
  void WaitForChange(int64_t& token, absl::Duration timeout);

  // The database answers.
  absl::Status Ping();

 private:
  class Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace gregale::store
