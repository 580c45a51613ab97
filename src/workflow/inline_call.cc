#include "workflow/inline_call.h"

#include "base/text.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"

namespace gregale::workflow {
namespace {

constexpr size_t kNone = std::string_view::npos;

// \w in Mistral's patterns; every byte of another script counts.
bool IsNameCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || (c & 0x80) != 0;
}

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

size_t SkipBlanks(std::string_view text, size_t at) {
  while (at < text.size() && IsBlank(text[at])) ++at;
  return at;
}

// The length of "open ... close" at the beginning of `text`, on one line; 0 where it does not begin
// so.
enum class Extent : uint8_t { kShortest, kLongest };
size_t DelimitedLength(std::string_view text, std::string_view open, std::string_view close,
                       Extent extent) {
  if (!text.starts_with(open)) return 0;
  const std::string_view line = text.substr(0, text.find('\n'));
  const size_t end =
      extent == Extent::kShortest ? line.find(close, open.size()) : line.rfind(close);
  return end == kNone || end < open.size() ? 0 : end + close.size();
}

size_t ExpressionLength(std::string_view text) {
  if (const size_t yaql = DelimitedLength(text, "<%", "%>", Extent::kShortest)) return yaql;
  return DelimitedLength(text, "{{", "}}", Extent::kShortest);
}

// An expression, or word characters and dots and what follows up to '=', '(', '"' or space.
size_t NameLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && (IsNameCharacter(text[length]) || text[length] == '.')) ++length;
  if (length > 0) {
    while (length < text.size() && text[length] != '=' && text[length] != '(' &&
           text[length] != '"' && !IsBlank(text[length])) {
      ++length;
    }
    return length;
  }
  if (const size_t yaql = DelimitedLength(text, "<%", "%>", Extent::kShortest)) return yaql;
  if (const size_t jinja = DelimitedLength(text, "{{", "}}", Extent::kLongest)) return jinja;
  return DelimitedLength(text, "{%", "%}", Extent::kLongest);
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
  // Up to the last bracket of the line, as Mistral reads it.
  if (length == 0) length = DelimitedLength(text, "[", "]", Extent::kLongest);
  if (length == 0) length = LiteralLength(text);
  if (length == 0) return std::nullopt;
  return ReadValue{length, LooseJson(text.substr(0, length))};
}

}  // namespace

absl::StatusOr<InlineCall> ParseInlineCall(std::string_view text) {
  // Without a space Mistral looks for no parameters, and at no form of the name.
  if (text.find(' ') == kNone) return InlineCall{std::string(text), base::Json::object(), ""};
  const size_t length = NameLength(text);
  if (length == 0) {
    return absl::InvalidArgumentError(base::Cat("Invalid action/workflow task property: ", text));
  }
  InlineCall call{std::string(text.substr(0, length)), base::Json::object(), ""};
  size_t at = 0;
  while (at < text.size()) {
    const size_t equals = text.find('=', at);
    if (equals == kNone) break;
    size_t begin = equals;
    while (begin > at && (IsNameCharacter(text[begin - 1]) || text[begin - 1] == '-')) --begin;
    std::optional<ReadValue> value;
    if (begin < equals) value = ParseValue(text.substr(equals + 1));
    at = equals + 1;
    if (!value) {
      const bool parameter = begin >= length && begin < equals;
      if (parameter && call.unread.empty())
        call.unread = text.substr(begin, text.find(' ', at) - begin);
      continue;
    }
    call.parameters[std::string(text.substr(begin, equals - begin))] = std::move(value->value);
    at += value->length;
  }
  return call;
}

absl::StatusOr<WithItems> ParseWithItems(std::string_view text) {
  const size_t begin = SkipBlanks(text, 0);
  size_t end = begin;
  while (end < text.size() && (IsNameCharacter(text[end]) || text[end] == '-')) ++end;
  // Mistral's pattern asks for no blanks around "in": the longest variable counts that leaves one.
  for (; end > begin; --end) {
    size_t at = SkipBlanks(text, end);
    if (text.substr(at, 2) != "in") continue;
    at = SkipBlanks(text, at + 2);
    const std::string_view rest = text.substr(at);
    size_t length = DelimitedLength(rest, "[", "]", Extent::kLongest);
    const bool list = length > 2;
    if (!list) length = ExpressionLength(rest);
    if (length == 0) continue;
    WithItems items{std::string(text.substr(begin, end - begin)), nullptr,
                    std::string(rest.substr(0, length))};
    items.source = list ? base::Json::parse(items.text, nullptr, false) : base::Json(items.text);
    if (!items.source.is_discarded()) return items;
    return absl::InvalidArgumentError(
        base::Cat("Invalid array in 'with-items' clause: ", items.text, ", it is no JSON"));
  }
  return absl::InvalidArgumentError(
      base::Cat("Wrong format of 'with-items' property. Please use format 'var in {[some, list] "
                "| <% $.array %> }: ",
                text));
}

}  // namespace gregale::workflow
