#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr::jinja {

// By what items are compared.
struct KeyOptions {
  Value attribute;  // a path; null: the item itself. Several, with commas between: a list of them
  std::optional<Value> fallback;  // where the attribute is undefined
  bool ignore_case = true;
  bool descending = false;
};

absl::StatusOr<Value> PlainKey(Evaluator& evaluator, const KeyOptions& options, const Value& item);
// The plain key, texts in lower case where case is ignored.
absl::StatusOr<Value> SortKey(Evaluator& evaluator, const KeyOptions& options, const Value& item);

// Sorts by the key; equal ones keep their order.
absl::Status SortItems(Evaluator& evaluator, const KeyOptions& options, std::vector<Value>& items);

}  // namespace gregale::workflow::expr::jinja
