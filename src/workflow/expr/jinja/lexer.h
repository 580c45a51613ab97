#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace gregale::workflow::expr::jinja {

enum class TokenKind : uint8_t { kEnd, kName, kString, kInteger, kFloat, kSymbol };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;   // of a string: its value
  size_t offset = 0;  // bytes, in the whole template
};

// The tokens of an expression or of the inside of a block, the last one kEnd. `base` is where the
// text begins in the template. kInvalidArgument for a character that begins no token.
absl::StatusOr<std::vector<Token>> LexExpression(std::string_view text, size_t base);

// A part of a template: plain text, or what stands within {{ }} or {% %}.
struct Segment {
  enum class Kind : uint8_t { kText, kOutput, kBlock };
  Kind kind = Kind::kText;
  std::string text;
  size_t offset = 0;
};

// Splits a template. Comments and {% raw %} are resolved; a line's indentation before a block and
// the end of line behind it are removed, as is what a "-" next to a delimiter asks for.
// kInvalidArgument where something is not closed.
absl::StatusOr<std::vector<Segment>> SplitTemplate(std::string_view text);

}  // namespace gregale::workflow::expr::jinja
