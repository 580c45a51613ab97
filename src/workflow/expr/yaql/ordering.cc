#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"
#include "workflow/expr/yaql/sequences.h"

// Sorting, grouping and merging.
namespace gregale::workflow::expr::yaql {
namespace {

enum class Direction : uint8_t { kAscending, kDescending };

// A sequence that is sorted when it is first read, so that thenBy() can add to the order before.
class OrderedSequence : public Sequence {
 public:
  OrderedSequence(Evaluator& evaluator, const Value& source)
      : evaluator_(evaluator), source_(source) {}

  bool is_ordering() const override { return true; }

  void AddKey(const Lambda& selector, Direction direction) {
    keys_.push_back({selector, direction});
    sorted_ = false;
  }

  absl::StatusOr<bool> Next(Evaluation& evaluation, Value& item) override {
    return Read(evaluation, next_++, item);
  }

  absl::StatusOr<bool> Read(Evaluation&, size_t index, Value& item) override {
    GREGALE_RETURN_IF_ERROR(Sort());
    if (index >= rows_.size()) return false;
    item = rows_[index].item;
    return true;
  }

 private:
  struct Key {
    Lambda selector;
    Direction direction;
  };
  struct Row {
    Value item;
    std::vector<Value> keys;
  };

  absl::Status Sort() {
    if (sorted_) return absl::OkStatus();
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items,
                             ReadAll(evaluator_.evaluation(), source_));
    rows_.clear();
    for (const Value& item : items) {
      Row row{item, {}};
      for (const Key& key : keys_) {
        GREGALE_ASSIGN_OR_RETURN(const Value value,
                                 evaluator_.Apply(key.selector, std::span(&item, 1)));
        row.keys.push_back(value);
      }
      rows_.push_back(std::move(row));
    }
    // After the first error nothing is less than anything, and the sort comes to its end.
    absl::Status status;
    std::stable_sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) {
      if (!status.ok()) return false;
      absl::StatusOr<bool> before = IsBefore(a, b);
      if (!before.ok()) status = before.status();
      return before.ok() && *before;
    });
    sorted_ = status.ok();
    return status;
  }

  absl::StatusOr<bool> IsBefore(const Row& a, const Row& b) {
    Evaluation& evaluation = evaluator_.evaluation();
    GREGALE_RETURN_IF_ERROR(evaluation.Step());
    for (size_t i = 0; i < keys_.size(); ++i) {
      const bool up = keys_[i].direction == Direction::kAscending;
      GREGALE_ASSIGN_OR_RETURN(const bool less, Less(a.keys[i], b.keys[i], evaluation));
      if (less) return up;
      GREGALE_ASSIGN_OR_RETURN(const bool greater, Less(b.keys[i], a.keys[i], evaluation));
      if (greater) return !up;
    }
    return false;
  }

  Evaluator& evaluator_;
  const Value source_;
  std::vector<Key> keys_;
  std::vector<Row> rows_;
  bool sorted_ = false;
  size_t next_ = 0;
};

template <Direction kDirection>
absl::StatusOr<Value> OrderBy(Call& call) {
  auto* ordered = call.heap().Make<OrderedSequence>(call.evaluator, call[0]);
  ordered->AddKey(call.arguments[1].lambda, kDirection);
  return Value::Of(Type::kSequence, static_cast<Sequence*>(ordered));
}

template <Direction kDirection>
absl::StatusOr<Value> ThenBy(Call& call) {
  static_cast<OrderedSequence&>(call[0].sequence()).AddKey(call.arguments[1].lambda, kDirection);
  return call[0];
}

// Gives a group its value. Old definitions let the aggregator see the pair [key, values] and give a
// pair; new ones let it see the values. What works is taken, the new way first.
class Aggregator {
 public:
  explicit Aggregator(const Call& call) : call_(call) {}

  absl::StatusOr<Value> operator()(const Value& key, const Value& values) {
    Heap& heap = call_.heap();
    const Value group = heap.List({key, values}, ListKind::kTuple);
    if (!call_.Has(3)) return group;
    if (failure_.ok()) {
      absl::StatusOr<Value> result = call_.Apply(3, values);
      if (result.ok()) {
        if (!LooksLikePair(*result, values)) old_way_allowed_ = false;
        return heap.List({key, *result}, ListKind::kTuple);
      }
      failure_ = result.status();
    }
    if (old_way_allowed_) {
      const absl::StatusOr<Value> result = call_.Apply(3, group);
      if (result.ok() && result->Is(Type::kList) && result->items().size() == 2) return result;
    }
    return failure_;
  }

 private:
  static bool LooksLikePair(const Value& result, const Value& values) {
    return values.items().size() == 2 && result.Is(Type::kList) && result.items().size() == 2 &&
           Equal(result.items()[0], values.items()[0]);
  }

  const Call& call_;
  absl::Status failure_;
  bool old_way_allowed_ = true;
};

absl::StatusOr<Value> GroupBy(Call& call) {
  Dict places;  // key -> place in groups
  std::vector<std::pair<Value, std::vector<Value>>> groups;
  Reader reader(call.evaluation(), call[0]);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) break;
    Value value = item;
    if (call.Has(2)) {
      GREGALE_ASSIGN_OR_RETURN(value, call.Apply(2, item));
    }
    GREGALE_ASSIGN_OR_RETURN(const Value key, call.Apply(1, item));
    GREGALE_RETURN_IF_ERROR(CheckHashable(key));
    const Value* place = places.Find(key);
    if (place == nullptr) {
      places.Set(key, Value::Int(static_cast<int64_t>(groups.size())));
      groups.push_back({key, {value}});
    } else {
      groups[static_cast<size_t>(place->int_value())].second.push_back(value);
    }
  }
  Aggregator aggregate(call);
  std::vector<Value> rows;
  for (auto& [key, values] : groups) {
    const Value list = call.heap().List(std::move(values));
    GREGALE_ASSIGN_OR_RETURN(const Value row, aggregate(key, list));
    rows.push_back(row);
  }
  return SequenceOf(std::move(rows), call.heap());
}

// mergeWith(): how lists and single values of equal keys become one.
class Merger {
 public:
  explicit Merger(Call& call) : call_(call) {}

  absl::StatusOr<Value> Merge(const Value& a, const Value& b, int64_t levels) {
    const Evaluation::Level level(call_.evaluation());
    GREGALE_RETURN_IF_ERROR(level.status());
    Dict merged;
    for (const auto& [key, left] : a.dict().entries()) {
      GREGALE_RETURN_IF_ERROR(call_.evaluation().Step());
      const Value* right = b.dict().Find(key);
      Value value = left;
      if (right != nullptr) {
        GREGALE_ASSIGN_OR_RETURN(value, MergeItem(left, *right, levels));
      }
      merged.Set(key, value);
    }
    for (const auto& [key, right] : b.dict().entries()) {
      GREGALE_RETURN_IF_ERROR(call_.evaluation().Step());
      if (merged.Find(key) == nullptr) merged.Set(key, right);
    }
    return call_.heap().NewDict(std::move(merged));
  }

 private:
  absl::StatusOr<Value> MergeItem(const Value& a, const Value& b, int64_t levels) {
    const Value both[] = {a, b};
    const bool deep = levels != 1 && (b.Is(Type::kDict) || b.Is(Type::kList));
    if (!deep) return call_.Has(3) ? call_.Apply(3, both) : b;
    if (a.type() != b.type()) {
      return absl::InvalidArgumentError("mergeWith(): a dict or list meets something else");
    }
    if (b.Is(Type::kDict)) return Merge(a, b, levels == 0 ? 0 : levels - 1);
    if (call_.Has(2)) return call_.Apply(2, both);
    return MergeLists(a, b);
  }

  // The items of both, each once.
  absl::StatusOr<Value> MergeLists(const Value& a, const Value& b) {
    Dict seen;
    std::vector<Value> items;
    for (const Value* list : {&a, &b}) {
      for (const Value& item : list->items()) {
        GREGALE_RETURN_IF_ERROR(call_.evaluation().Step());
        GREGALE_RETURN_IF_ERROR(CheckHashable(item));
        if (seen.Find(item) != nullptr) continue;
        seen.Set(item, Value());
        items.push_back(item);
      }
    }
    return call_.heap().List(std::move(items), ListKind::kTuple);
  }

  Call& call_;
};

absl::StatusOr<Value> MergeWith(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t levels, call.Int(4));
  return Merger(call).Merge(call[0], call[1], levels);
}

constexpr FunctionRow kRows[] = {
    {"method orderBy(collection:iter, selector:lambda)", &OrderBy<Direction::kAscending>},
    {"method orderByDescending(collection:iter, selector:lambda)",
     &OrderBy<Direction::kDescending>},
    {"method thenBy(collection:ordering, selector:lambda)", &ThenBy<Direction::kAscending>},
    {"method thenByDescending(collection:ordering, selector:lambda)",
     &ThenBy<Direction::kDescending>},
    {"method groupBy(collection:iter, keySelector:lambda, valueSelector:lambda=, "
     "aggregator:lambda=)",
     &GroupBy},
    {"method mergeWith(dict:dict, another:dict, listMerger:lambda=, itemMerger:lambda=, "
     "maxLevels:int=0)",
     &MergeWith},
};

}  // namespace

std::span<const FunctionRow> OrderingFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
