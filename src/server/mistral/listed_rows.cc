#include "server/mistral/listed_rows.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.h"
#include "server/mistral/mistral_error.h"

namespace gregale::server {
namespace {

using base::Json;
using Kind = store::Condition::Kind;

std::string TextOf(const Json& row, const std::string& column) {
  const auto value = row.find(column);
  if (value == row.end() || value->is_null()) return "";
  return value->is_string() ? value->get<std::string>() : base::DumpJson(*value);
}

bool Holds(const std::string& value, Kind kind, const std::string& other) {
  switch (kind) {
    case Kind::kNotEqual:
      return value != other;
    case Kind::kLess:
      return value < other;
    case Kind::kLessOrEqual:
      return value <= other;
    case Kind::kGreater:
      return value > other;
    case Kind::kGreaterOrEqual:
      return value >= other;
    case Kind::kContains:
      return base::Contains(value, other);
    case Kind::kMissing:
      break;
  }
  return value.empty();
}

bool Fits(const Json& row, const store::ListQuery& query) {
  for (const auto& [column, values] : query.equals) {
    if (std::ranges::count(values, TextOf(row, column)) == 0) return false;
  }
  return std::ranges::all_of(query.conditions, [&](const store::Condition& condition) {
    const std::string value = TextOf(row, condition.column);
    if (condition.kind == Kind::kMissing) return value.empty();
    return std::ranges::all_of(condition.values, [&](const std::string& other) {
      return Holds(value, condition.kind, other);
    });
  });
}

bool IsBefore(const Json& a, const Json& b, const std::vector<store::SortKey>& keys) {
  for (const store::SortKey& key : keys) {
    const int order = TextOf(a, key.column).compare(TextOf(b, key.column));
    if (order != 0) return (order < 0) == (key.direction == store::SortDirection::kAscending);
  }
  return false;
}

}  // namespace

absl::StatusOr<std::vector<Json>> SelectListed(std::vector<Json> rows,
                                               const store::ListQuery& query) {
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Json& a, const Json& b) { return IsBefore(a, b, query.sort); });
  auto first = rows.begin();
  if (!query.marker.empty()) {
    first = std::ranges::find_if(
        rows, [&](const Json& row) { return TextOf(row, "id") == query.marker; });
    if (first == rows.end()) {
      return MistralNotFound(base::Cat("Action not found [action_id=", query.marker, "]"));
    }
    ++first;
  }
  std::vector<Json> selected;
  for (; first != rows.end() && std::ssize(selected) < query.limit; ++first) {
    if (Fits(*first, query)) selected.push_back(std::move(*first));
  }
  return selected;
}

}  // namespace gregale::server
