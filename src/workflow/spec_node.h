#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/yaml.h"
#include "workflow/place.h"

// The YAML of definitions as the language sees it: typed values with their places.
namespace gregale::workflow {

enum class NodeType : uint8_t {
  kNull,
  kBool,
  kInteger,
  kFloat,
  kText,
  kDate,  // PyYAML makes a date of 2020-01-01, which no attribute accepts
  kList,
  kDict,
};

NodeType TypeOf(const base::YamlNode& node);

// Parses a definition: Mistral reads it without anchors, and the last of equal keys counts. Merge
// keys and equal keys are resolved, so that every mapping has each key once. An empty document is
// an empty mapping.
absl::StatusOr<base::YamlNode> ParseDefinition(std::string_view yaml);

Place PlaceOf(const base::YamlNode& node);

// An error about `what` at a node: "<what> (line 3, column 5)".
absl::Status ErrorAt(const base::YamlNode& node, std::string_view what);

// The value in Python's words, cut off, for messages.
std::string Shown(const base::YamlNode& node);

}  // namespace gregale::workflow
