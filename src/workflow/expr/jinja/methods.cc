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
#include "workflow/expr/python_text.h"
#include "workflow/expr/strings.h"
#include "workflow/expr/unicode.h"

// The methods of Python's str, list and dict that do not change their value.
namespace gregale::workflow::expr::jinja {
namespace {

absl::StatusOr<std::optional<std::string>> OptionalText(const Call& call, size_t i) {
  if (!call.Has(i) || call[i].is_null()) return std::nullopt;
  if (call[i].Is(Type::kString)) return call[i].string();
  return absl::InvalidArgumentError("a text is needed");
}

template <std::string (*kMap)(std::string_view)>
absl::StatusOr<Value> Map(Call& call) {
  return call.heap().String(kMap(call[0].string()));
}

template <Side kSide>
absl::StatusOr<Value> StripSide(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const auto characters, OptionalText(call, 1));
  return call.heap().String(std::string(Strip(call[0].string(), characters, kSide)));
}

Value TextList(Call& call, std::vector<std::string> texts) {
  std::vector<Value> items;
  for (std::string& text : texts) items.push_back(call.heap().String(std::move(text)));
  return call.heap().List(std::move(items));
}

template <Side kFrom>
absl::StatusOr<Value> Split(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const auto separator, OptionalText(call, 1));
  if (separator && separator->empty()) return absl::InvalidArgumentError("empty separator");
  GREGALE_ASSIGN_OR_RETURN(const int64_t splits_max, call.Int(2, -1));
  GREGALE_RETURN_IF_ERROR(call.evaluation().Step(static_cast<int64_t>(call[0].string().size())));
  return TextList(call, SplitText(call[0].string(), separator, splits_max, kFrom));
}

absl::StatusOr<Value> SplitLines(Call& call) {
  std::vector<std::string> lines;
  std::string_view rest = call[0].string();
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    base::TakeSuffix(line, "\r");
    lines.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return TextList(call, std::move(lines));
}

absl::StatusOr<Value> Replace(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string from, call.Text(1, ""));
  GREGALE_ASSIGN_OR_RETURN(const std::string to, call.Text(2, ""));
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(3, -1));
  std::optional<std::string> out = ReplaceText(call[0].string(), from, to, count);
  if (!out) return absl::ResourceExhaustedError("the text is too long");
  return call.heap().String(std::move(*out));
}

// Whether the text begins (ends) with a text, or with one of a tuple of texts.
absl::StatusOr<Value> HasAffix(Call& call, bool (*has)(std::string_view, std::string_view)) {
  std::vector<Value> affixes = {call[1]};
  if (call[1].Is(Type::kList)) affixes = call[1].items();
  for (const Value& affix : affixes) {
    if (!affix.Is(Type::kString)) return absl::InvalidArgumentError("a text is needed");
    if (has(call[0].string(), affix.string())) return Value::Bool(true);
  }
  return Value::Bool(false);
}

absl::StatusOr<Value> StartsWith(Call& call) {
  return HasAffix(
      call, [](std::string_view text, std::string_view affix) { return text.starts_with(affix); });
}

absl::StatusOr<Value> EndsWith(Call& call) {
  return HasAffix(
      call, [](std::string_view text, std::string_view affix) { return text.ends_with(affix); });
}

template <Side kFrom>
absl::StatusOr<Value> Find(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string part, call.Text(1, ""));
  GREGALE_ASSIGN_OR_RETURN(const int64_t start, call.Int(2, 0));
  std::optional<int64_t> end;
  if (call.Has(3)) {
    GREGALE_ASSIGN_OR_RETURN(end, call.Int(3, 0));
  }
  const auto size = static_cast<int64_t>(CodePoints(call[0].string()));
  return Value::Int(FindText(call[0].string(), part, ClipSpan(start, end, size), kFrom));
}

absl::StatusOr<Value> Index(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value place, Find<Side::kLeft>(call));
  if (place.int_value() < 0) return absl::InvalidArgumentError("substring not found");
  return place;
}

absl::StatusOr<Value> Count(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::string part, call.Text(1, ""));
  const std::string& text = call[0].string();
  if (part.empty()) return Value::Int(static_cast<int64_t>(CodePoints(text)) + 1);
  int64_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) {
    ++count;
  }
  return Value::Int(count);
}

absl::StatusOr<Value> Join(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Value> items, ReadAll(call.evaluation(), call[1]));
  std::string out;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!items[i].Is(Type::kString)) {
      return absl::InvalidArgumentError(base::Cat("sequence item ", i, ": expected str instance, ",
                                                  TypeName(items[i]), " found"));
    }
    base::Append(out, i == 0 ? "" : call[0].string(), items[i].string());
    if (out.size() > base::kExpressionStringBytesMax) {
      return absl::ResourceExhaustedError("the text is too long");
    }
  }
  return call.heap().String(std::move(out));
}

absl::StatusOr<Value> Format(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(
      std::string text,
      FormatBraces(call[0].string(), {.positional = call.rest, .named = call.named}));
  return call.heap().String(std::move(text));
}

// Whether there are characters, and all of them of one class.
template <bool (*kTest)(char32_t)>
absl::StatusOr<Value> AllAre(Call& call) {
  const std::string& text = call[0].string();
  for (size_t at = 0; at < text.size(); at += CodePointBytes(text, at)) {
    if (!kTest(CodePointAt(text, at))) return Value::Bool(false);
  }
  return Value::Bool(!text.empty());
}

bool IsDecimal(char32_t c) { return c >= '0' && c <= '9'; }
bool IsAlphaOrDigit(char32_t c) { return IsDecimal(c) || IsAlpha(c); }
// Characters without case do not count against it.
bool IsNotLower(char32_t c) { return !IsLower(c); }
bool IsNotUpper(char32_t c) { return !IsUpper(c); }

enum class Alignment : uint8_t { kLeft, kRight };

absl::StatusOr<Value> PadTo(Call& call, Alignment alignment, char fill) {
  constexpr int64_t kWidthMax = 1 << 16;
  GREGALE_ASSIGN_OR_RETURN(const int64_t width, call.Int(1, 0));
  const std::string& text = call[0].string();
  const int64_t missing = std::min(width, kWidthMax) - static_cast<int64_t>(CodePoints(text));
  if (missing <= 0) return call[0];
  const std::string padding(static_cast<size_t>(missing), fill);
  if (alignment == Alignment::kLeft) return call.heap().String(text + padding);
  const bool sign = fill == '0' && !text.empty() && (text[0] == '-' || text[0] == '+');
  if (sign) return call.heap().String(text.substr(0, 1) + padding + text.substr(1));
  return call.heap().String(padding + text);
}

absl::StatusOr<Value> LeftJustify(Call& call) { return PadTo(call, Alignment::kLeft, ' '); }
absl::StatusOr<Value> RightJustify(Call& call) { return PadTo(call, Alignment::kRight, ' '); }
absl::StatusOr<Value> ZeroFill(Call& call) { return PadTo(call, Alignment::kRight, '0'); }

absl::StatusOr<Value> ListIndex(Call& call) {
  const std::vector<Value>& items = call[0].items();
  for (size_t i = 0; i < items.size(); ++i) {
    if (Equal(items[i], call[1])) return Value::Int(static_cast<int64_t>(i));
  }
  return absl::InvalidArgumentError(base::Cat(Repr(call[1]), " is not in list"));
}

absl::StatusOr<Value> ListCount(Call& call) {
  const std::vector<Value>& items = call[0].items();
  return Value::Int(std::count_if(items.begin(), items.end(),
                                  [&](const Value& item) { return Equal(item, call[1]); }));
}

absl::StatusOr<Value> Copy(Call& call) { return call[0]; }

absl::StatusOr<Value> DictGet(Call& call) {
  const Value* found = Hashable(call[1]) ? call[0].dict().Find(call[1]) : nullptr;
  if (found != nullptr) return *found;
  return call.Has(2) ? call[2] : Value();
}

absl::StatusOr<Value> DictKeys(Call& call) {
  std::vector<Value> keys;
  for (const auto& [key, value] : call[0].dict().entries()) keys.push_back(key);
  return call.heap().List(std::move(keys));
}

absl::StatusOr<Value> DictValues(Call& call) {
  std::vector<Value> values;
  for (const auto& [key, value] : call[0].dict().entries()) values.push_back(value);
  return call.heap().List(std::move(values));
}

absl::StatusOr<Value> DictItems(Call& call) {
  std::vector<Value> items;
  for (const auto& [key, value] : call[0].dict().entries()) {
    items.push_back(call.heap().List({key, value}, ListKind::kTuple));
  }
  return call.heap().List(std::move(items));
}

constexpr FunctionRow kTextRows[] = {
    {"upper(self)", &Map<&ToUpper>},
    {"lower(self)", &Map<&ToLower>},
    {"title(self)", &Map<&Title>},
    {"capitalize(self)", &Map<&Capitalize>},
    {"swapcase(self)", &Map<&SwapCase>},
    {"strip(self, chars=)", &StripSide<Side::kBoth>},
    {"lstrip(self, chars=)", &StripSide<Side::kLeft>},
    {"rstrip(self, chars=)", &StripSide<Side::kRight>},
    {"split(self, sep=, maxsplit=)", &Split<Side::kLeft>},
    {"rsplit(self, sep=, maxsplit=)", &Split<Side::kRight>},
    {"splitlines(self)", &SplitLines},
    {"replace(self, old, new, count=)", &Replace},
    {"startswith(self, prefix)", &StartsWith},
    {"endswith(self, suffix)", &EndsWith},
    {"find(self, sub, start=, end=)", &Find<Side::kLeft>},
    {"rfind(self, sub, start=, end=)", &Find<Side::kRight>},
    {"index(self, sub, start=, end=)", &Index},
    {"count(self, sub)", &Count},
    {"join(self, iterable)", &Join},
    {"format(self, *, **)", &Format},
    {"isdigit(self)", &AllAre<&IsDecimal>},
    {"isdecimal(self)", &AllAre<&IsDecimal>},
    {"isnumeric(self)", &AllAre<&IsDecimal>},
    {"isalpha(self)", &AllAre<&IsAlpha>},
    {"isalnum(self)", &AllAre<&IsAlphaOrDigit>},
    {"isspace(self)", &AllAre<&IsSpace>},
    {"isupper(self)", &AllAre<&IsNotLower>},
    {"islower(self)", &AllAre<&IsNotUpper>},
    {"ljust(self, width)", &LeftJustify},
    {"rjust(self, width)", &RightJustify},
    {"zfill(self, width)", &ZeroFill},
};

constexpr FunctionRow kListRows[] = {
    {"index(self, value)", &ListIndex},
    {"count(self, value)", &ListCount},
    {"copy(self)", &Copy},
};

constexpr FunctionRow kDictRows[] = {
    {"get(self, key, default=)", &DictGet},
    {"keys(self)", &DictKeys},
    {"values(self)", &DictValues},
    {"items(self)", &DictItems},
    {"copy(self)", &Copy},
};

}  // namespace

std::span<const FunctionRow> TextMethods() { return kTextRows; }
std::span<const FunctionRow> ListMethods() { return kListRows; }
std::span<const FunctionRow> DictMethods() { return kDictRows; }

}  // namespace gregale::workflow::expr::jinja
