#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "base/limits.h"

namespace gregale::base {

// A node of a YAML document with its place in the text. Mappings keep their order and have no two
// equal scalar keys. Aliases are copied, within the budget.
struct YamlNode {
  // Defined out of line: a pair of nodes must be a complete type there.
  YamlNode();
  YamlNode(const YamlNode&);
  YamlNode(YamlNode&&) noexcept;
  YamlNode& operator=(const YamlNode&);
  YamlNode& operator=(YamlNode&&) noexcept;
  ~YamlNode();

  enum class Kind { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  // Scalar: its text; `plain` says that it had neither quotes nor a tag, so that its type follows
  // from its text. Any node: `tag` is an explicit tag ("!!str", "!local") or empty.
  std::string text;
  bool plain = false;
  std::string tag;
  std::vector<YamlNode> items;                         // sequence
  std::vector<std::pair<YamlNode, YamlNode>> entries;  // mapping
  int line = 0;                                        // from 1
  int column = 0;                                      // from 1, in bytes

  // The value of a scalar key; nullptr where the node is no mapping or has no such key. Searches
  // from the front.
  const YamlNode* Find(std::string_view key) const;
};

struct YamlOptions {
  // Two equal keys: PyYAML keeps the last value; Gregale's own files refuse them.
  bool allow_duplicate_keys = false;
  // Mistral reads `&` and `*` as the beginning of a plain scalar: anchors are refused.
  bool allow_anchors = true;
  size_t bytes_max = kYamlBytesMax;
};

// Parses exactly one document, within kDocumentDepthMax, kDocumentNodesMax and
// kDocumentTextBytesMax (aliases counted where they are used, so that an alias bomb costs no more
// than the budget; an alias to what encloses it is refused). The text must be UTF-8 without control
// characters. Never throws. kInvalidArgument says what is wrong, with line and column.
absl::StatusOr<YamlNode> ParseYaml(std::string_view text, const YamlOptions& options = {});

// The node as JSON, scalars typed by the YAML 1.1 rules of PyYAML's safe_load (yes/no/on/off
// booleans, octal, sexagesimal, merge keys; dates stay strings). kInvalidArgument for what JSON
// cannot say: keys that are no scalars, infinity, tags that safe_load does not know.
absl::StatusOr<Json> YamlToJson(const YamlNode& node);

// ParseYaml and YamlToJson in one.
absl::StatusOr<Json> ParseYamlAsJson(std::string_view text, const YamlOptions& options = {});

// Block-style YAML text of a JSON value for people to read, which ParseYamlAsJson and PyYAML's
// safe_load read back as the same value: keys in order, strings quoted where their plain form would
// mean something else, multi-line strings as literal blocks.
std::string DumpYaml(const Json& value);

}  // namespace gregale::base
