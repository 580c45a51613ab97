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

// What a database must be able to do for us. An adapter (sqlite/, later postgres/) implements these
// two classes and nothing else: all SQL beyond that is written once, in the common subset, with `?`
// for parameters.
namespace gregale::store {

using SqlValue = std::variant<std::nullptr_t, int64_t, double, std::string>;

// One row of a result, in the order of the selected columns.
class SqlRow {
 public:
  explicit SqlRow(std::vector<SqlValue> values) : values_(std::move(values)) {}
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
  // Begin for reading sees one snapshot, and statements that would change something are refused;
  // Begin for writing holds the right to write (SQLite: BEGIN IMMEDIATE).
  virtual absl::Status BeginRead() = 0;
  virtual absl::Status BeginWrite() = 0;
  // Ends the transaction. kUnavailable: not committed. kUnknown: not known whether committed.
  virtual absl::Status Commit() = 0;
  // Ends the transaction, or the attempt to begin one. No effect where there is none.
  virtual void Rollback() = 0;
  // One statement. Prepared statements are kept by their text. kAlreadyExists: a UNIQUE constraint;
  // kFailedPrecondition: another constraint.
  virtual absl::StatusOr<std::vector<SqlRow>> Query(std::string_view sql,
                                                    std::span<const SqlValue> parameters) = 0;
  // As Query, for statements without a result: how many rows were changed.
  virtual absl::StatusOr<int64_t> Execute(std::string_view sql,
                                          std::span<const SqlValue> parameters) = 0;
  // The database's clock, in whole microseconds.
  virtual absl::StatusOr<absl::Time> Now() = 0;
  // A number that differs after another connection has committed a change (SQLite: PRAGMA
  // data_version). Outside a transaction.
  virtual absl::StatusOr<int64_t> DataVersion() = 0;
  // Another process is waiting for the right to write, and this connection should leave it a gap.
  // Always false where the database itself queues its writers.
  virtual bool OthersWait() { return false; }
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
};

}  // namespace gregale::store
