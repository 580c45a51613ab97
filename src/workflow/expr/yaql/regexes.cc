#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "workflow/expr/regex.h"
#include "workflow/expr/unicode.h"
#include "workflow/expr/yaql/evaluator.h"
#include "workflow/expr/yaql/function.h"
#include "workflow/expr/yaql/sequences.h"

namespace gregale::workflow::expr::yaql {
namespace {

absl::StatusOr<Value> MakeRegex(Call& call) {
  return CompileRegex(
      call[0].string(),
      {.ignore_case = Truthy(call[1]), .multi_line = Truthy(call[2]), .dot_all = Truthy(call[3])},
      call.heap());
}

std::string_view TextOf(const Group& group, std::string_view text) {
  return text.substr(group->first, group->second - group->first);
}

// {value, start, end} of a group, by code points; null and -1 where it took no part.
Value GroupRecord(const Group& group, std::string_view text, Heap& heap) {
  Dict record;
  const auto place = [&](size_t offset) {
    return Value::Int(static_cast<int64_t>(CodePoints(text.substr(0, offset))));
  };
  record.Set(heap.String("value"), group ? heap.String(std::string(TextOf(group, text))) : Value());
  record.Set(heap.String("start"), group ? place(group->first) : Value::Int(-1));
  record.Set(heap.String("end"), group ? place(group->second) : Value::Int(-1));
  return heap.NewDict(std::move(record));
}

// What a lambda gives in a scope that has the groups as $1, $2, ... and by name.
absl::StatusOr<Value> SelectMatch(Evaluator& evaluator, const Lambda& selector, const Value& regex,
                                  const Match& match, std::string_view text) {
  Scope* scope = evaluator.NewScope(selector.scope);
  for (size_t i = 0; i < match.groups.size(); ++i) {
    scope->Set(base::Cat(i + 1), GroupRecord(match.groups[i], text, evaluator.heap()));
  }
  for (const auto& [number, name] : GroupNames(regex)) {
    const Group& group = match.groups[static_cast<size_t>(number)];
    scope->Set(name, GroupRecord(group, text, evaluator.heap()));
  }
  return evaluator.ApplyIn(selector, scope);
}

absl::StatusOr<Value> Selected(Call& call, const Match& match) {
  const std::string& text = call[1].string();
  if (call.Has(2)) {
    return SelectMatch(call.evaluator, call.arguments[2].lambda, call[0], match, text);
  }
  return call.heap().String(std::string(TextOf(match.groups[0], text)));
}

absl::StatusOr<Value> Matches(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const bool found,
                           RegexFinds(call[0], call[1].string(), call.evaluation()));
  return Value::Bool(found);
}

absl::StatusOr<Value> TextMatches(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const Value regex, CompileRegex(call[1].string(), {}, call.heap()));
  GREGALE_ASSIGN_OR_RETURN(const bool found,
                           RegexFinds(regex, call[0].string(), call.evaluation()));
  return Value::Bool(found);
}

absl::StatusOr<Value> Search(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<Match> match,
                           FindMatch(call[0], call[1].string(), 0, call.evaluation()));
  if (!match) return Value();
  return Selected(call, *match);
}

absl::StatusOr<Value> SearchAll(Call& call) {
  GREGALE_ASSIGN_OR_RETURN(const std::vector<Match> matches,
                           FindMatches(call[0], call[1].string(), 0, call.evaluation()));
  std::vector<Value> found;
  for (const Match& match : matches) {
    GREGALE_ASSIGN_OR_RETURN(const Value value, Selected(call, match));
    found.push_back(value);
  }
  return SequenceOf(std::move(found), call.heap());
}

// Python's re.split(): what is between the matches, and the groups.
absl::StatusOr<Value> SplitBy(Call& call, const Value& regex, const std::string& text) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t splits_max, call.Int(2));
  std::vector<Value> parts;
  size_t at = 0;
  if (splits_max >= 0) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Match> matches,
                             FindMatches(regex, text, splits_max, call.evaluation()));
    for (const Match& match : matches) {
      parts.push_back(call.heap().String(text.substr(at, match.begin() - at)));
      for (size_t i = 1; i < match.groups.size(); ++i) {
        const Group& group = match.groups[i];
        parts.push_back(group ? call.heap().String(std::string(TextOf(group, text))) : Value());
      }
      at = match.end();
    }
  }
  parts.push_back(call.heap().String(text.substr(at)));
  return call.heap().List(std::move(parts));
}

absl::StatusOr<Value> Split(Call& call) { return SplitBy(call, call[0], call[1].string()); }
absl::StatusOr<Value> SplitText(Call& call) { return SplitBy(call, call[1], call[0].string()); }

// The number of the group that "\1", "\12" or "\g<...>" at `at` names, and moves behind it; nullopt
// for none.
std::optional<size_t> ReadReference(std::string_view repl, size_t& at, const Value& regex) {
  size_t end = at + 1;
  if (end < repl.size() && IsDigit(repl[end]) && repl[end] != '0') {
    size_t number = static_cast<size_t>(repl[end++] - '0');
    if (end < repl.size() && IsDigit(repl[end])) {
      number = number * 10 + static_cast<size_t>(repl[end++] - '0');
    }
    at = end;
    return number;
  }
  if (repl.substr(end, 2) != "g<") return std::nullopt;
  const size_t close = repl.find('>', end);
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view name = repl.substr(end + 2, close - end - 2);
  at = close + 1;
  for (const auto& [number, group] : GroupNames(regex)) {
    if (group == name) return static_cast<size_t>(number);
  }
  size_t number = 0;
  for (char c : name) number = number * 10 + static_cast<size_t>(c - '0');
  return number;
}

// The replacement of a match: references to groups and the usual escapes.
absl::StatusOr<std::string> Expand(std::string_view repl, const Value& regex, const Match& match,
                                   std::string_view text) {
  std::string out;
  size_t at = 0;
  while (at < repl.size()) {
    if (repl[at] != '\\' || at + 1 >= repl.size()) {
      out.push_back(repl[at++]);
      continue;
    }
    if (const std::optional<size_t> number = ReadReference(repl, at, regex)) {
      if (*number >= match.groups.size()) {
        return absl::InvalidArgumentError("invalid group reference");
      }
      if (match.groups[*number]) out += TextOf(match.groups[*number], text);
      continue;
    }
    const size_t known = std::string_view("nrt\\").find(repl[at + 1]);
    if (known == std::string_view::npos) return absl::InvalidArgumentError("bad escape in text");
    out.push_back("\n\r\t\\"[known]);
    at += 2;
  }
  return out;
}

// The text with its first `count` matches, all where that is 0, replaced by what `replace(match)`
// gives.
template <typename F>
absl::StatusOr<Value> ReplaceMatches(Call& call, const Value& regex, const std::string& text,
                                     const F& replace) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, call.Int(3));
  std::string out;
  size_t at = 0;
  if (count >= 0) {
    GREGALE_ASSIGN_OR_RETURN(const std::vector<Match> matches,
                             FindMatches(regex, text, count, call.evaluation()));
    for (const Match& match : matches) {
      out.append(text, at, match.begin() - at);
      GREGALE_ASSIGN_OR_RETURN(const std::string replacement, replace(match));
      out += replacement;
      at = match.end();
      if (out.size() > base::kExpressionStringBytesMax) {
        return absl::ResourceExhaustedError("the text is too long");
      }
    }
  }
  return call.heap().String(out + text.substr(at));
}

absl::StatusOr<Value> ReplaceIn(Call& call, const Value& regex, const std::string& text) {
  return ReplaceMatches(call, regex, text, [&](const Match& match) {
    return Expand(call[2].string(), regex, match, text);
  });
}

absl::StatusOr<Value> ReplaceByIn(Call& call, const Value& regex, const std::string& text) {
  return ReplaceMatches(call, regex, text, [&](const Match& match) -> absl::StatusOr<std::string> {
    GREGALE_ASSIGN_OR_RETURN(
        const Value value,
        SelectMatch(call.evaluator, call.arguments[2].lambda, regex, match, text));
    if (value.Is(Type::kString)) return value.string();
    return absl::InvalidArgumentError("the replacement is no text");
  });
}

absl::StatusOr<Value> Replace(Call& call) { return ReplaceIn(call, call[0], call[1].string()); }
absl::StatusOr<Value> ReplaceText(Call& call) { return ReplaceIn(call, call[1], call[0].string()); }
absl::StatusOr<Value> ReplaceBy(Call& call) { return ReplaceByIn(call, call[0], call[1].string()); }
absl::StatusOr<Value> ReplaceTextBy(Call& call) {
  return ReplaceByIn(call, call[1], call[0].string());
}

absl::StatusOr<Value> EscapeRegex(Call& call) {
  constexpr std::string_view kSpecial = "()[]{}?*+-|^$\\.&~# \t\n\r\v\f";
  std::string out;
  for (char c : call[0].string()) {
    if (kSpecial.find(c) != std::string_view::npos) out.push_back('\\');
    out.push_back(c);
  }
  return call.heap().String(std::move(out));
}

absl::StatusOr<Value> IsRegex(Call& call) { return Value::Bool(call[0].Is(Type::kRegex)); }

constexpr FunctionRow kRows[] = {
    {"fn regex(pattern:str, ignoreCase:bool?=false, multiLine:bool?=false, dotAll:bool?=false)",
     &MakeRegex},
    {"method matches(regexp:regex, string:str)", &Matches},
    {"method matches(string:str, regexp:str)", &TextMatches},
    {"method search(regexp:regex, string:str, selector:lambda=)", &Search},
    {"method searchAll(regexp:regex, string:str, selector:lambda=)", &SearchAll},
    {"method split(regexp:regex, string:str, maxSplit:int=0)", &Split},
    {"method split(string:str, regexp:regex, maxSplit:int=0)", &SplitText},
    {"method replace(regexp:regex, string:str, repl:str, count:int=0)", &Replace},
    {"method replace(string:str, regexp:regex, repl:str, count:int=0)", &ReplaceText},
    {"method replaceBy(regexp:regex, string:str, repl:lambda, count:int=0)", &ReplaceBy},
    {"method replaceBy(string:str, regexp:regex, repl:lambda, count:int=0)", &ReplaceTextBy},
    {"fn escapeRegex(string:str)", &EscapeRegex},
    {"fn isRegex(value:any)", &IsRegex},
};

}  // namespace

std::span<const FunctionRow> RegexFunctions() { return kRows; }

}  // namespace gregale::workflow::expr::yaql
