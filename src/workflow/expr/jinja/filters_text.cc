#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/jinja/evaluator.h"
#include "workflow/expr/jinja/function.h"
#include "workflow/expr/python_format.h"
#include "workflow/expr/strings.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr::jinja {
namespace {

// Widths are bounded, as all that makes a short text long.
constexpr int64_t kWidthMax = 1 << 16;

absl::StatusOr<Value> Give(Call& call, std::optional<std::string> text) {
  if (!text || text->size() > base::kExpressionStringBytesMax) {
    return absl::ResourceExhaustedError("the text is too long");
  }
  return call.heap().String(std::move(*text));
}

template <std::string (*kMap)(std::string_view)>
absl::StatusOr<Value> Map(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  return Give(call, kMap(text));
}

// Every word begins with a capital; a word begins behind a blank, "-", "(", "{", "[" or "<".
std::string TitleWords(std::string_view text) {
  std::string out;
  bool first = true;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const char32_t c = CodePointAt(text, at);
    AppendUtf8(out, first ? UpperOf(c) : LowerOf(c));
    first = IsSpace(c) || (c < 0x80 && base::Contains("-({[<", static_cast<char>(c)));
  }
  return out;
}

absl::StatusOr<Value> Trim(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  std::optional<std::string> characters;
  if (call.Has(1) && !call[1].is_null()) {
    GREGALE_ASSIGN_OR_RETURN(characters, call.Text(1, ""));
  }
  return Give(call, std::string(Strip(text, characters, Side::kBoth)));
}

absl::StatusOr<Value> Replace(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  GREGALE_ASSIGN_OR_RETURN(const std::string from, call.Text(1, ""));
  GREGALE_ASSIGN_OR_RETURN(const std::string to, call.Text(2, ""));
  int64_t count = -1;
  if (call.Has(3) && !call[3].is_null()) {
    GREGALE_ASSIGN_OR_RETURN(count, call.Int(3, -1));
  }
  return Give(call, ReplaceText(text, from, to, count));
}

absl::StatusOr<Value> Center(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  GREGALE_ASSIGN_OR_RETURN(const int64_t width, call.Int(1, 80));
  const auto length = static_cast<int64_t>(CodePoints(text));
  const int64_t missing = std::min(width, kWidthMax) - length;
  if (missing <= 0) return Give(call, text);
  // Python puts the odd blank to the left only where the width is odd, too.
  const int64_t left = missing / 2 + (missing & width & 1);
  return Give(call, std::string(static_cast<size_t>(left), ' ') + text +
                        std::string(static_cast<size_t>(missing - left), ' '));
}

absl::StatusOr<Value> Indent(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(std::string text, call.Text(0, ""));
  std::string indentation = "    ";
  if (call.Has(1) && call[1].Is(Type::kString)) {
    indentation = call[1].string();
  } else {
    GREGALE_ASSIGN_OR_RETURN(const int64_t width, call.Int(1, 4));
    indentation.assign(static_cast<size_t>(std::clamp<int64_t>(width, 0, kWidthMax)), ' ');
  }
  const bool first = call.Flag(2, false);
  const bool blank = call.Flag(3, false);
  text.push_back('\n');
  std::string out;
  size_t number = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    if (number > 0) out.push_back('\n');
    if (number == 0 ? first : (blank || !line.empty())) out += indentation;
    out += line;
    ++number;
    if (out.size() > base::kExpressionStringBytesMax) return Give(call, std::nullopt);
  }
  return Give(call, std::move(out));
}

absl::StatusOr<Value> Truncate(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  GREGALE_ASSIGN_OR_RETURN(const int64_t length, call.Int(1, 255));
  const bool within_words = call.Flag(2, false);
  GREGALE_ASSIGN_OR_RETURN(const std::string end, call.Text(3, "..."));
  int64_t leeway = 5;
  if (call.Has(4) && !call[4].is_null()) {
    GREGALE_ASSIGN_OR_RETURN(leeway, call.Int(4, 5));
  }
  const auto end_length = static_cast<int64_t>(CodePoints(end));
  if (length < end_length || leeway < 0) {
    return absl::InvalidArgumentError("truncate: the length or the leeway is too small");
  }
  if (static_cast<int64_t>(CodePoints(text)) <= length + leeway) return Give(call, text);
  std::string_view kept = SubText(text, 0, static_cast<size_t>(length - end_length));
  if (!within_words) {
    if (const size_t space = kept.rfind(' '); space != kept.npos) kept = kept.substr(0, space);
  }
  return Give(call, base::Cat(kept, end));
}

absl::StatusOr<Value> WordCount(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  int64_t words = 0;
  bool in_word = false;
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    const bool word = IsWordCharacter(text, at);
    if (word && !in_word) ++words;
    in_word = word;
  }
  return Value::Int(words);
}

// Appends the words of a line in lines of at most `width`; words that are longer are cut where that
// is asked for.
void WrapLine(std::string_view line, size_t width, bool cut, std::string_view separator,
              std::string& out) {
  size_t used = 0;
  for (std::string& word : SplitText(line, std::nullopt, -1, Side::kLeft)) {
    size_t length = CodePoints(word);
    if (used > 0 && used + 1 + length > width) {
      out += separator;
      used = 0;
    }
    while (cut && used == 0 && length > width) {
      base::Append(out, std::string(SubText(word, 0, width)), separator);
      word = std::string(SubText(word, width, length));
      length -= width;
    }
    if (used > 0) {
      out.push_back(' ');
      ++used;
    }
    out += word;
    used += length;
  }
}

absl::StatusOr<Value> WordWrap(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string text, call.Text(0, ""));
  GREGALE_ASSIGN_OR_RETURN(const int64_t width, call.Int(1, 79));
  if (width <= 0) return absl::InvalidArgumentError("wordwrap: the width must be above 0");
  GREGALE_ASSIGN_OR_RETURN(std::string separator, call.Text(3, "\n"));
  if (call.Has(3) && call[3].is_null()) separator.assign(1, '\n');
  std::string out;
  bool first = true;
  for (std::string_view line : base::Split(text, '\n')) {
    if (!first) out += separator;
    first = false;
    WrapLine(line, static_cast<size_t>(width), call.Flag(2, true), separator, out);
    if (out.size() > base::kExpressionStringBytesMax) return Give(call, std::nullopt);
  }
  return Give(call, std::move(out));
}

absl::StatusOr<Value> Format(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string format, call.Text(0, ""));
  if (!call.rest.empty() && !call.named.empty()) {
    return absl::InvalidArgumentError("can't handle positional and keyword arguments at once");
  }
  GREGALE_ASSIGN_OR_RETURN(std::string text,
                           FormatPercent(format, {.positional = call.rest, .named = call.named}));
  return Give(call, std::move(text));
}

absl::StatusOr<Value> ToString(Call& call) {
  if (call[0].Is(Type::kString)) return call[0];
  GREGALE_ASSIGN_OR_RETURN(std::string text, call.Text(0, ""));
  return Give(call, std::move(text));
}

constexpr FunctionRow kRows[] = {
    {"upper(s)", &Map<&ToUpper>},
    {"lower(s)", &Map<&ToLower>},
    {"capitalize(s)", &Map<&Capitalize>},
    {"title(s)", &Map<&TitleWords>},
    {"trim(value, chars=)", &Trim},
    {"replace(s, old, new, count=)", &Replace},
    {"center(value, width=)", &Center},
    {"indent(s, width=, first=, blank=)", &Indent},
    {"truncate(s, length=, killwords=, end=, leeway=)", &Truncate},
    {"wordcount(s)", &WordCount},
    {"wordwrap(s, width=, break_long_words=, wrapstring=, break_on_hyphens=)", &WordWrap},
    {"format(value, *, **)", &Format},
    {"string(object)", &ToString},
};

}  // namespace

std::span<const FunctionRow> TextFilters() { return kRows; }

}  // namespace gregale::workflow::expr::jinja
