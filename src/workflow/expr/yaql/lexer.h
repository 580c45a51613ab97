#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace gregale::workflow::expr {

enum class YaqlTokenKind : uint8_t {
  kEnd,
  kWord,      // a bare word
  kString,    // text is the value
  kInteger,   // text is the digits
  kFloat,     // text is the number
  kFunction,  // name( : text is the name
  kVariable,  // $name, with the dollar
  kConstant,  // true, false, null
  kOperator,  // one of the operators, also those that are words
  kPunct,     // ( ) [ ] { } , =>
};

struct YaqlToken {
  YaqlTokenKind kind = YaqlTokenKind::kEnd;
  std::string text;
  size_t offset = 0;  // bytes
};

// The tokens of a YAQL expression, the last one kEnd. kInvalidArgument for a character that begins
// no token; its message has the position.
absl::StatusOr<std::vector<YaqlToken>> LexYaql(std::string_view text);

}  // namespace gregale::workflow::expr
