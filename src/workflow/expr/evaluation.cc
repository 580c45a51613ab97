#include "workflow/expr/evaluation.h"

#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

// In a result, lists and dicts are Python's mutable ones, which are no keys.
absl::Status CheckOutputKey(const Value& key) {
  if (!key.Is(Type::kList) && !key.Is(Type::kDict) && !key.Is(Type::kSet)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(base::Cat("unhashable type: '", TypeName(key), "'"));
}

}  // namespace

absl::Status Evaluation::Step(int64_t steps) {
  steps_left_ -= steps;
  if (steps_left_ < 0) {
    return absl::ResourceExhaustedError("the expression takes too many steps");
  }
  if (heap_.exhausted()) {
    return absl::ResourceExhaustedError("the expression takes too much memory");
  }
  return absl::OkStatus();
}

absl::Status Evaluation::Level::status() const {
  if (evaluation_.calls_left_ >= 0) return absl::OkStatus();
  return absl::ResourceExhaustedError("the expression recurses too deeply");
}

absl::StatusOr<bool> Sequence::Read(Evaluation& evaluation, size_t, Value& item) {
  return Next(evaluation, item);
}

absl::StatusOr<bool> Reader::Next(Value& item) {
  GREGALE_RETURN_IF_ERROR(evaluation_->Step());
  switch (iterable_.type()) {
    case Type::kList:
      if (at_ >= iterable_.items().size()) return false;
      item = iterable_.items()[at_++];
      return true;
    case Type::kDict:
    case Type::kSet:
      if (at_ >= iterable_.dict().size()) return false;
      item = iterable_.dict().entries()[at_++].first;
      return true;
    case Type::kString: {
      const std::string_view text = iterable_.string();
      if (at_ >= text.size()) return false;
      const size_t length = CodePointBytes(text, at_);
      item = evaluation_->heap().String(std::string(text.substr(at_, length)));
      at_ += length;
      return true;
    }
    case Type::kSequence: {
      // Sequences read from sequences: without a bound a long chain would exhaust the stack.
      const Evaluation::Level level(*evaluation_);
      GREGALE_RETURN_IF_ERROR(level.status());
      return iterable_.sequence().Read(*evaluation_, at_++, item);
    }
    default:
      return absl::InvalidArgumentError(
          base::Cat("'", TypeName(iterable_), "' object is not iterable"));
  }
}

absl::StatusOr<std::vector<Value>> ReadAll(Evaluation& evaluation, const Value& iterable) {
  std::vector<Value> items;
  Reader reader(evaluation, iterable);
  Value item;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) return items;
    items.push_back(item);
  }
}

Sequence& Value::sequence() const { return *static_cast<Sequence*>(object_); }

absl::StatusOr<Value> Materialize(Evaluation& evaluation, const Value& value) {
  const Evaluation::Level level(evaluation);
  GREGALE_RETURN_IF_ERROR(level.status());
  switch (value.type()) {
    case Type::kList:
    case Type::kSequence: {
      std::vector<Value> items;
      Reader reader(evaluation, value);
      Value item;
      while (true) {
        GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
        if (!more) break;
        GREGALE_ASSIGN_OR_RETURN(item, Materialize(evaluation, item));
        items.push_back(item);
      }
      return evaluation.heap().List(std::move(items), ListKind::kList);
    }
    case Type::kDict: {
      Dict dict;
      for (const auto& [key, item] : value.dict().entries()) {
        GREGALE_RETURN_IF_ERROR(evaluation.Step());
        GREGALE_ASSIGN_OR_RETURN(const Value plain_key, Materialize(evaluation, key));
        GREGALE_RETURN_IF_ERROR(CheckOutputKey(plain_key));
        GREGALE_ASSIGN_OR_RETURN(const Value plain, Materialize(evaluation, item));
        dict.Set(plain_key, plain);
      }
      return evaluation.heap().NewDict(std::move(dict));
    }
    case Type::kSet: {
      Dict dict;
      for (const auto& [key, unused] : value.dict().entries()) {
        GREGALE_RETURN_IF_ERROR(evaluation.Step());
        GREGALE_ASSIGN_OR_RETURN(const Value plain_key, Materialize(evaluation, key));
        GREGALE_RETURN_IF_ERROR(CheckOutputKey(plain_key));
        dict.Set(plain_key, Value());
      }
      return evaluation.heap().NewSet(std::move(dict));
    }
    default:
      return value;
  }
}

}  // namespace gregale::workflow::expr
