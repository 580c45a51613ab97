#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

// What a database must be able to do for us. An adapter (sqlite/, postgres/) implements these
// classes and nothing else: all SQL beyond that is written once, in the common subset, with `?` for
// parameters.
namespace gregale::store {

using SqlValue = std::variant<std::nullptr_t, int64_t, double, std::string>;

// One row of a result, in the order of the selected columns.
class SqlRow {
 public:
  explicit SqlRow(std::vector<SqlValue> values) : values_(std::move(values)) {}
  const std::vector<SqlValue>& values() const { return values_; }
  bool IsNull(size_t column) const;
  int64_t Int(size_t column) const;       // 0 where NULL
  std::string Text(size_t column) const;  // "" where NULL
  absl::Time Time(size_t column) const;   // InfinitePast where NULL; else see TimeValue
  bool Bool(size_t column) const { return Int(column) != 0; }

 private:
  std::vector<SqlValue> values_;
};

// The form in which times are stored: microseconds since 1970, NULL for InfinitePast, the greatest
// number for InfiniteFuture.
SqlValue TimeValue(absl::Time time);
SqlValue TextValue(std::string_view text);
// NULL for "".
SqlValue TextOrNull(std::string_view text);

// A connection. Used by one thread at a time. One that was lost is made again by the next Begin.
//
// Errors of every function: kUnavailable: busy, or out of reach: roll back and repeat the whole
// transaction. kDataLoss: the database is damaged. kResourceExhausted: it is full.
// kPermissionDenied: it may not be written.
class SqlConnection {
 public:
  virtual ~SqlConnection() = default;
  // Begin for reading sees one snapshot, and statements that would change something are refused.
  // Those that write have the effect of one after the other: by holding the right to write (SQLite:
  // BEGIN IMMEDIATE), or by sending all but one of those that would not away with kUnavailable
  // (PostgreSQL: SERIALIZABLE).
  virtual absl::Status BeginRead() = 0;
  virtual absl::Status BeginWrite() = 0;
  // As BeginWrite, to change the schema: no other such transaction runs at the same time.
  virtual absl::Status BeginSchemaChange() { return BeginWrite(); }
  // From here to the end of the transaction, in one transaction at a time: serial numbers that are
  // given meanwhile rise in the order of the commits. Nothing to do where writers queue.
  virtual absl::Status LockCommitOrder() { return absl::OkStatus(); }
  // Ends the transaction. kUnavailable: not committed. kUnknown: not known whether committed.
  virtual absl::Status Commit() = 0;
  // After Commit has returned kUnknown: whether it was committed; false: it never will be.
  // kUnavailable: ask again. kUnknown: nobody can say.
  virtual absl::StatusOr<bool> WasCommitted() {
    return absl::UnknownError("the database cannot say what was committed");
  }
  // Ends the transaction, or the attempt to begin one. No effect where there is none.
  virtual void Rollback() = 0;
  // One statement. Prepared statements are kept by their text. kAlreadyExists: a UNIQUE constraint;
  // kFailedPrecondition: another constraint.
  virtual absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                                    std::span<const SqlValue> parameters) = 0;
  // As Query, for statements without a result: how many rows were changed.
  virtual absl::StatusOr<int64_t> Execute(std::string_view sql,
                                          std::span<const SqlValue> parameters) = 0;
  // The database's clock in the transaction, in whole microseconds.
  virtual absl::StatusOr<absl::Time> Now() = 0;
  // The names of a table's columns, in order; none where there is no such table.
  virtual absl::StatusOr<std::vector<std::string>> ColumnsOf(std::string_view table) = 0;
  // Rows were inserted with serial numbers of their own: the database's next comes after them.
  virtual absl::Status ContinueSerial(std::string_view table, std::string_view column) = 0;
  // What the database finds wrong with itself, a line each; may read all of it.
  virtual absl::StatusOr<std::vector<std::string>> FindDamage() = 0;
  // Another process is waiting for the right to write, and this connection should leave it a gap.
  // Always false where the database itself queues its writers.
  virtual bool OthersWait() { return false; }
};

// Sees that others have committed. Used by one thread at a time.
class ChangeSign {
 public:
  virtual ~ChangeSign() = default;
  // A number that differs after a commit of another process. May differ without one. Does not wait
  // for anybody, and keeps its value while the database cannot be asked.
  virtual int64_t Version() = 0;
};

// Makes connections. Thread-safe. Outlives them.
class Database {
 public:
  virtual ~Database() = default;
  virtual absl::StatusOr<std::unique_ptr<SqlConnection>> Connect() = 0;
  // The text of the schema's types and clauses where the dialects differ
  // ("INTEGER PRIMARY KEY AUTOINCREMENT" ...).
  virtual std::string_view SerialPrimaryKey() const = 0;
  // Its data live in its one connection: a second one would see another database (":memory:").
  virtual bool IsPrivate() const { return false; }
  // Null where nobody else can commit.
  virtual absl::StatusOr<std::unique_ptr<ChangeSign>> WatchChanges() = 0;
  // How many connections a process may write with at the same time.
  virtual int WritersMax() const { return 1; }
  // The longest pause before what was refused is tried again.
  virtual absl::Duration PauseMax() const { return absl::Milliseconds(4); }
};

}  // namespace gregale::store
