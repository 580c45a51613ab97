#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/limits.h"
#include "workflow/expr/host.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// How much one evaluation may use.
struct Budget {
  int64_t steps = base::kExpressionStepsMax;
  size_t heap_bytes = base::kExpressionHeapBytesMax;
  int calls = base::kExpressionCallsMax;
};

// One evaluation: the heap of its values, what is left of its budget, and whom its functions ask.
// Every node that is evaluated and every item that is read from a sequence costs a step. Not
// thread-safe.
class Evaluation {
 public:
  explicit Evaluation(Host& host, const Budget& budget = {})
      : host_(host),
        heap_(budget.heap_bytes),
        steps_left_(budget.steps),
        calls_left_(budget.calls) {}
  Evaluation(const Evaluation&) = delete;
  Evaluation& operator=(const Evaluation&) = delete;

  Heap& heap() { return heap_; }
  Host& host() { return host_; }

  // Takes steps from the budget. kResourceExhausted where they, or the heap, are used up.
  absl::Status Step(int64_t steps = 1);

  // Going one level deeper, as long as this lives; kResourceExhausted in status() where that is too
  // deep.
  class Level {
   public:
    explicit Level(Evaluation& evaluation) : evaluation_(evaluation) { --evaluation_.calls_left_; }
    ~Level() { ++evaluation_.calls_left_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    absl::Status status() const;

   private:
    Evaluation& evaluation_;
  };

 private:
  Host& host_;
  Heap heap_;
  int64_t steps_left_;
  int calls_left_;
};

// A lazy sequence, as Python's iterators: what one reader has read, another does not get.
class Sequence : public Object {
 public:
  // The next item; false at the end.
  virtual absl::StatusOr<bool> Next(Evaluation& evaluation, Value& item) = 0;
  // The next item for a reader that has read `index` of them; only a memorized sequence cares.
  virtual absl::StatusOr<bool> Read(Evaluation& evaluation, size_t index, Value& item);
  // Made by orderBy(), so that thenBy() may refine it.
  virtual bool is_ordering() const { return false; }
};

// Reads the items of anything that can be iterated: of a dict its keys, of a string its code
// points.
class Reader {
 public:
  Reader(Evaluation& evaluation, const Value& iterable)
      : evaluation_(&evaluation), iterable_(iterable) {}

  // The next item; false at the end. kInvalidArgument where the value is not iterable.
  absl::StatusOr<bool> Next(Value& item);

 private:
  Evaluation* evaluation_;  // a pointer, so that readers can be assigned
  Value iterable_;
  size_t at_ = 0;
};

// All items.
absl::StatusOr<std::vector<Value>> ReadAll(Evaluation& evaluation, const Value& iterable);

// The value with its lazy sequences read: what an expression gives.
absl::StatusOr<Value> Materialize(Evaluation& evaluation, const Value& value);

}  // namespace gregale::workflow::expr
