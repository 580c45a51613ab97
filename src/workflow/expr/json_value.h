#pragma once

#include "absl/status/statusor.h"
#include "base/json.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

// A JSON value on the heap; its arrays become lists of `kind`.
Value FromJson(const base::Json& json, ListKind kind, Heap& heap);

// The value as JSON: sets become lists, keys text. kInvalidArgument for what JSON has no word for
// (a regular expression, an integer beyond 64 bits unsigned); kResourceExhausted beyond
// kExpressionOutputBytesMax.
absl::StatusOr<base::Json> ToJson(const Value& value);

}  // namespace gregale::workflow::expr
