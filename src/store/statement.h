#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/database.h"
#include "store/store.h"

// How the *_table.cc files say their statements.
namespace gregale::store {

using SqlParameters = std::initializer_list<SqlValue>;

absl::StatusOr<std::vector<SqlRow>> Select(Txn& txn, std::string_view sql,
                                           SqlParameters parameters = {});
// nullopt where no row fits.
absl::StatusOr<std::optional<SqlRow>> SelectFirst(Txn& txn, std::string_view sql,
                                                  SqlParameters parameters = {});
// How many rows were changed.
absl::StatusOr<int64_t> Change(Txn& txn, std::string_view sql, SqlParameters parameters = {});
// The status alone: any number of rows is right.
absl::Status ChangeAny(Txn& txn, std::string_view sql, SqlParameters parameters = {});
// One row of `table`; `columns` as in a SELECT. false where a UNIQUE constraint stands against it:
// found without an error of the database, which would spoil the whole transaction of some.
absl::StatusOr<bool> Insert(Txn& txn, std::string_view table, std::string_view columns,
                            SqlParameters values);

// One statement for many rows: "$ROWS" in it stands for rows of `columns` values each, as in
// "(VALUES $ROWS) AS given", where they are called column1, column2, ... `values`: row by row. (It
// is run for some rows at a time, and so has few different texts.) How many rows were changed.
absl::StatusOr<int64_t> ChangeRows(Txn& txn, std::string_view sql, size_t columns,
                                   std::span<const SqlValue> values);
// The same for a question.
absl::StatusOr<std::vector<SqlRow>> SelectRows(Txn& txn, std::string_view sql, size_t columns,
                                               std::span<const SqlValue> values);

// created_at of a new row: as given, or the transaction's time where it was left out.
SqlValue CreatedAt(const Txn& txn, absl::Time created_at);

// Reads the columns of a row one after the other, in the order in which they were selected.
class RowReader {
 public:
  explicit RowReader(const SqlRow& row) : row_(row) {}
  std::string Text() { return row_.Text(next_++); }
  int64_t Int() { return row_.Int(next_++); }
  bool Bool() { return row_.Bool(next_++); }
  absl::Time Time() { return row_.Time(next_++); }

 private:
  const SqlRow& row_;
  size_t next_ = 0;
};

template <typename Record>
std::vector<Record> ReadAll(const std::vector<SqlRow>& rows, Record (*read)(const SqlRow&)) {
  std::vector<Record> records;
  records.reserve(rows.size());
  for (const SqlRow& row : rows) records.push_back(read(row));
  return records;
}

}  // namespace gregale::store
