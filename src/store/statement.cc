#include "store/statement.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/error.h"
#include "base/text.h"

namespace gregale::store {

namespace {
std::span<const SqlValue> AsSpan(SqlParameters parameters) {
  return {parameters.begin(), parameters.size()};
}

// "(?, ?), (?, ?)"
std::string Places(size_t rows, size_t columns) {
  std::string row = "(?";
  for (size_t i = 1; i < columns; ++i) row += ", ?";
  row += ")";
  std::string all = row;
  for (size_t i = 1; i < rows; ++i) base::Append(all, ", ", row);
  return all;
}

// Runs `body` with the statement and the values for some of the rows, until all had their turn.
template <class Body>
absl::Status ForSomeRows(std::string_view sql, size_t columns, std::span<const SqlValue> values,
                         const Body& body) {
  for (const size_t rows : {250u, 10u, 1u}) {
    const size_t size = rows * columns;
    if (values.size() < size) continue;
    const std::string text =
        absl::StrReplaceAll(base::ToAbsl(sql), {{"$ROWS", Places(rows, columns)}});
    for (; values.size() >= size; values = values.subspan(size)) {
      GREGALE_RETURN_IF_ERROR(body(text, values.first(size)));
    }
  }
  return absl::OkStatus();
}
}  // namespace

absl::StatusOr<std::vector<SqlRow>> Select(Txn& txn, std::string_view sql,
                                           SqlParameters parameters) {
  return txn.Query(sql, AsSpan(parameters));
}

absl::StatusOr<std::optional<SqlRow>> SelectFirst(Txn& txn, std::string_view sql,
                                                  SqlParameters parameters) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<SqlRow> rows, Select(txn, sql, parameters));
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

absl::StatusOr<int64_t> Change(Txn& txn, std::string_view sql, SqlParameters parameters) {
  return txn.Execute(sql, AsSpan(parameters));
}

absl::Status ChangeAny(Txn& txn, std::string_view sql, SqlParameters parameters) {
  return Change(txn, sql, parameters).status();
}

absl::StatusOr<bool> Insert(Txn& txn, std::string_view table, std::string_view columns,
                            SqlParameters values) {
  std::string places = "?";
  for (size_t i = 1; i < values.size(); ++i) places += ", ?";
  GREGALE_ASSIGN_OR_RETURN(const int64_t rows,
                           Change(txn,
                                  base::Cat("INSERT INTO ", table, " (", columns, ") VALUES (",
                                            places, ") ON CONFLICT DO NOTHING"),
                                  values));
  return rows > 0;
}

absl::StatusOr<int64_t> ChangeRows(Txn& txn, std::string_view sql, size_t columns,
                                   std::span<const SqlValue> values) {
  int64_t changed = 0;
  GREGALE_RETURN_IF_ERROR(
      ForSomeRows(sql, columns, values,
                  [&](std::string_view text, std::span<const SqlValue> some) -> absl::Status {
                    GREGALE_ASSIGN_OR_RETURN(const int64_t rows, txn.Execute(text, some));
                    changed += rows;
                    return absl::OkStatus();
                  }));
  return changed;
}

absl::StatusOr<std::vector<SqlRow>> SelectRows(Txn& txn, std::string_view sql, size_t columns,
                                               std::span<const SqlValue> values) {
  std::vector<SqlRow> found;
  GREGALE_RETURN_IF_ERROR(
      ForSomeRows(sql, columns, values,
                  [&](std::string_view text, std::span<const SqlValue> some) -> absl::Status {
                    GREGALE_ASSIGN_OR_RETURN(std::vector<SqlRow> rows, txn.Query(text, some));
                    std::ranges::move(rows, std::back_inserter(found));
                    return absl::OkStatus();
                  }));
  return found;
}

SqlValue CreatedAt(const Txn& txn, absl::Time created_at) {
  return TimeValue(created_at == absl::Time() ? txn.now() : created_at);
}

}  // namespace gregale::store
