#include <deque>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"
#include "workflow/expr/yaql/sequences.h"

// Functions that give lazy sequences.
namespace gregale::workflow::expr::yaql {
namespace {

// A lambda that outlives its call.
class Selector {
 public:
  Selector(const Call& call, size_t i)
      : evaluator_(call.evaluator), lambda_(call.arguments[i].lambda), given_(call.Has(i)) {}

  bool given() const { return given_; }

  absl::StatusOr<Value> operator()(const Value& item) const {
    return evaluator_.Apply(lambda_, std::span(&item, 1));
  }
  absl::StatusOr<Value> operator()(const Value& a, const Value& b) const {
    const Value both[] = {a, b};
    return evaluator_.Apply(lambda_, both);
  }
  absl::StatusOr<bool> Holds(const Value& item) const {
    GREGALE_ASSIGN_OR_RETURN(const Value value, (*this)(item));
    return Truthy(value);
  }

 private:
  Evaluator& evaluator_;
  Lambda lambda_;
  bool given_;
};

Reader ReaderOf(const Call& call, const Value& value) { return {call.evaluation(), value}; }

absl::StatusOr<Value> Where(Call& call) {
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), predicate = Selector(call, 1)](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        while (true) {
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more) return false;
                          GREGALE_ASSIGN_OR_RETURN(const bool holds, predicate.Holds(item));
                          if (holds) return true;
                        }
                      });
}

absl::StatusOr<Value> Select(Call& call) {
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), selector = Selector(call, 1)](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                        if (!more) return false;
                        GREGALE_ASSIGN_OR_RETURN(item, selector(item));
                        return true;
                      });
}

absl::StatusOr<Value> SelectMany(Call& call) {
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), selector = Selector(call, 1),
                       inner = std::optional<Reader>()](
                          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
                        while (true) {
                          if (inner) {
                            GREGALE_ASSIGN_OR_RETURN(const bool more, inner->Next(item));
                            if (more) return true;
                            inner.reset();
                          }
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more) return false;
                          GREGALE_ASSIGN_OR_RETURN(item, selector(item));
                          if (!IsIterable(item)) return true;
                          inner.emplace(evaluation, item);
                        }
                      });
}

absl::StatusOr<Value> Skip(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(1));
  if (count < 0) return absl::InvalidArgumentError("skip() needs a count of at least 0");
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), left = count](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        for (; left > 0; --left) {
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more) return false;
                        }
                        return reader.Next(item);
                      });
}

absl::StatusOr<Value> Limit(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(1));
  if (count < 0) return absl::InvalidArgumentError("limit() needs a count of at least 0");
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), left = count](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        if (left-- <= 0) return false;
                        return reader.Next(item);
                      });
}

absl::StatusOr<Value> TakeWhile(Call& call) {
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), predicate = Selector(call, 1)](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                        if (!more) return false;
                        return predicate.Holds(item);
                      });
}

absl::StatusOr<Value> SkipWhile(Call& call) {
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), predicate = Selector(call, 1),
                       skipping = true](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        while (true) {
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more || !skipping) return more;
                          GREGALE_ASSIGN_OR_RETURN(skipping, predicate.Holds(item));
                          if (!skipping) return true;
                        }
                      });
}

absl::StatusOr<Value> Append(Call& call) {
  std::vector<Value> more;
  for (const Argument& argument : call.rest) more.push_back(argument.value);
  return Concatenate({call[0], SequenceOf(std::move(more), call.heap())}, call.evaluation());
}

absl::StatusOr<Value> Concat(Call& call) {
  std::vector<Value> parts;
  for (const Argument& argument : call.rest) parts.push_back(argument.value);
  return Concatenate(std::move(parts), call.evaluation());
}

absl::StatusOr<Value> Distinct(Call& call) {
  return MakeSequence(
      call.heap(),
      [reader = ReaderOf(call, call[0]), selector = Selector(call, 1), seen = Dict()](
          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
        while (true) {
          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
          if (!more) return false;
          Value key = item;
          if (selector.given()) {
            GREGALE_ASSIGN_OR_RETURN(key, selector(item));
          }
          GREGALE_RETURN_IF_ERROR(CheckHashable(key));
          if (seen.Find(key) != nullptr) continue;
          evaluation.heap().Charge(sizeof(Dict::Entry));
          seen.Set(key, Value());
          return true;
        }
      });
}

absl::StatusOr<Value> Enumerate(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t start, call.Int(1));
  return MakeSequence(call.heap(),
                      [reader = ReaderOf(call, call[0]), number = start](
                          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
                        GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                        if (!more) return false;
                        item = evaluation.heap().List({Value::Int(number++), item});
                        return true;
                      });
}

absl::StatusOr<Value> RangeBetween(Call& call, int64_t start, int64_t stop, int64_t step) {
  if (step == 0) return absl::InvalidArgumentError("range() arg 3 must not be zero");
  return MakeSequence(
      call.heap(),
      [next = start, stop, step](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
        if (step > 0 ? next >= stop : next <= stop) return false;
        item = Value::Int(next);
        if (__builtin_add_overflow(next, step, &next)) next = stop;
        return true;
      });
}

absl::StatusOr<Value> RangeTo(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t stop, call.Int(0));
  return RangeBetween(call, 0, stop, 1);
}

absl::StatusOr<Value> Range(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t start, call.Int(0));
  GREGALE_ASSIGN_OR_RETURN(const int64_t stop, call.Int(1));
  GREGALE_ASSIGN_OR_RETURN(const int64_t step, call.Int(2));
  return RangeBetween(call, start, stop, step);
}

absl::StatusOr<Value> Count(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t start, call.Int(0));
  GREGALE_ASSIGN_OR_RETURN(const int64_t step, call.Int(1));
  return MakeSequence(
      call.heap(), [next = start, step](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
        item = Value::Int(next);
        if (__builtin_add_overflow(next, step, &next)) {
          return absl::OutOfRangeError("the sequence leaves the range of 64 bits");
        }
        return true;
      });
}

absl::StatusOr<Value> Repeat(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t times, call.Int(1));
  const int64_t endless = std::numeric_limits<int64_t>::max();
  return MakeSequence(call.heap(),
                      [value = call[0], left = times < 0 ? endless : times](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        if (left-- <= 0) return false;
                        item = value;
                        return true;
                      });
}

absl::StatusOr<Value> Cycle(Call& call) {
  const Value source = Memorized(call[0], call.evaluation());
  return MakeSequence(call.heap(),
                      [source, reader = ReaderOf(call, source), empty = true](
                          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
                        GREGALE_ASSIGN_OR_RETURN(bool more, reader.Next(item));
                        if (!more && !empty) {
                          reader = Reader(evaluation, source);
                          GREGALE_ASSIGN_OR_RETURN(more, reader.Next(item));
                        }
                        if (more) empty = false;
                        return more;
                      });
}

absl::StatusOr<Value> ZipCollections(Call& call, std::optional<Value> filler) {
  std::vector<Reader> readers;
  for (const Argument& argument : call.rest) readers.push_back(ReaderOf(call, argument.value));
  return MakeSequence(call.heap(),
                      [readers = std::move(readers), filler](
                          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
                        std::vector<Value> row;
                        bool any = false;
                        for (Reader& reader : readers) {
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more && !filler) return false;
                          any = any || more;
                          row.push_back(more ? item : *filler);
                        }
                        if (!any) return false;
                        item = evaluation.heap().List(std::move(row), ListKind::kTuple);
                        return true;
                      });
}

absl::StatusOr<Value> Zip(Call& call) { return ZipCollections(call, std::nullopt); }

absl::StatusOr<Value> ZipLongest(Call& call) {
  Value filler;
  for (const auto& [name, argument] : call.named) {
    if (name == "default") filler = argument.value;
  }
  return ZipCollections(call, filler);
}

absl::StatusOr<Value> Join(Call& call) {
  const Value right = Memorized(call[1], call.evaluation());
  return MakeSequence(
      call.heap(),
      [left = ReaderOf(call, call[0]), right, inner = std::optional<Reader>(), left_item = Value(),
       predicate = Selector(call, 2), selector = Selector(call, 3)](
          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
        while (true) {
          if (!inner) {
            GREGALE_ASSIGN_OR_RETURN(const bool more, left.Next(left_item));
            if (!more) return false;
            inner.emplace(evaluation, right);
          }
          Value right_item;
          GREGALE_ASSIGN_OR_RETURN(const bool more, inner->Next(right_item));
          if (!more) {
            inner.reset();
            continue;
          }
          GREGALE_ASSIGN_OR_RETURN(const Value holds, predicate(left_item, right_item));
          if (!Truthy(holds)) continue;
          GREGALE_ASSIGN_OR_RETURN(item, selector(left_item, right_item));
          return true;
        }
      });
}

absl::StatusOr<Value> Accumulate(Call& call) {
  return MakeSequence(
      call.heap(),
      [reader = ReaderOf(call, call[0]), selector = Selector(call, 1), total = call[2],
       seeded = call.Has(2),
       first = true](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
        if (first && seeded) {
          first = false;
          item = total;
          return true;
        }
        GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
        if (!more && first) {
          return absl::InvalidArgumentError("accumulate() of empty sequence with no initial value");
        }
        if (!more) return false;
        if (first) {
          total = item;
        } else {
          GREGALE_ASSIGN_OR_RETURN(total, selector(total, item));
        }
        first = false;
        item = total;
        return true;
      });
}

// The items that were seen, where loops are to be left out; false for one that was.
absl::StatusOr<bool> IsNew(const Value& item, std::optional<Dict>& seen, Heap& heap) {
  if (!seen) return true;
  GREGALE_RETURN_IF_ERROR(CheckHashable(item));
  if (seen->Find(item) != nullptr) return false;
  heap.Charge(sizeof(Dict::Entry));
  seen->Set(item, Value());
  return true;
}

std::optional<Dict> SeenIf(const Value& decycle) {
  return Truthy(decycle) ? std::optional<Dict>(Dict()) : std::nullopt;
}

absl::StatusOr<Value> Generate(Call& call) {
  return MakeSequence(
      call.heap(),
      [current = call[0], predicate = Selector(call, 1), producer = Selector(call, 2),
       selector = Selector(call, 3), seen = SeenIf(call[4]),
       first = true](Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
        if (!first) {
          GREGALE_ASSIGN_OR_RETURN(current, producer(current));
        }
        first = false;
        GREGALE_ASSIGN_OR_RETURN(const bool holds, predicate.Holds(current));
        if (!holds) return false;
        GREGALE_ASSIGN_OR_RETURN(const bool is_new, IsNew(current, seen, evaluation.heap()));
        if (!is_new) return false;
        item = current;
        if (selector.given()) {
          GREGALE_ASSIGN_OR_RETURN(item, selector(current));
        }
        return true;
      });
}

absl::StatusOr<Value> GenerateMany(Call& call) {
  return MakeSequence(
      call.heap(),
      [queue = std::deque<Value>{call[0]}, producer = Selector(call, 1),
       selector = Selector(call, 2), seen = SeenIf(call[3]), depth_first = Truthy(call[4])](
          Evaluation& evaluation, Value& item) mutable -> absl::StatusOr<bool> {
        while (!queue.empty()) {
          const Value current = queue.front();
          queue.pop_front();
          GREGALE_ASSIGN_OR_RETURN(const bool is_new, IsNew(current, seen, evaluation.heap()));
          if (!is_new) continue;
          item = current;
          if (selector.given()) {
            GREGALE_ASSIGN_OR_RETURN(item, selector(current));
          }
          GREGALE_ASSIGN_OR_RETURN(const Value produced, producer(current));
          GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> more, ReadAll(evaluation, produced));
          evaluation.heap().Charge(more.size() * sizeof(Value));
          queue.insert(depth_first ? queue.begin() : queue.end(), more.begin(), more.end());
          return true;
        }
        return false;
      });
}

absl::StatusOr<Value> Memorize(Call& call) { return Memorized(call[0], call.evaluation()); }

constexpr FunctionRow kRows[] = {
    {"method where(collection:iter, predicate:lambda)", &Where},
    {"method filter(collection:iter, predicate:lambda)", &Where},
    {"method select(collection:iter, selector:lambda)", &Select},
    {"method map(collection:iter, selector:lambda)", &Select},
    {"method selectMany(collection:iter, selector:lambda)", &SelectMany},
    {"method skip(collection:iter, count:int)", &Skip},
    {"method limit(collection:iter, count:int)", &Limit},
    {"method take(collection:iter, count:int)", &Limit},
    {"method takeWhile(collection:iter, predicate:lambda)", &TakeWhile},
    {"method skipWhile(collection:iter, predicate:lambda)", &SkipWhile},
    {"both append(collection:iter, *args:any)", &Append},
    {"both concat(*collections:iter)", &Concat},
    {"both distinct(collection:iter, keySelector:lambda=)", &Distinct},
    {"both enumerate(collection:iter, start:int=0)", &Enumerate},
    {"fn range(stop:int)", &RangeTo},
    {"fn range(start:int, stop:int, step:int=1)", &Range},
    {"fn sequence(start:int=0, step:int=1)", &Count},
    {"method repeat(value:any, times:int=-1)", &Repeat},
    {"method cycle(collection:iter)", &Cycle},
    {"method zip(*collections:iter)", &Zip},
    {"method zipLongest(*collections:iter, **kwargs:any)", &ZipLongest},
    {"method join(collection1:iter, collection2:iter, predicate:lambda, selector:lambda)", &Join},
    {"method accumulate(collection:iter, selector:lambda, seed:any=)", &Accumulate},
    {"fn generate(initial:any, predicate:lambda, producer:lambda, selector:lambda=, "
     "decycle:bool=false)",
     &Generate},
    {"fn generateMany(initial:any, producer:lambda, selector:lambda=, decycle:bool=false, "
     "depthFirst:bool=false)",
     &GenerateMany},
    {"method memorize(collection:iter)", &Memorize},
};

}  // namespace

std::span<const FunctionRow> QueryFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
