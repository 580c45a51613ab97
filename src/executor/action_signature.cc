#include "executor/action_signature.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "base/text.h"

namespace gregale::executor {

absl::Status CheckSignature(const ActionKind& kind, const base::Json& input) {
  if (kind.signature == kAnyInput) return absl::OkStatus();
  std::set<std::string, std::less<>> known;
  std::vector<std::string> missing;
  std::string_view rest = kind.signature;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(", "), rest.size());
    const std::string_view parameter = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    const size_t equals = parameter.find('=');
    const std::string name(parameter.substr(0, equals));
    if (equals == parameter.npos && !input.contains(name)) {
      missing.push_back(base::Cat("'", name, "'"));
    }
    known.insert(name);
  }
  std::vector<std::string> unexpected;
  for (const auto& [key, value] : input.items()) {
    if (!known.contains(key)) unexpected.push_back(base::Cat("'", key, "'"));
  }
  if (missing.empty() && unexpected.empty()) return absl::OkStatus();
  std::string message = base::Cat("Invalid input [name=", kind.name);
  if (!missing.empty()) base::Append(message, ", missing=[", base::Join(missing, ", "), "]");
  if (!unexpected.empty()) {
    base::Append(message, ", unexpected=[", base::Join(unexpected, ", "), "]");
  }
  return absl::InvalidArgumentError(message + "]");
}

}  // namespace gregale::executor
