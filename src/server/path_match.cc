#include "server/path_match.h"

#include <utility>

#include "base/text.h"

namespace gregale::server {

bool MatchPath(std::string_view path, const std::vector<std::string_view>& segments,
               std::vector<std::string>& taken) {
  std::vector<std::string_view> pattern;
  if (!path.empty()) pattern = base::Split(path, '/');
  if (pattern.size() != segments.size()) return false;
  std::vector<std::string> found;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}" && !segments[i].empty()) {
      found.emplace_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return false;
    }
  }
  taken = std::move(found);
  return true;
}

void AddAllowed(std::string_view method, std::string& allow) {
  base::Append(allow, allow.empty() ? "" : ", ", method, method == "GET" ? ", HEAD" : "");
}

}  // namespace gregale::server
