#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

namespace gregale::workflow::expr {

struct JsonStyle {
  int indent = -1;  // below zero: all on one line
  bool sorted = false;
};

// Python's json.dumps(): non-ASCII escaped. Lazy sequences are read. kInvalidArgument for what JSON
// has no word for.
absl::StatusOr<std::string> JsonText(Evaluation& evaluation, const Value& value,
                                     const JsonStyle& style);

}  // namespace gregale::workflow::expr
