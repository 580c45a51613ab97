#include "workflow/expr/yaql/sequences.h"

#include "base/error.h"

namespace gregale::workflow::expr::yaql {
namespace {

class MemorizedSequence : public Sequence {
 public:
  MemorizedSequence(Evaluation& evaluation, const Value& source) : reader_(evaluation, source) {}

  absl::StatusOr<bool> Next(Evaluation& evaluation, Value& item) override {
    return Read(evaluation, next_++, item);
  }

  absl::StatusOr<bool> Read(Evaluation& evaluation, size_t index, Value& item) override {
    while (items_.size() <= index) {
      Value next;
      GREGALE_ASSIGN_OR_RETURN(const bool more, reader_.Next(next));
      if (!more) return false;
      evaluation.heap().Charge(sizeof(Value));
      items_.push_back(next);
    }
    item = items_[index];
    return true;
  }

 private:
  Reader reader_;
  std::vector<Value> items_;
  size_t next_ = 0;
};

}  // namespace

Value Memorized(const Value& value, Evaluation& evaluation) {
  if (!value.Is(Type::kSequence)) return value;
  auto* sequence = evaluation.heap().Make<MemorizedSequence>(evaluation, value);
  return Value::Of(Type::kSequence, sequence);
}

Value SequenceOf(std::vector<Value> items, Heap& heap) {
  heap.Charge(items.size() * sizeof(Value));
  return MakeSequence(heap,
                      [items = std::move(items), at = size_t{0}](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        if (at >= items.size()) return false;
                        item = items[at++];
                        return true;
                      });
}

Value Concatenate(std::vector<Value> parts, Evaluation& evaluation) {
  std::vector<Reader> readers;
  for (const Value& part : parts) readers.emplace_back(evaluation, part);
  return MakeSequence(evaluation.heap(),
                      [readers = std::move(readers), at = size_t{0}](
                          Evaluation&, Value& item) mutable -> absl::StatusOr<bool> {
                        for (; at < readers.size(); ++at) {
                          GREGALE_ASSIGN_OR_RETURN(const bool more, readers[at].Next(item));
                          if (more) return true;
                        }
                        return false;
                      });
}

}  // namespace gregale::workflow::expr::yaql
