#include "workflow/inline_call.h"

#include "base/text.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"

namespace gregale::workflow {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The length of "open ... close" at the beginning of `text`, on one line; 0 where it does not begin
// so.
size_t DelimitedLength(std::string_view text, std::string_view open, std::string_view close) {
  if (!text.starts_with(open)) return 0;
  const size_t end = text.find(close, open.size());
  if (end == kNone || text.substr(0, end).find('\n') != kNone) return 0;
  return end + close.size();
}

size_t ExpressionLength(std::string_view text) {
  if (const size_t yaql = DelimitedLength(text, "<%", "%>")) return yaql;
  return DelimitedLength(text, "{{", "}}");
}

// An expression, or word characters and dots and what follows up to '=', '(', '"' or space.
size_t NameLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && (IsNameCharacter(text[length]) || text[length] == '.')) ++length;
  if (length > 0) {
    while (length < text.size() && text[length] != '=' && text[length] != '(' &&
           text[length] != '"' && !absl::ascii_isspace(static_cast<unsigned char>(text[length]))) {
      ++length;
    }
    return length;
  }
  if (const size_t expression = ExpressionLength(text)) return expression;
  return DelimitedLength(text, "{%", "%}");
}

size_t LiteralLength(std::string_view text) {
  for (std::string_view word : {"true", "false", "null"}) {
    if (text.starts_with(word)) return word.size();
  }
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]))) {
    ++digits;
  }
  return digits;
}

struct ReadValue {
  size_t length = 0;
  base::Json value;
};

base::Json LooseJson(std::string_view text) {
  base::Json parsed = base::Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? base::Json(std::string(text)) : parsed;
}

// The value at the beginning of `text`; nullopt where there is none.
std::optional<ReadValue> ParseValue(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text[0] == '"' || text[0] == '\'') {
    const size_t end = text.find(text[0], 1);
    if (end == kNone) return std::nullopt;
    return ReadValue{end + 1, std::string(text.substr(1, end - 1))};
  }
  size_t length = ExpressionLength(text);
  if (length == 0 && text[0] == '[') {
    // The shortest text between brackets.
    const size_t end = text.find(']');
    const size_t line = text.find('\n');
    if (end != kNone && end < line) length = end + 1;
  }
  if (length == 0) length = LiteralLength(text);
  if (length == 0) return std::nullopt;
  return ReadValue{length, LooseJson(text.substr(0, length))};
}

}  // namespace

absl::StatusOr<InlineCall> ParseInlineCall(std::string_view text) {
  const size_t length = NameLength(text);
  if (length == 0) {
    return absl::InvalidArgumentError(base::Cat("Invalid action/workflow task property: ", text));
  }
  InlineCall call{std::string(text.substr(0, length)), base::Json::object()};
  // Without a space Mistral looks for no parameters.
  if (text.find(' ') == kNone) return call;
  size_t at = 0;
  while (at < text.size()) {
    const size_t equals = text.find('=', at);
    if (equals == kNone) break;
    size_t begin = equals;
    while (begin > at && (IsNameCharacter(text[begin - 1]) || text[begin - 1] == '-')) --begin;
    std::optional<ReadValue> value;
    if (begin < equals) value = ParseValue(text.substr(equals + 1));
    at = equals + 1;
    if (!value) continue;
    call.parameters[std::string(text.substr(begin, equals - begin))] = std::move(value->value);
    at += value->length;
  }
  return call;
}

absl::StatusOr<WithItems> ParseWithItems(std::string_view text) {
  const auto wrong = [text] {
    return absl::InvalidArgumentError(
        base::Cat("Wrong format of 'with-items' property. Please use format 'var in {[some, list] "
                  "| <% $.array %> }: ",
                  text));
  };
  const auto skip_blanks = [&text] {
    while (!text.empty() && absl::ascii_isspace(static_cast<unsigned char>(text[0]))) {
      text.remove_prefix(1);
    }
  };
  skip_blanks();
  size_t length = 0;
  while (length < text.size() && (IsNameCharacter(text[length]) || text[length] == '-')) ++length;
  // Mistral's pattern asks for no blanks around "in".
  std::string_view variable = text.substr(0, length);
  text.remove_prefix(length);
  skip_blanks();
  if (variable.empty() || !base::TakePrefix(text, "in")) return wrong();
  skip_blanks();
  WithItems items{std::string(variable), nullptr};
  if (const size_t expression = ExpressionLength(text)) {
    items.source = std::string(text.substr(0, expression));
    return items;
  }
  // The longest text between brackets on one line, with something in them.
  const size_t end = text.substr(0, text.find('\n')).rfind(']');
  if (!text.starts_with('[') || end == kNone || end < 2) return wrong();
  items.source = base::Json::parse(text.substr(0, end + 1), nullptr, false);
  if (items.source.is_discarded()) {
    return absl::InvalidArgumentError(base::Cat(
        "Invalid array in 'with-items' clause: ", text.substr(0, end + 1), ", it is no JSON"));
  }
  return items;
}

}  // namespace gregale::workflow
