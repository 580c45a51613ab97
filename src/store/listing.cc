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

// The year 9999 ends with it; no row is younger.
constexpr int64_t kLastSecond = 253'402'300'799;

// The value of a column that some row may have; a text that is no value of its kind fits no row.
// kTime: the first microsecond that is meant.
std::optional<SqlValue> ParseValue(Column::Kind kind, const std::string& text) {
  switch (kind) {
    case Column::Kind::kText:
      return text;
    case Column::Kind::kNumber: {
      int64_t number;
      if (absl::SimpleAtoi(text, &number)) return number;
      return std::nullopt;
    }
    case Column::Kind::kFlag: {
      bool flag;
      if (absl::SimpleAtob(text, &flag)) return int64_t{flag};
      return std::nullopt;
    }
    case Column::Kind::kTime: {
      absl::Time time;
      for (const char* format :
           {absl::RFC3339_full, "%Y-%m-%d%ET%H:%M:%E*S", "%Y-%m-%d %H:%M:%E*S"}) {
        if (!absl::ParseTime(format, text, &time, nullptr)) continue;
        if (time < absl::UnixEpoch() || time > absl::FromUnixSeconds(kLastSecond)) break;
        return absl::ToUnixMicros(time);
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

// nullptr where the list has none of this name.
const Column* FindColumn(const Listing& listing, const std::string& name) {
  const auto column = std::find_if(listing.known.begin(), listing.known.end(),
                                   [&](const Column& c) { return c.name == name; });
  return column == listing.known.end() ? nullptr : &*column;
}

// Answers show times in whole seconds; such a one means all of its second.
std::string AlternativeTimes(Statement& statement, std::string_view column,
                             const std::vector<std::string>& texts) {
  std::string alternatives;
  for (const std::string& text : texts) {
    const std::optional<SqlValue> value = ParseValue(Column::Kind::kTime, text);
    if (!value.has_value()) continue;
    const int64_t first = std::get<int64_t>(*value);
    const int64_t last = first % 1'000'000 == 0 ? first + 999'999 : first;
    base::Append(alternatives, alternatives.empty() ? "" : " OR ", column, " BETWEEN ? AND ?");
    statement.parameters.insert(statement.parameters.end(), {first, last});
  }
  return alternatives;
}

// "" of a text means also that there is none.
std::string AlternativeValues(Statement& statement, const Column& column,
                              const std::vector<std::string>& texts) {
  std::string places;
  bool or_null = false;
  for (const std::string& text : texts) {
    std::optional<SqlValue> value = ParseValue(column.kind, text);
    if (!value.has_value()) continue;
    base::Append(places, places.empty() ? "?" : ", ?");
    statement.parameters.push_back(*std::move(value));
    or_null = or_null || text.empty();
  }
  if (places.empty()) return "";
  return base::Cat(column.name, " IN (", places, ")",
                   or_null ? base::Cat(" OR ", column.name, " IS NULL") : "");
}

absl::Status AddFilter(Statement& statement, const Listing& listing, const std::string& name,
                       const std::vector<std::string>& texts) {
  const Column* column = FindColumn(listing, name);
  if (column == nullptr) return base::InvalidInput(name, "is not known as a filter");
  if (texts.size() > base::kFilterValuesMax) {
    return base::InvalidInput(name, base::Cat("has more than ", base::kFilterValuesMax, " values"));
  }
  const std::string alternatives = column->kind == Column::Kind::kTime
                                       ? AlternativeTimes(statement, name, texts)
                                       : AlternativeValues(statement, *column, texts);
  statement.And(alternatives.empty() ? "1 = 0" : base::Cat("(", alternatives, ")"));
  return absl::OkStatus();
}

// The smallest value takes the place of NULL: the databases do not agree on where NULL stands.
std::string NeverNull(const Column& column) {
  if (column.nulls == Column::Nulls::kNever) return std::string(column.name);
  const bool is_text = column.kind == Column::Kind::kText;
  return base::Cat("COALESCE(", column.name, is_text ? ", '')" : ", 0)");
}

std::string_view OperatorOf(Condition::Kind kind) {
  switch (kind) {
    case Condition::Kind::kLess:
      return " < ?";
    case Condition::Kind::kLessOrEqual:
      return " <= ?";
    case Condition::Kind::kGreater:
      return " > ?";
    case Condition::Kind::kGreaterOrEqual:
      return " >= ?";
    case Condition::Kind::kNotEqual:
    case Condition::Kind::kContains:
    case Condition::Kind::kMissing:
      break;
  }
  return " <> ?";
}

// A whole second, compared with a column of microseconds: its last one where the second itself
// shall be on the lower side.
SqlValue BoundaryOf(const Column& column, Condition::Kind kind, const SqlValue& value) {
  const bool is_below = kind == Condition::Kind::kLessOrEqual || kind == Condition::Kind::kGreater;
  if (column.kind != Column::Kind::kTime || !is_below) return value;
  const int64_t first = std::get<int64_t>(value);
  return first % 1'000'000 == 0 ? first + 999'999 : first;
}

void AddNotEqual(Statement& statement, const Column& column, const std::string& text) {
  const std::optional<SqlValue> value = ParseValue(column.kind, text);
  if (!value.has_value()) return;  // no row has it
  if (column.kind == Column::Kind::kTime) {
    statement.And(base::Cat(NeverNull(column), " NOT BETWEEN ? AND ?"));
    statement.parameters.push_back(*value);
    statement.parameters.push_back(BoundaryOf(column, Condition::Kind::kLessOrEqual, *value));
    return;
  }
  statement.And(base::Cat(NeverNull(column), " <> ?"));
  statement.parameters.push_back(*value);
}

void AddComparison(Statement& statement, const Column& column, Condition::Kind kind,
                   const std::string& text) {
  const std::optional<SqlValue> value = ParseValue(column.kind, text);
  if (!value.has_value()) return statement.And("1 = 0");
  statement.And(base::Cat(NeverNull(column), OperatorOf(kind)));
  statement.parameters.push_back(BoundaryOf(column, kind, *value));
}

absl::Status AddCondition(Statement& statement, const Listing& listing,
                          const Condition& condition) {
  const Column* column = FindColumn(listing, condition.column);
  if (column == nullptr) return base::InvalidInput(condition.column, "is not known as a filter");
  if (condition.values.size() > base::kFilterValuesMax) {
    return base::InvalidInput(condition.column,
                              base::Cat("has more than ", base::kFilterValuesMax, " values"));
  }
  if (condition.kind == Condition::Kind::kMissing) {
    statement.And(base::Cat(column->name, " IS NULL"));
  }
  for (const std::string& text : condition.values) {
    if (condition.kind == Condition::Kind::kNotEqual) {
      AddNotEqual(statement, *column, text);
    } else if (condition.kind != Condition::Kind::kContains) {
      AddComparison(statement, *column, condition.kind, text);
    } else if (column->kind != Column::Kind::kText) {
      statement.And("1 = 0");
    } else if (!text.empty()) {
      // The databases agree neither on a function that finds a text nor on whether LIKE looks at
      // upper and lower case.
      statement.And(base::Cat("REPLACE(", column->name, ", ?, '') <> ", column->name));
      statement.parameters.emplace_back(text);
    }
  }
  return absl::OkStatus();
}

// Only what the project may see.
void AddTenant(Statement& statement, const ListQuery& query) {
  if (query.tenant_id.empty()) return;
  statement.And(query.sharing == Sharing::kPublic ? "(tenant_id = ? OR scope = 'public')"
                                                  : "tenant_id = ?");
  statement.parameters.push_back(TextValue(query.tenant_id));
}

// One term of the order of a list.
struct Term {
  std::string expression;  // never NULL
  bool descending = false;

  std::string OrderBy() const { return base::Cat(expression, descending ? " DESC" : ""); }
};

// In the direction in which rows are read: backwards for a page before its marker.
absl::StatusOr<std::vector<Term>> OrderOf(const Listing& listing, const ListQuery& query) {
  if (query.sort.size() > base::kSortKeysMax) {
    return base::InvalidInput("sort_key",
                              base::Cat("is given more than ", base::kSortKeysMax, " times"));
  }
  const bool backwards = query.side == PageSide::kBefore;
  std::vector<Term> terms;
  bool descending = false;
  for (const SortKey& key : query.sort) {
    const Column* column = FindColumn(listing, key.column);
    if (column == nullptr) return base::InvalidInput(key.column, "is not known as a sort key");
    descending = key.direction == SortDirection::kDescending;
    terms.push_back({.expression = NeverNull(*column), .descending = descending != backwards});
  }
  // The last key's direction, so that an index can be read straight on.
  terms.push_back(
      {.expression = std::string(listing.order), .descending = descending != backwards});
  return terms;
}

absl::StatusOr<SqlRow> ReadMarker(Txn& txn, const Listing& listing, const ListQuery& query,
                                  const std::vector<Term>& terms) {
  std::string columns;
  for (const Term& term : terms)
    base::Append(columns, columns.empty() ? "" : ", ", term.expression);
  std::optional<SqlValue> id = query.marker;
  if (listing.order == "id") id = ParseValue(Column::Kind::kNumber, query.marker);
  if (id.has_value()) {
    Statement statement;
    statement.And("id = ?");
    statement.parameters.push_back(*std::move(id));
    AddTenant(statement, query);
    GREGALE_ASSIGN_OR_RETURN(
        std::vector<SqlRow> rows,
        txn.Query(base::Cat("SELECT ", columns, " FROM ", listing.table, statement.where),
                  statement.parameters));
    if (!rows.empty()) return std::move(rows.front());
  }
  return base::MakeError(
      absl::StatusCode::kNotFound, "MarkerNotFound",
      base::Cat("there is no ", listing.table, " '", query.marker, "' to go on from"), "marker");
}

SqlValue ValueOf(const Listing& listing, const std::vector<Term>& terms, size_t i,
                 const ListQuery& query, const SqlRow& marker) {
  const bool is_last = i + 1 == terms.size();
  const bool is_text =
      !is_last && FindColumn(listing, query.sort[i].column)->kind == Column::Kind::kText;
  return is_text ? SqlValue(marker.Text(i)) : SqlValue(marker.Int(i));
}

// Only rows after the marker in the order of `terms`: a > A OR (a = A AND (b > B OR ...)). The
// first term stands in front once more, for an index to begin at.
absl::Status AddMarker(Txn& txn, const Listing& listing, const ListQuery& query,
                       const std::vector<Term>& terms, Statement& statement) {
  // The rising number that is the id itself needs no look at the row, which may be gone by now.
  if (terms.size() == 1 && listing.order == "id") {
    std::optional<SqlValue> id = ParseValue(Column::Kind::kNumber, query.marker);
    if (id.has_value()) {
      statement.And(base::Cat("id", terms[0].descending ? " < ?" : " > ?"));
      statement.parameters.push_back(*std::move(id));
      return absl::OkStatus();
    }
  }
  GREGALE_ASSIGN_OR_RETURN(const SqlRow marker, ReadMarker(txn, listing, query, terms));
  std::string condition;
  if (terms.size() > 1) {
    base::Append(condition, terms[0].expression, terms[0].descending ? " <= ?" : " >= ?", " AND (");
    statement.parameters.push_back(ValueOf(listing, terms, 0, query, marker));
  }
  for (size_t i = 0; i < terms.size(); ++i) {
    base::Append(condition, terms[i].expression, terms[i].descending ? " < ?" : " > ?");
    statement.parameters.push_back(ValueOf(listing, terms, i, query, marker));
    if (i + 1 == terms.size()) break;
    base::Append(condition, " OR (", terms[i].expression, " = ? AND ");
    statement.parameters.push_back(ValueOf(listing, terms, i, query, marker));
  }
  // One of each pair belongs to a term but the last, one pair to the parenthesis behind the first.
  condition.append(terms.size() > 1 ? terms.size() : 0, ')');
  statement.And(condition);
  return absl::OkStatus();
}

int RowsWanted(const ListQuery& query) {
  if (query.limit <= 0) return base::kPageRowsMax;
  return std::min(query.limit, base::kPageRowsMax + 1);
}

}  // namespace

absl::StatusOr<std::vector<SqlRow>> SelectPage(Txn& txn, const Listing& listing,
                                               const ListQuery& query) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Term> terms, OrderOf(listing, query));
  Statement statement;
  if (!query.marker.empty()) {
    GREGALE_RETURN_IF_ERROR(AddMarker(txn, listing, query, terms, statement));
  }
  AddTenant(statement, query);
  for (const auto& [column, texts] : query.equals) {
    GREGALE_RETURN_IF_ERROR(AddFilter(statement, listing, column, texts));
  }
  for (const Condition& condition : query.conditions) {
    GREGALE_RETURN_IF_ERROR(AddCondition(statement, listing, condition));
  }
  std::string order;
  for (const Term& term : terms) base::Append(order, order.empty() ? "" : ", ", term.OrderBy());
  statement.parameters.emplace_back(int64_t{RowsWanted(query)});
  GREGALE_ASSIGN_OR_RETURN(std::vector<SqlRow> rows,
                           txn.Query(base::Cat("SELECT ", listing.columns, " FROM ", listing.table,
                                               statement.where, " ORDER BY ", order, " LIMIT ?"),
                                     statement.parameters));
  if (query.side == PageSide::kBefore) std::reverse(rows.begin(), rows.end());
  return rows;
}

}  // namespace gregale::store
