#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/python_format.h"
#include "workflow/expr/python_text.h"
#include "workflow/expr/strings.h"
#include "workflow/expr/unicode.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::Status TooLong() { return absl::ResourceExhaustedError("the text is too long"); }

// A text argument that may be null.
std::optional<std::string> Optional(const Value& value) {
  if (value.is_null()) return std::nullopt;
  return value.string();
}

int64_t Size(const Value& text) { return static_cast<int64_t>(CodePoints(text.string())); }

// Work on a text costs a step per 16 bytes.
absl::Status Charge(const Call& call, const Value& text) {
  return call.evaluation().Step(static_cast<int64_t>(text.string().size() / 16));
}

// YAQL's str(): Python's, except for null, true and false.
std::string TextOf(const Value& value) {
  if (value.is_null()) return "null";
  if (value.Is(Type::kBool)) return value.bool_value() ? "true" : "false";
  return Str(value);
}

absl::StatusOr<Value> ToText(Call& call) { return call.heap().String(TextOf(call[0])); }

absl::StatusOr<Value> Length(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  return Value::Int(Size(call[0]));
}

template <std::string (*kMap)(std::string_view)>
absl::StatusOr<Value> Map(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  return call.heap().String(kMap(call[0].string()));
}

template <Side kSide>
absl::StatusOr<Value> Trim(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  return call.heap().String(std::string(Strip(call[0].string(), Optional(call[1]), kSide)));
}

absl::StatusOr<Value> Norm(Call& call) {
  if (call[0].is_null()) return Value();
  const std::string_view text = Strip(call[0].string(), Optional(call[1]), Side::kBoth);
  if (text.empty()) return Value();
  return call.heap().String(std::string(text));
}

absl::StatusOr<Value> IsEmpty(Call& call) {
  if (call[0].is_null()) return Value::Bool(true);
  std::string_view text = call[0].string();
  if (Truthy(call[1])) text = Strip(text, Optional(call[2]), Side::kBoth);
  return Value::Bool(text.empty());
}

template <Side kFrom>
absl::StatusOr<Value> Split(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(const int64_t splits_max, call.Int(2));
  const std::optional<std::string> separator = Optional(call[1]);
  if (separator && separator->empty()) return absl::InvalidArgumentError("empty separator");
  std::vector<Value> parts;
  for (std::string& part : SplitText(call[0].string(), separator, splits_max, kFrom)) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step());
    parts.push_back(call.heap().String(std::move(part)));
  }
  return call.heap().List(std::move(parts));
}

absl::StatusOr<Value> JoinItems(Call& call, const Value& items, const std::string& separator) {
  Reader reader(call.evaluation(), items);
  std::string out;
  Value item;
  for (bool first = true;; first = false) {
    GREGALE_ASSIGN_OR_RETURN(const bool more, reader.Next(item));
    if (!more) break;
    if (!first) out += separator;
    out += TextOf(item);
    if (out.size() > base::kExpressionStringBytesMax) return TooLong();
  }
  return call.heap().String(std::move(out));
}

absl::StatusOr<Value> Join(Call& call) { return JoinItems(call, call[0], call[1].string()); }
absl::StatusOr<Value> JoinBy(Call& call) { return JoinItems(call, call[1], call[0].string()); }

absl::StatusOr<Value> Replace(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(3));
  std::optional<std::string> out =
      ReplaceText(call[0].string(), call[1].string(), call[2].string(), count);
  if (!out) return TooLong();
  return call.heap().String(std::move(*out));
}

absl::StatusOr<Value> ReplaceByDict(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(2));
  std::optional<std::string> out = call[0].string();
  for (const auto& [from, to] : call[1].dict().entries()) {
    GREGALE_RETURN_IF_ERROR(call.evaluation().Step(1 + static_cast<int64_t>(out->size() / 16)));
    out = ReplaceText(*out, TextOf(from), TextOf(to), count);
    if (!out) return TooLong();
  }
  return call.heap().String(std::move(*out));
}

absl::StatusOr<Value> Format(Call& call) {
  FormatArguments arguments;
  for (const Argument& argument : call.rest) arguments.positional.push_back(argument.value);
  for (const auto& [name, argument] : call.named)
    arguments.named.emplace_back(name, argument.value);
  GREGALE_ASSIGN_OR_RETURN(std::string text, FormatBraces(call[0].string(), arguments));
  return call.heap().String(std::move(text));
}

absl::StatusOr<Value> Substring(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(int64_t start, call.Int(1));
  GREGALE_ASSIGN_OR_RETURN(int64_t length, call.Int(2));
  const int64_t size = Size(call[0]);
  if (length < 0) length = size;
  if (start < 0) start += size;
  int64_t end = 0;
  if (__builtin_add_overflow(start, length, &end)) end = size;
  const Span span = ClipSpan(start, end, size);
  return call.heap().String(std::string(
      SubText(call[0].string(), static_cast<size_t>(span.start), static_cast<size_t>(span.end))));
}

template <Side kFrom>
absl::StatusOr<Value> IndexOf(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(const int64_t start, call.Int(2));
  const Span span = ClipSpan(start, std::nullopt, Size(call[0]));
  return Value::Int(FindText(call[0].string(), call[1].string(), span, kFrom));
}

template <Side kFrom>
absl::StatusOr<Value> IndexWithin(Call& call) {
  GREGALE_RETURN_IF_ERROR(Charge(call, call[0]));
  GREGALE_ASSIGN_OR_RETURN(int64_t start, call.Int(2));
  GREGALE_ASSIGN_OR_RETURN(int64_t length, call.Int(3));
  const int64_t size = Size(call[0]);
  if (start < 0) start += size;
  if (length < 0) length = size - start;
  int64_t end = 0;
  if (__builtin_add_overflow(start, length, &end)) end = size;
  return Value::Int(
      FindText(call[0].string(), call[1].string(), ClipSpan(start, end, size), kFrom));
}

absl::StatusOr<Value> ToCharArray(Call& call) {
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(call[0].string().size())));
  std::vector<Value> characters;
  for (std::string& character : Characters(call[0].string())) {
    characters.push_back(call.heap().String(std::move(character)));
  }
  return call.heap().List(std::move(characters), ListKind::kTuple);
}

absl::StatusOr<Value> StartsWith(Call& call) {
  for (const Argument& prefix : call.rest) {
    if (call[0].string().starts_with(prefix.value.string())) return Value::Bool(true);
  }
  return Value::Bool(false);
}

absl::StatusOr<Value> EndsWith(Call& call) {
  for (const Argument& suffix : call.rest) {
    if (call[0].string().ends_with(suffix.value.string())) return Value::Bool(true);
  }
  return Value::Bool(false);
}

absl::StatusOr<Value> IsText(Call& call) { return Value::Bool(call[0].Is(Type::kString)); }

absl::StatusOr<Value> ConcatTexts(Call& call) {
  std::string out;
  for (const Argument& part : call.rest) {
    out += part.value.string();
    if (out.size() > base::kExpressionStringBytesMax) return TooLong();
  }
  return call.heap().String(std::move(out));
}

// The characters of Python's module `string`, each once.
absl::StatusOr<Value> CharacterClasses(Call& call) {
  constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
  constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr std::string_view kDigits = "0123456789";
  constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  constexpr std::string_view kSpace = " \t\n\r\x0b\x0c";
  const std::string letters = base::Cat(kLower, kUpper);
  const std::string classes[] = {std::string(kDigits),
                                 "0123456789abcdefABCDEF",
                                 std::string(kLower),
                                 std::string(kUpper),
                                 letters,
                                 letters,
                                 "01234567",
                                 std::string(kPunctuation),
                                 base::Cat(kDigits, letters, kPunctuation, kSpace),
                                 std::string(kLower),
                                 std::string(kUpper),
                                 std::string(kSpace)};
  std::string chosen;
  for (size_t i = 0; i < std::size(classes); ++i) {
    if (!Truthy(call[i])) continue;
    for (char c : classes[i]) {
      if (chosen.find(c) == std::string::npos) chosen.push_back(c);
    }
  }
  std::vector<Value> characters;
  for (char c : chosen) characters.push_back(call.heap().String(std::string(1, c)));
  return call.heap().List(std::move(characters), ListKind::kTuple);
}

constexpr FunctionRow kRows[] = {
    {"fn str(value:any)", &ToText},
    {"both len(string:str)", &Length},
    {"method toUpper(string:str)", &Map<&ToUpper>},
    {"method toLower(string:str)", &Map<&ToLower>},
    {"method trim(string:str, chars:str?=null)", &Trim<Side::kBoth>},
    {"method trimLeft(string:str, chars:str?=null)", &Trim<Side::kLeft>},
    {"method trimRight(string:str, chars:str?=null)", &Trim<Side::kRight>},
    {"both norm(string:str?, chars:str?=null)", &Norm},
    {"both isEmpty(string:str?, trim:bool=true, chars:str?=null)", &IsEmpty},
    {"method split(string:str, separator:str?=null, maxSplits:int=-1)", &Split<Side::kLeft>},
    {"method rightSplit(string:str, separator:str?=null, maxSplits:int=-1)", &Split<Side::kRight>},
    {"method join(sequence:iter, separator:str)", &Join},
    {"method join(separator:str, sequence:iter)", &JoinBy},
    {"method replace(string:str, old:str, new:str, count:int=-1)", &Replace},
    {"method replace(string:str, replacements:dict, count:int=-1)", &ReplaceByDict},
    {"both format(_FormatString:str, *args:any, **kwargs:any)", &Format},
    {"method substring(string:str, start:int, length:int=-1)", &Substring},
    {"method indexOf(string:str, sub:str, start:int, length:int)", &IndexWithin<Side::kLeft>},
    {"method indexOf(string:str, sub:str, start:int=0)", &IndexOf<Side::kLeft>},
    {"method lastIndexOf(string:str, sub:str, start:int, length:int)", &IndexWithin<Side::kRight>},
    {"method lastIndexOf(string:str, sub:str, start:int=0)", &IndexOf<Side::kRight>},
    {"method toCharArray(string:str)", &ToCharArray},
    {"method startsWith(string:str, *prefixes:str)", &StartsWith},
    {"method endsWith(string:str, *suffixes:str)", &EndsWith},
    {"fn concat(*args:str)", &ConcatTexts},
    {"fn isString(arg:any)", &IsText},
    {"fn characters(digits:bool?=false, hexdigits:bool?=false, asciiLowercase:bool?=false, "
     "asciiUppercase:bool?=false, asciiLetters:bool?=false, letters:bool?=false, "
     "octdigits:bool?=false, punctuation:bool?=false, printable:bool?=false, "
     "lowercase:bool?=false, uppercase:bool?=false, whitespace:bool?=false)",
     &CharacterClasses},
};

}  // namespace

std::span<const FunctionRow> StringFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
