#include "store/listing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "store/statement.h"

namespace gregale::store {

namespace {

// The values of a column that some row may have; a text that is no value of its kind fits no row.
std::optional<SqlValue> ParseValue(Filter::Kind kind, const std::string& text) {
  switch (kind) {
    case Filter::Kind::kText:
      return text;
    case Filter::Kind::kNumber: {
      int64_t number;
      if (absl::SimpleAtoi(text, &number)) return number;
      return std::nullopt;
    }
    case Filter::Kind::kTime: {
      absl::Time time;
      for (const char* format :
           {absl::RFC3339_full, "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S"}) {
        if (absl::ParseTime(format, text, &time, nullptr)) return TimeValue(time);
      }
      return std::nullopt;
    }
  }
  return std::nullopt;
}

// A statement in the making.
struct Statement {
  std::string where;
  std::vector<SqlValue> parameters;

  void And(std::string_view condition) {
    base::Append(where, where.empty() ? " WHERE " : " AND ", condition);
  }
};

absl::Status AddFilter(Statement& statement, std::span<const Filter> filters,
                       const std::string& column, const std::vector<std::string>& texts) {
  const auto filter = std::find_if(filters.begin(), filters.end(),
                                   [&](const Filter& f) { return f.column == column; });
  if (filter == filters.end()) return base::InvalidInput(column, "is not known as a filter");
  if (texts.size() > base::kFilterValuesMax) {
    return base::InvalidInput(column,
                              base::Cat("has more than ", base::kFilterValuesMax, " values"));
  }
  std::string places;
  bool or_null = false;
  for (const std::string& text : texts) {
    std::optional<SqlValue> value = ParseValue(filter->kind, text);
    if (!value.has_value()) continue;
    base::Append(places, places.empty() ? "?" : ", ?");
    statement.parameters.push_back(*std::move(value));
    or_null = or_null || text.empty();
  }
  if (places.empty()) {
    statement.And("1 = 0");
  } else {
    statement.And(base::Cat("(", column, " IN (", places, ")",
                            or_null ? base::Cat(" OR ", column, " IS NULL)") : ")"));
  }
  return absl::OkStatus();
}

absl::StatusOr<SqlValue> OrderOf(Txn& txn, const Listing& listing, const std::string& id) {
  std::optional<SqlValue> number;
  if (listing.order == "id") {
    number = ParseValue(Filter::Kind::kNumber, id);
  } else {
    GREGALE_ASSIGN_OR_RETURN(
        const std::optional<SqlRow> row,
        SelectFirst(txn,
                    base::Cat("SELECT ", listing.order, " FROM ", listing.table, " WHERE id = ?"),
                    {TextValue(id)}));
    if (row.has_value()) number = row->Int(0);
  }
  if (number.has_value()) return *std::move(number);
  return base::MakeError(absl::StatusCode::kNotFound, "MarkerNotFound",
                         base::Cat("there is no ", listing.table, " '", id, "' to go on from"),
                         "marker");
}

}  // namespace

absl::StatusOr<std::vector<SqlRow>> SelectPage(Txn& txn, const Listing& listing,
                                               const ListQuery& query) {
  Statement statement;
  if (!query.after_id.empty()) {
    GREGALE_ASSIGN_OR_RETURN(SqlValue after, OrderOf(txn, listing, query.after_id));
    statement.And(base::Cat(listing.order, " > ?"));
    statement.parameters.push_back(std::move(after));
  }
  if (!query.tenant_id.empty()) {
    statement.And("tenant_id = ?");
    statement.parameters.push_back(TextValue(query.tenant_id));
  }
  for (const auto& [column, texts] : query.equals) {
    GREGALE_RETURN_IF_ERROR(AddFilter(statement, listing.filters, column, texts));
  }
  const int limit =
      query.limit <= 0 ? base::kPageRowsMax : std::min(query.limit, base::kPageRowsMax);
  statement.parameters.emplace_back(int64_t{limit});
  return txn.Query(base::Cat("SELECT ", listing.columns, " FROM ", listing.table, statement.where,
                             " ORDER BY ", listing.order, " LIMIT ?"),
                   statement.parameters);
}

}  // namespace gregale::store
