#include "tosca/yaml_position.h"

#include <string>

#include "absl/strings/numbers.h"
#include "base/text.h"

namespace gregale::tosca {
namespace {

using base::YamlNode;

// What of `path` is left after the key at its beginning; the key itself must be followed by '.',
// '[' or the end.
bool ConsumeKey(std::string_view path, std::string_view key, std::string_view& rest) {
  if (key.empty() || !path.starts_with(key)) return false;
  rest = path.substr(key.size());
  if (rest.empty() || rest[0] == '[') return true;
  if (rest[0] != '.') return false;
  rest.remove_prefix(1);
  return true;
}

const YamlNode* Step(const YamlNode& node, std::string_view& path) {
  if (node.kind == YamlNode::Kind::kSequence) {
    const size_t end = path.find(']');
    size_t index;
    if (!path.starts_with('[') || end == std::string_view::npos ||
        !absl::SimpleAtoi(base::ToAbsl(path.substr(1, end - 1)), &index) ||
        index >= node.items.size()) {
      return nullptr;
    }
    path.remove_prefix(end + 1);
    if (path.starts_with('.')) path.remove_prefix(1);
    return &node.items[index];
  }
  const YamlNode* best = nullptr;
  std::string_view best_rest;
  size_t best_length = 0;
  for (const auto& [key, value] : node.entries) {
    std::string_view rest;
    // Not shorter: of two equal keys the last counts.
    if (key.text.size() >= best_length && ConsumeKey(path, key.text, rest)) {
      best = &value;
      best_rest = rest;
      best_length = key.text.size();
    }
  }
  if (best != nullptr) path = best_rest;
  return best;
}

}  // namespace

const YamlNode& Locate(const YamlNode& document, std::string_view path) {
  const YamlNode* node = &document;
  while (!path.empty()) {
    const YamlNode* next = Step(*node, path);
    if (next == nullptr) break;
    node = next;
  }
  return *node;
}

}  // namespace gregale::tosca
