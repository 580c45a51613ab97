#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/json.h"

namespace gregale::base {

// A node of a YAML document with its place in the text. Mappings keep their order. Aliases are copied, within the
// budget of nodes.
struct YamlNode {
  enum class Kind { kScalar, kSequence, kMapping };
  Kind kind = Kind::kScalar;
  // Scalar: its text; `plain` says it was not quoted, so that its type follows from its text; `tag` is an explicit
  // tag ("!!str") or empty.
  std::string text;
  bool plain = false;
  std::string tag;
  std::vector<YamlNode> items;                              // sequence
  std::vector<std::pair<YamlNode, YamlNode>> entries;       // mapping
  int line = 0;    // from 1
  int column = 0;  // from 1

  // The value of a scalar key; nullptr where the node is no mapping or has no such key.
  const YamlNode* Find(std::string_view key) const;
};

struct YamlOptions {
  // PyYAML keeps the last of two equal keys; Gregale's own files refuse them.
  bool allow_duplicate_keys = false;
  // Mistral reads `&` and `*` as the beginning of a plain scalar: anchors are refused.
  bool allow_anchors = true;
  size_t bytes_max;   // default kYamlBytesMax
  YamlOptions();
};

// Parses exactly one document, within kDocumentDepthMax and kDocumentNodesMax (aliases counted where they are used,
// so that an alias bomb or a cycle costs no more than the budget). Never throws. kInvalidArgument says what is
// wrong, with line and column.
absl::StatusOr<YamlNode> ParseYaml(std::string_view text, const YamlOptions& options = {});

// The node as JSON, scalars typed by the YAML 1.1 rules of PyYAML's safe_load (yes/no/on/off booleans, octal,
// sexagesimal; dates stay strings). kInvalidArgument for keys that are no scalars.
absl::StatusOr<Json> YamlToJson(const YamlNode& node);

// ParseYaml and YamlToJson in one.
absl::StatusOr<Json> ParseYamlAsJson(std::string_view text, const YamlOptions& options = {});

// Block-style YAML text of a JSON value, as PyYAML's safe_dump would be read back (keys in order, strings quoted
// where their plain form would be of another type, multi-line strings as literal blocks).
std::string DumpYaml(const Json& value);

}  // namespace gregale::base
