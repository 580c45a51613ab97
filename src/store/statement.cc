#include "store/statement.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace gregale::store {

namespace {
std::span<const SqlValue> AsSpan(SqlParameters parameters) {
  return {parameters.begin(), parameters.size()};
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

SqlValue CreatedAt(const Txn& txn, absl::Time created_at) {
  return TimeValue(created_at == absl::Time() ? txn.now() : created_at);
}

}  // namespace gregale::store
