#include "workflow/expr/jinja/sorting.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/jinja/operators.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr::jinja {

absl::StatusOr<Value> PlainKey(Evaluator& evaluator, const KeyOptions& options, const Value& item) {
  if (options.attribute.is_null()) return item;
  const auto read = [&](const Value& path) -> absl::StatusOr<Value> {
    GREGALE_ASSIGN_OR_RETURN(const Value key, evaluator.AttributePath(item, path));
    if (key.Is(Type::kUndefined) && options.fallback) return *options.fallback;
    return key;
  };
  const bool several =
      options.attribute.Is(Type::kString) && base::Contains(options.attribute.string(), ',');
  if (!several) return read(options.attribute);
  std::vector<Value> keys;
  for (std::string_view path : base::Split(options.attribute.string(), ',')) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, read(evaluator.heap().String(std::string(path))));
    keys.push_back(key);
  }
  return evaluator.heap().List(std::move(keys));
}

absl::StatusOr<Value> SortKey(Evaluator& evaluator, const KeyOptions& options, const Value& item) {
  GREGALE_ASSIGN_OR_RETURN(const Value key, PlainKey(evaluator, options, item));
  GREGALE_RETURN_IF_ERROR(CheckDefined(key));
  if (!options.ignore_case || !key.Is(Type::kString)) return key;
  return evaluator.heap().String(ToLower(key.string()));
}

absl::Status SortItems(Evaluator& evaluator, const KeyOptions& options, std::vector<Value>& items) {
  std::vector<std::pair<Value, Value>> rows;  // key, item
  for (const Value& item : items) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, SortKey(evaluator, options, item));
    rows.emplace_back(key, item);
  }
  // After the first error nothing is less than anything, and the sort comes to its end.
  absl::Status status;
  std::stable_sort(rows.begin(), rows.end(), [&](const auto& a, const auto& b) {
    if (!status.ok()) return false;
    const auto& [first, second] = options.descending ? std::tie(b, a) : std::tie(a, b);
    const absl::StatusOr<bool> less = Less(first.first, second.first, evaluator.evaluation());
    if (!less.ok()) status = less.status();
    return less.ok() && *less;
  });
  for (size_t i = 0; i < items.size(); ++i) items[i] = rows[i].second;
  return status;
}

}  // namespace gregale::workflow::expr::jinja
