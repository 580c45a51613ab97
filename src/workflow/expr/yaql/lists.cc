#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/operators.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

// The argument, or the items of a lazy sequence, and of those within it.
absl::Status AppendRead(Call& call, const Value& argument, std::vector<Value>& out) {
  if (!argument.Is(Type::kSequence)) {
    out.push_back(argument);
    return absl::OkStatus();
  }
  const Evaluation::Level level(call.evaluation());
  GREGALE_RETURN_IF_ERROR(level.status());
  Reader reader(call.evaluation(), argument);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return absl::OkStatus();
    GREGALE_RETURN_IF_ERROR(AppendRead(call, item, out));
  }
}

absl::StatusOr<Value> MakeList(Call& call) {
  std::vector<Value> items;
  for (const Argument& argument : call.rest) {
    GREGALE_RETURN_IF_ERROR(AppendRead(call, argument.value, items));
  }
  return call.heap().List(std::move(items), ListKind::kTuple);
}

absl::StatusOr<Value> ToList(Call& call) {
  if (call[0].Is(Type::kList)) return call[0];
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> items, ReadAll(call.evaluation(), call[0]));
  return call.heap().List(std::move(items), ListKind::kTuple);
}

absl::Status AppendFlat(Call& call, const Value& iterable, std::vector<Value>& out) {
  const Evaluation::Level level(call.evaluation());
  GREGALE_RETURN_IF_ERROR(level.status());
  Reader reader(call.evaluation(), iterable);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return absl::OkStatus();
    if (item.Is(Type::kList) || item.Is(Type::kSet) || item.Is(Type::kSequence)) {
      GREGALE_RETURN_IF_ERROR(AppendFlat(call, item, out));
    } else {
      out.push_back(item);
    }
  }
}

absl::StatusOr<Value> Flatten(Call& call) {
  std::vector<Value> items;
  GREGALE_RETURN_IF_ERROR(AppendFlat(call, call[0], items));
  return SequenceOf(std::move(items), call.heap());
}

// Whether item `i` is one of `count` at `position`; a negative count: of all from there.
bool Within(int64_t i, int64_t position, int64_t count) {
  return i >= position && (count < 0 || i - position < count);
}

// Items that go before the one at a place of a sequence, and whether that one stays.
struct Splice {
  std::vector<Value> values;
  int64_t position = 0;
  int64_t removed = 0;  // how many; negative: all from there
};

// The sequence with items replaced: the values stand where the first item was that they replace.
Value ReplaceItems(Call& call, Splice splice) {
  return MakeSequence(call.heap(),
                      [reader = Reader(call.evaluation(), call[0]), splice = std::move(splice),
                       i = int64_t{0}, next_value = size_t{0},
                       reached = false](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        while (true) {
                          if (reached && next_value < splice.values.size()) {
                            item = splice.values[next_value++];
                            return true;
                          }
                          GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
                          if (!more) return false;
                          if (!Within(i++, splice.position, splice.removed)) return true;
                          reached = true;
                        }
                      });
}

absl::StatusOr<Value> Delete(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(2));
  GREGALE_ASSIGN_OR_RETURN(const int64_t position, call.Int(1));
  return ReplaceItems(call, {.position = position, .removed = count});
}

absl::StatusOr<Value> Replace(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(3));
  GREGALE_ASSIGN_OR_RETURN(const int64_t position, call.Int(1));
  return ReplaceItems(call, {.values = {call[2]}, .position = position, .removed = count});
}

absl::StatusOr<Value> ReplaceMany(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(3));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> values, ReadAll(call.evaluation(), call[2]));
  GREGALE_ASSIGN_OR_RETURN(const int64_t position, call.Int(1));
  return ReplaceItems(call, {.values = values, .position = position, .removed = count});
}

// Of a list: as Python's list.insert, a negative position counts from the end.
absl::StatusOr<Value> InsertIntoList(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(int64_t position, call.Int(1));
  const auto size = static_cast<int64_t>(call[0].items().size());
  if (position < 0) position = std::max<int64_t>(position + size, 0);
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(size));
  std::vector<Value> items = call[0].items();
  items.insert(items.begin() + std::min(position, size), call[2]);
  return call.heap().List(std::move(items));
}

// Of anything else: the values before the item at their place, or at the end.
Value InsertItems(Call& call, std::vector<Value> values, int64_t position) {
  return MakeSequence(
      call.heap(),
      [reader = Reader(call.evaluation(), call[0]), values = std::move(values), position,
       i = int64_t{0}, next_value = size_t{0}, held = Value(), holding = false,
       ended = false](Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
        if (!holding && !ended) {
          GREGALE_ASSIGN_OR_RETURN(holding, reader.Next(held));
          ended = !holding;
        }
        const bool here = position <= i || (ended && position > i - 1);
        if (here && next_value < values.size()) {
          item = values[next_value++];
          return true;
        }
        if (ended) return false;
        item = held;
        holding = false;
        ++i;
        return true;
      });
}

// One value at a negative place goes nowhere, several go to the front: so YAQL has it.
absl::StatusOr<Value> Insert(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t position, call.Int(1));
  if (position < 0) return InsertItems(call, {}, 0);
  return InsertItems(call, {call[2]}, position);
}

absl::StatusOr<Value> InsertMany(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t position, call.Int(1));
  GREGALE_ASSIGN_OR_RETURN(std::vector<Value> values, ReadAll(call.evaluation(), call[2]));
  return InsertItems(call, std::move(values), std::max<int64_t>(position, 0));
}

absl::StatusOr<Value> Contains(Call& call) {
  return BinaryOperator(Op::kIn, call[1], call[0], call.evaluation());
}

absl::StatusOr<Value> Length(Call& call) {
  return Value::Int(static_cast<int64_t>(call[0].items().size()));
}

absl::StatusOr<Value> IsList(Call& call) { return Value::Bool(call[0].Is(Type::kList)); }

absl::StatusOr<Value> IsIterable(Call& call) {
  return Value::Bool(call[0].Is(Type::kList) || call[0].Is(Type::kSet) ||
                     call[0].Is(Type::kSequence));
}

constexpr FunctionRow kRows[] = {
    {"fn list(*args:any)", &MakeList},
    {"method toList(collection:iter)", &ToList},
    {"method flatten(collection:iter)", &Flatten},
    {"method delete(collection:iter, position:int, count:int=1)", &Delete},
    {"method replace(collection:iter, position:int, value:any, count:int=1)", &Replace},
    {"method replaceMany(collection:iter, position:int, values:iter, count:int=1)", &ReplaceMany},
    {"method insert(collection:list, position:int, value:any)", &InsertIntoList},
    {"method insert(collection:iter, position:int, value:any)", &Insert},
    {"method insertMany(collection:iter, position:int, values:iter)", &InsertMany},
    {"method contains(collection:iter, value:any)", &Contains},
    {"both len(sequence:list)", &Length},
    {"fn isList(arg:any)", &IsList},
    {"fn isIterable(value:any)", &IsIterable},
};

}  // namespace

std::span<const FunctionRow> ListFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
