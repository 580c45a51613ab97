#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"
#include "workflow/expr/yaql/sequences.h"

// Functions that read a whole sequence, or as much as they need, and give one value.
namespace gregale::workflow::expr::yaql {
namespace {

absl::Status Empty() { return absl::OutOfRangeError("the collection has no item"); }

// Calls `visit(item, index)` for every item until it returns false.
template <typename F>
absl::Status ForEach(Call& call, const F& visit) {
  Reader reader(call.evaluation(), call[0]);
  Value item;
  for (int64_t i = 0;; ++i) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(const bool go_on, visit(item, i));
    if (!go_on) return absl::OkStatus();
  }
}

absl::StatusOr<bool> Holds(const Call& call, const Value& item) {
  if (!call.Has(1)) return Truthy(item);
  GREGALE_ASSIGN_OR_RETURN(const Value value, call.Apply(1, item));
  return Truthy(value);
}

absl::StatusOr<Value> Any(Call& call) {
  bool found = false;
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value& item, int64_t) -> absl::StatusOr<bool> {
    found = true;
    if (call.Has(1)) {
      GREGALE_ASSIGN_OR_RETURN(found, Holds(call, item));
    }
    return !found;
  }));
  return Value::Bool(found);
}

absl::StatusOr<Value> All(Call& call) {
  bool holds = true;
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value& item, int64_t) -> absl::StatusOr<bool> {
    GREGALE_ASSIGN_OR_RETURN(holds, Holds(call, item));
    return holds;
  }));
  return Value::Bool(holds);
}

absl::StatusOr<Value> Count(Call& call) {
  int64_t count = 0;
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value&, int64_t) -> absl::StatusOr<bool> {
    ++count;
    return true;
  }));
  return Value::Int(count);
}

// combine(combine(first, second), third) ...; begins with the argument `seed` where it was given.
template <typename F>
absl::StatusOr<Value> Fold(Call& call, size_t seed, const F& combine) {
  std::optional<Value> total;
  if (call.Has(seed)) total = call[seed];
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value& item, int64_t) -> absl::StatusOr<bool> {
    if (!total) {
      total = item;
      return true;
    }
    GREGALE_ASSIGN_OR_RETURN(total, combine(*total, item));
    return true;
  }));
  if (!total) return absl::InvalidArgumentError("the empty collection needs an initial value");
  return *total;
}

absl::StatusOr<Value> Aggregate(Call& call) {
  return Fold(call, 2, [&](const Value& total, const Value& item) -> absl::StatusOr<Value> {
    const Value both[] = {total, item};
    return call.Apply(1, both);
  });
}

absl::StatusOr<Value> Sum(Call& call) {
  return Fold(call, 1, [&](const Value& total, const Value& item) {
    return BinaryOperator(Op::kAdd, total, item, call.evaluation());
  });
}

absl::StatusOr<Value> Max(Call& call) {
  return Fold(call, 1, [&](const Value& total, const Value& item) -> absl::StatusOr<Value> {
    GREGALE_ASSIGN_OR_RETURN(const bool less, Less(total, item, call.evaluation()));
    return less ? item : total;
  });
}

absl::StatusOr<Value> Min(Call& call) {
  return Fold(call, 1, [&](const Value& total, const Value& item) -> absl::StatusOr<Value> {
    GREGALE_ASSIGN_OR_RETURN(const bool less, Less(total, item, call.evaluation()));
    return less ? total : item;
  });
}

absl::StatusOr<Value> First(Call& call) {
  Reader reader(call.evaluation(), call[0]);
  Value item;
  GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
  if (more) return item;
  if (call.Has(1)) return call[1];
  return Empty();
}

absl::StatusOr<Value> Single(Call& call) {
  Reader reader(call.evaluation(), call[0]);
  Value item;
  GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
  if (!more) return Empty();
  Value second;
  GREGALE_ASSIGN_OR_RETURN(const bool too_many, reader.Next(second));
  if (too_many) return absl::OutOfRangeError("Collection contains more than one item");
  return item;
}

absl::StatusOr<Value> Last(Call& call) {
  std::optional<Value> last;
  if (call.Has(1)) last = call[1];
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value& item, int64_t) -> absl::StatusOr<bool> {
    last = item;
    return true;
  }));
  if (!last) return Empty();
  return *last;
}

// The place of the first, or of the last, item for which `matches(item)`; -1 where there is none.
template <typename F>
absl::StatusOr<Value> Find(Call& call, bool last, const F& matches) {
  int64_t index = -1;
  GREGALE_RETURN_IF_ERROR(ForEach(call, [&](const Value& item, int64_t i) -> absl::StatusOr<bool> {
    GREGALE_ASSIGN_OR_RETURN(const bool found, matches(item));
    if (found) index = i;
    return !found || last;
  }));
  return Value::Int(index);
}

template <bool kLast>
absl::StatusOr<Value> IndexOf(Call& call) {
  return Find(call, kLast,
              [&](const Value& item) { return EqualWithin(item, call[1], call.evaluation()); });
}

template <bool kLast>
absl::StatusOr<Value> IndexWhere(Call& call) {
  return Find(call, kLast, [&](const Value& item) { return Holds(call, item); });
}

absl::StatusOr<Value> Reverse(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  std::reverse(items.begin(), items.end());
  return SequenceOf(std::move(items), call.heap());
}

Value Part(Call& call, const std::vector<Value>& items, size_t from, size_t to) {
  const auto begin = items.begin();
  return call.heap().List(
      std::vector<Value>(begin + static_cast<ptrdiff_t>(from), begin + static_cast<ptrdiff_t>(to)),
      ListKind::kTuple);
}

absl::StatusOr<Value> Slice(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t length, call.Int(1));
  if (length < 0) return absl::InvalidArgumentError("slice() needs a length of at least 0");
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  std::vector<Value> slices;
  const auto step = static_cast<size_t>(length);
  for (size_t i = 0; step > 0 && i < items.size(); i += std::min(step, items.size() - i)) {
    slices.push_back(Part(call, items, i, i + std::min(step, items.size() - i)));
  }
  return SequenceOf(std::move(slices), call.heap());
}

absl::StatusOr<Value> SplitWhere(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  std::vector<Value> slices;
  size_t start = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const bool split, Holds(call, items[i]));
    if (!split) continue;
    slices.push_back(Part(call, items, start, i));
    start = i + 1;
  }
  if (start != items.size()) slices.push_back(Part(call, items, start, items.size()));
  return SequenceOf(std::move(slices), call.heap());
}

absl::StatusOr<Value> SliceWhere(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  std::vector<Value> slices;
  std::optional<Value> before;
  size_t start = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    GREGALE_ASSIGN_OR_RETURN(const Value now, call.Apply(1, items[i]));
    if (before && !Equal(*before, now)) {
      slices.push_back(Part(call, items, start, i));
      start = i;
    }
    before = now;
  }
  if (start != items.size()) slices.push_back(Part(call, items, start, items.size()));
  return SequenceOf(std::move(slices), call.heap());
}

absl::StatusOr<Value> SplitAt(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(int64_t index, call.Int(1));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  const auto size = static_cast<int64_t>(items.size());
  if (index < 0) index += size;
  const auto at = static_cast<size_t>(std::clamp<int64_t>(index, 0, size));
  return call.heap().List({Part(call, items, 0, at), Part(call, items, at, items.size())});
}

absl::StatusOr<Value> DefaultIfEmpty(Call& call) {
  const Value collection = Memorized(call[0], call.evaluation());
  Reader reader(call.evaluation(), collection);
  Value item;
  GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
  return more ? collection : call[1];
}

constexpr FunctionRow kRows[] = {
    {"both any(collection:iter, predicate:lambda=)", &Any},
    {"both all(collection:iter, predicate:lambda=)", &All},
    {"both len(collection:iterator)", &Count},
    {"method count(collection:iter)", &Count},
    {"method aggregate(collection:iter, selector:lambda, seed:any=)", &Aggregate},
    {"method reduce(collection:iter, selector:lambda, seed:any=)", &Aggregate},
    {"method sum(collection:iter, initial:any=)", &Sum},
    {"method max(collection:iter, initial:any=)", &Max},
    {"method min(collection:iter, initial:any=)", &Min},
    {"method first(collection:iter, default:any=)", &First},
    {"method single(collection:iter)", &Single},
    {"method last(collection:iter, default:any=)", &Last},
    {"method indexOf(collection:iter, item:any)", &IndexOf<false>},
    {"method lastIndexOf(collection:iter, item:any)", &IndexOf<true>},
    {"method indexWhere(collection:iter, predicate:lambda)", &IndexWhere<false>},
    {"method lastIndexWhere(collection:iter, predicate:lambda)", &IndexWhere<true>},
    {"method reverse(collection:iter)", &Reverse},
    {"method slice(collection:iter, length:int)", &Slice},
    {"method splitWhere(collection:iter, predicate:lambda)", &SplitWhere},
    {"method sliceWhere(collection:iter, predicate:lambda)", &SliceWhere},
    {"method splitAt(collection:iter, index:int)", &SplitAt},
    {"method defaultIfEmpty(collection:iter, default:iter)", &DefaultIfEmpty},
};

}  // namespace

std::span<const FunctionRow> AggregateFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
