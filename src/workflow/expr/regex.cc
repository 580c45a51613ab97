#include "workflow/expr/regex.h"

#include <re2/re2.h>

#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/unicode.h"

namespace gregale::workflow::expr {
namespace {

constexpr int64_t kPatternMemoryMax = 1 << 20;
constexpr int kGroupsMax = 100;

struct RegexObject : Object {
  explicit RegexObject(std::unique_ptr<re2::RE2> r) : regex(std::move(r)) {}
  std::unique_ptr<re2::RE2> regex;
};

const re2::RE2& RegexOf(const Value& value) {
  return *static_cast<const RegexObject*>(value.object())->regex;
}

}  // namespace

absl::StatusOr<Value> CompileRegex(const std::string& pattern, const RegexOptions& options,
                                   Heap& heap) {
  re2::RE2::Options settings;
  settings.set_log_errors(false);
  settings.set_max_mem(kPatternMemoryMax);
  settings.set_case_sensitive(!options.ignore_case);
  settings.set_dot_nl(options.dot_all);
  // RE2's default is Perl's: ^ and $ are the ends of the text unless (?m).
  auto regex = std::make_unique<re2::RE2>(options.multi_line ? base::Cat("(?m)", pattern) : pattern,
                                          settings);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(
        base::Cat("bad regular expression '", pattern, "': ", regex->error()));
  }
  if (regex->NumberOfCapturingGroups() > kGroupsMax) {
    return absl::InvalidArgumentError("the regular expression has too many groups");
  }
  heap.Charge(static_cast<size_t>(regex->ProgramSize()) * 16);
  return Value::Of(Type::kRegex, heap.Make<RegexObject>(std::move(regex)));
}

absl::StatusOr<std::optional<Match>> FindMatch(const Value& regex, std::string_view text,
                                               size_t from, Evaluation& evaluation) {
  const re2::RE2& re = RegexOf(regex);
  GREGALE_RETURN_IF_ERROR(evaluation.Step(1 + static_cast<int64_t>((text.size() - from) / 64)));
  std::vector<re2::StringPiece> pieces(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece subject(text.data(), text.size());
  if (!re.Match(subject, from, text.size(), re2::RE2::UNANCHORED, pieces.data(),
                static_cast<int>(pieces.size()))) {
    return std::nullopt;
  }
  Match match;
  for (const re2::StringPiece& piece : pieces) {
    if (piece.data() == nullptr) {
      match.groups.emplace_back(std::nullopt);
      continue;
    }
    const auto begin = static_cast<size_t>(piece.data() - text.data());
    match.groups.emplace_back(std::pair(begin, begin + piece.size()));
  }
  return match;
}

absl::StatusOr<std::vector<Match>> FindMatches(const Value& regex, std::string_view text,
                                               int64_t count, Evaluation& evaluation) {
  std::vector<Match> matches;
  size_t from = 0;
  size_t last_end = std::string_view::npos;
  while (from <= text.size() && (count <= 0 || static_cast<int64_t>(matches.size()) < count)) {
    GREGALE_ASSIGN_OR_RETURN(std::optional<Match> match, FindMatch(regex, text, from, evaluation));
    if (!match) break;
    const size_t begin = match->begin();
    const size_t end = match->end();
    // An empty match right behind the last one begins a step later.
    const bool repeats = begin == end && begin == last_end && matches.back().begin() == begin;
    if (!repeats) {
      last_end = end;
      matches.push_back(std::move(*match));
    }
    from = end;
    if (begin == end) from += end < text.size() ? CodePointBytes(text, end) : 1;
  }
  return matches;
}

absl::StatusOr<bool> RegexFinds(const Value& regex, std::string_view text, Evaluation& evaluation) {
  GREGALE_ASSIGN_OR_RETURN(const std::optional<Match> match, FindMatch(regex, text, 0, evaluation));
  return match.has_value();
}

std::vector<std::pair<int, std::string>> GroupNames(const Value& regex) {
  const std::map<int, std::string>& names = RegexOf(regex).CapturingGroupNames();
  return {names.begin(), names.end()};
}

}  // namespace gregale::workflow::expr
