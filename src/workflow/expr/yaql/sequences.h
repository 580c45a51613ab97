#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

// Lazy sequences for the functions of YAQL.
namespace gregale::workflow::expr::yaql {

// A lazy sequence whose Next() is `next(evaluation, item)`: true with an item, false at the end,
// after which it is not called again.
template <typename F>
class FunctionSequence : public Sequence {
 public:
  explicit FunctionSequence(F next) : next_(std::move(next)) {}

  absl::StatusOr<bool> Next(Evaluation& evaluation, Value& item) override {
    if (ended_) return false;
    absl::StatusOr<bool> more = next_(evaluation, item);
    if (!more.ok() || !*more) ended_ = true;
    return more;
  }

 private:
  F next_;
  bool ended_ = false;
};

template <typename F>
Value MakeSequence(Heap& heap, F next) {
  return Value::Of(Type::kSequence, heap.Make<FunctionSequence<F>>(std::move(next)));
}

// The value itself, or, of a lazy sequence, one that keeps what it has read, so that every reader
// gets all of it.
Value Memorized(const Value& value, Evaluation& evaluation);

// The items, once.
Value SequenceOf(std::vector<Value> items, Heap& heap);

// The items of one after the other.
Value Concatenate(std::vector<Value> parts, Evaluation& evaluation);

}  // namespace gregale::workflow::expr::yaql
