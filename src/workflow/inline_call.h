#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::workflow {

// "name key=value key2=value2": the short form of an action, a workflow or an engine command with
// its parameters.
struct InlineCall {
  std::string name;       // may be an expression
  base::Json parameters;  // an object; texts may be expressions
  std::string unread;     // the first "key=..." that is no parameter, up to the next space
};

// Reads the short form as Mistral does: quoted values are texts, others are read as JSON (true,
// null, whole numbers, lists), and a parameter whose value is none of these is left out.
// kInvalidArgument where there is no name.
absl::StatusOr<InlineCall> ParseInlineCall(std::string_view text);

// "variable in source", the form of with-items. The source is a list, or a text that is an
// expression.
struct WithItems {
  std::string variable;
  base::Json source;
  std::string text;  // of the source
};

absl::StatusOr<WithItems> ParseWithItems(std::string_view text);

}  // namespace gregale::workflow
