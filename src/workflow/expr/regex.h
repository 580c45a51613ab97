#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "workflow/expr/evaluation.h"
#include "workflow/expr/value.h"

namespace re2 {
class RE2;
}

// Regular expressions, run by RE2: in linear time, whatever the pattern. What needs more than that
// (references back, looking around) is an error.
namespace gregale::workflow::expr {

struct RegexOptions {
  bool ignore_case = false;
  bool multi_line = false;
  bool dot_all = false;
};

// kInvalidArgument where the pattern is wrong or beyond RE2.
absl::StatusOr<Value> CompileRegex(const std::string& pattern, const RegexOptions& options,
                                   Heap& heap);

// A group of a match: its place in bytes; nullopt where it took no part.
using Group = std::optional<std::pair<size_t, size_t>>;

struct Match {
  std::vector<Group> groups;  // the first is the whole match
  size_t begin() const { return groups[0]->first; }
  size_t end() const { return groups[0]->second; }
};

// The first match at or behind `from`.
absl::StatusOr<std::optional<Match>> FindMatch(const Value& regex, std::string_view text,
                                               size_t from, Evaluation& evaluation);

// All matches as Python's finditer() gives them; at most `count` where that is above zero.
absl::StatusOr<std::vector<Match>> FindMatches(const Value& regex, std::string_view text,
                                               int64_t count, Evaluation& evaluation);

// Whether there is any.
absl::StatusOr<bool> RegexFinds(const Value& regex, std::string_view text, Evaluation& evaluation);

// The names of the groups, by number.
std::vector<std::pair<int, std::string>> GroupNames(const Value& regex);

}  // namespace gregale::workflow::expr
