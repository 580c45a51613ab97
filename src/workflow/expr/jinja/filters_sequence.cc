#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/jinja/operators.h"
#include "workflow/expr/jinja/sorting.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr::jinja {
namespace {

absl::StatusOr<std::vector<Value>> Items(Call& call) { return ReadAll(call.evaluation(), call[0]); }

absl::StatusOr<Value> Length(Call& call) {
  switch (call[0].type()) {
    case Type::kString:
      return Value::Int(static_cast<int64_t>(CodePoints(call[0].string())));
    case Type::kList:
      return Value::Int(static_cast<int64_t>(call[0].items().size()));
    case Type::kDict:
    case Type::kSet:
      return Value::Int(static_cast<int64_t>(call[0].dict().size()));
    default:
      return absl::InvalidArgumentError(
          base::Cat("object of type '", TypeName(call[0]), "' has no len()"));
  }
}

absl::StatusOr<Value> First(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  if (items.empty()) return call.evaluator.Undefined("No first item, sequence was empty.");
  return items.front();
}

absl::StatusOr<Value> Last(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  if (items.empty()) return call.evaluator.Undefined("No last item, sequence was empty.");
  return items.back();
}

absl::StatusOr<Value> Random(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  if (items.empty()) return call.evaluator.Undefined("No random item, sequence was empty.");
  GREGALE_ASSIGN_OR_RETURN(const uint64_t bits, call.evaluation().host().RandomBits());
  return items[bits % items.size()];
}

absl::StatusOr<Value> ToList(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, Items(call));
  return call.heap().List(std::move(items));
}

absl::StatusOr<Value> DictItems(Call& call) {
  if (!call[0].Is(Type::kDict)) {
    return absl::InvalidArgumentError("Can only get item pairs from a mapping.");
  }
  std::vector<Value> items;
  for (const auto& [key, value] : call[0].dict().entries()) {
    items.push_back(call.heap().List({key, value}, ListKind::kTuple));
  }
  return call.heap().List(std::move(items));
}

absl::StatusOr<Value> Join(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string separator, call.Text(1, ""));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    Value item = items[i];
    if (call.Has(2) && !call[2].is_null()) {
      GREGALE_ASSIGN_OR_RETURN(item, call.evaluator.AttributePath(item, call[2]));
    }
    GREGALE_ASSIGN_OR_RETURN(const std::string text, call.evaluator.TextOf(item));
    base::Append(out, i == 0 ? "" : separator, text);
    if (out.size() > base::kExpressionStringBytesMax) {
      return absl::ResourceExhaustedError("the text is too long");
    }
  }
  return call.heap().String(std::move(out));
}

absl::StatusOr<Value> Reverse(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, Items(call));
  std::reverse(items.begin(), items.end());
  if (!call[0].Is(Type::kString)) return call.heap().List(std::move(items));
  std::string text;
  for (const Value& character : items) text += character.string();
  return call.heap().String(std::move(text));
}

absl::StatusOr<Value> Sort(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, Items(call));
  GREGALE_RETURN_IF_ERROR(SortItems(call.evaluator,
                                    {.attribute = call.Has(3) ? call[3] : Value(),
                                     .ignore_case = !call.Flag(2, false),
                                     .descending = call.Flag(1, false)},
                                    items));
  return call.heap().List(std::move(items));
}

absl::StatusOr<Value> DictSort(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value pairs, DictItems(call));
  GREGALE_ASSIGN_OR_RETURN(const std::string by, call.Text(2, "key"));
  if (by != "key" && by != "value") {
    return absl::InvalidArgumentError("You can only sort by either \"key\" or \"value\"");
  }
  std::vector<Value> items = pairs.items();
  GREGALE_RETURN_IF_ERROR(SortItems(call.evaluator,
                                    {.attribute = Value::Int(by == "key" ? 0 : 1),
                                     .ignore_case = !call.Flag(1, false),
                                     .descending = call.Flag(3, false)},
                                    items));
  return call.heap().List(std::move(items));
}

// The first of the smallest or largest items.
absl::StatusOr<Value> Extreme(Call& call, Op better) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  const KeyOptions options{.attribute = call.Has(2) ? call[2] : Value(),
                           .ignore_case = !call.Flag(1, false)};
  std::optional<Value> best;
  Value best_key;
  for (const Value& item : items) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, SortKey(call.evaluator, options, item));
    bool takes = !best;
    if (best) {
      GREGALE_ASSIGN_OR_RETURN(takes, CompareOperator(better, key, best_key, call.evaluation()));
    }
    if (!takes) continue;
    best = item;
    best_key = key;
  }
  if (best) return *best;
  return call.evaluator.Undefined("No aggregated item, sequence was empty.");
}

absl::StatusOr<Value> Min(Call& call) { return Extreme(call, Op::kLess); }
absl::StatusOr<Value> Max(Call& call) { return Extreme(call, Op::kGreater); }

absl::StatusOr<Value> Unique(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  const KeyOptions options{.attribute = call.Has(2) ? call[2] : Value(),
                           .ignore_case = !call.Flag(1, false)};
  Dict seen;
  std::vector<Value> kept;
  for (const Value& item : items) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, SortKey(call.evaluator, options, item));
    if (key.Is(Type::kDict) || (key.Is(Type::kList) && key.list_kind() == ListKind::kList)) {
      return absl::InvalidArgumentError(base::Cat("unhashable type: '", TypeName(key), "'"));
    }
    if (seen.Find(key) != nullptr) continue;
    seen.Set(key, Value());
    kept.push_back(item);
  }
  return call.heap().List(std::move(kept));
}

absl::StatusOr<Value> Batch(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t size, call.Int(1, 1));
  if (size <= 0) return absl::InvalidArgumentError("batch: the size must be above 0");
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  std::vector<Value> batches;
  std::vector<Value> batch;
  for (const Value& item : items) {
    batch.push_back(item);
    if (static_cast<int64_t>(batch.size()) < size) continue;
    batches.push_back(call.heap().List(std::move(batch)));
    batch.clear();
  }
  if (batch.empty()) return call.heap().List(std::move(batches));
  while (call.Has(2) && !call[2].is_null() && static_cast<int64_t>(batch.size()) < size) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step());
    batch.push_back(call[2]);
  }
  batches.push_back(call.heap().List(std::move(batch)));
  return call.heap().List(std::move(batches));
}

absl::StatusOr<Value> Slice(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t slices, call.Int(1, 1));
  if (slices <= 0) return absl::InvalidArgumentError("slice: the number must be above 0");
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  const auto size = static_cast<int64_t>(items.size());
  const int64_t each = size / slices;
  const int64_t longer = size % slices;
  std::vector<Value> out;
  size_t at = 0;
  for (int64_t i = 0; i < slices; ++i) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step());
    const auto count = static_cast<size_t>(each + (i < longer ? 1 : 0));
    std::vector<Value> part(items.begin() + static_cast<ptrdiff_t>(at),
                            items.begin() + static_cast<ptrdiff_t>(at + count));
    at += count;
    if (call.Has(2) && !call[2].is_null() && i >= longer) part.push_back(call[2]);
    out.push_back(call.heap().List(std::move(part)));
  }
  return call.heap().List(std::move(out));
}

absl::StatusOr<Value> GroupBy(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, Items(call));
  const KeyOptions options{.attribute = call[1],
                           .fallback = call.Has(2) ? std::optional(call[2]) : std::nullopt,
                           .ignore_case = !call.Flag(3, false)};
  GREGALE_RETURN_IF_ERROR(SortItems(call.evaluator, options, items));
  std::vector<Value> groups;
  std::vector<Value> group;
  Value group_key;
  for (const Value& item : items) {
    GREGALE_ASSIGN_OR_RETURN(const Value key, SortKey(call.evaluator, options, item));
    if (!group.empty() && !Equal(key, group_key)) {
      GREGALE_ASSIGN_OR_RETURN(const Value shown, PlainKey(call.evaluator, options, group[0]));
      const Value list = call.heap().List(std::move(group));
      groups.push_back(call.heap().List({shown, list}, ListKind::kTuple));
      group.clear();
    }
    group.push_back(item);
    group_key = key;
  }
  if (!group.empty()) {
    GREGALE_ASSIGN_OR_RETURN(const Value shown, PlainKey(call.evaluator, options, group[0]));
    const Value list = call.heap().List(std::move(group));
    groups.push_back(call.heap().List({shown, list}, ListKind::kTuple));
  }
  return call.heap().List(std::move(groups));
}

absl::StatusOr<Value> Sum(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, Items(call));
  Value total = call.Has(2) ? call[2] : Value::Int(0);
  for (Value item : items) {
    if (call.Has(1) && !call[1].is_null()) {
      GREGALE_ASSIGN_OR_RETURN(item, call.evaluator.AttributePath(item, call[1]));
    }
    GREGALE_ASSIGN_OR_RETURN(total, BinaryOperator(Op::kAdd, total, item, call.evaluation()));
  }
  return total;
}

constexpr FunctionRow kRows[] = {
    {"length(obj)", &Length},
    {"count(obj)", &Length},
    {"first(seq)", &First},
    {"last(seq)", &Last},
    {"random(seq)", &Random},
    {"list(value)", &ToList},
    {"items(value)", &DictItems},
    {"join(value, d=, attribute=)", &Join},
    {"reverse(value)", &Reverse},
    {"sort(value, reverse=, case_sensitive=, attribute=)", &Sort},
    {"dictsort(value, case_sensitive=, by=, reverse=)", &DictSort},
    {"min(value, case_sensitive=, attribute=)", &Min},
    {"max(value, case_sensitive=, attribute=)", &Max},
    {"unique(value, case_sensitive=, attribute=)", &Unique},
    {"batch(value, linecount, fill_with=)", &Batch},
    {"slice(value, slices, fill_with=)", &Slice},
    {"groupby(value, attribute, default=, case_sensitive=)", &GroupBy},
    {"sum(iterable, attribute=, start=)", &Sum},
};

}  // namespace

std::span<const FunctionRow> SequenceFilters() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
