#include "workflow/spec_node.h"

#include <optional>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml_scalar.h"
#include "workflow/expr/json_value.h"
#include "workflow/expr/python_text.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

constexpr size_t kShownBytesMax = 120;
constexpr size_t kShownHeapBytesMax = 8u << 20;

// YYYY-MM-DD, alone or before a time.
bool IsDate(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() < 8 || text.find('-') != 4) return false;
  if (text.size() == kShape.size()) {
    for (size_t i = 0; i < kShape.size(); ++i) {
      const bool digit = text[i] >= '0' && text[i] <= '9';
      if (kShape[i] == 'd' ? !digit : text[i] != '-') return false;
    }
    return true;
  }
  return text.size() > kShape.size() && IsDate(text.substr(0, kShape.size())) &&
         (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
         text.find(':') != std::string_view::npos;
}

// Puts an entry in the place of the one with an equal key, or behind all.
void SetEntry(YamlNode& mapping, YamlNode key, YamlNode value) {
  for (auto& [other, old] : mapping.entries) {
    if (other.text == key.text && TypeOf(other) == TypeOf(key)) {
      old = std::move(value);
      return;
    }
  }
  mapping.entries.emplace_back(std::move(key), std::move(value));
}

bool IsMergeKey(const YamlNode& key) { return key.plain && key.text == "<<"; }

// Resolves what merge keys bring in, and equal keys. Nested no deeper than the parser allows.
absl::StatusOr<YamlNode> Resolve(YamlNode node) {
  for (YamlNode& item : node.items) {
    GREGALE_ASSIGN_OR_RETURN(item, Resolve(std::move(item)));
  }
  if (node.entries.empty()) return node;
  auto entries = std::exchange(node.entries, {});
  for (auto& [key, value] : entries) {
    if (key.kind != YamlNode::Kind::kScalar) return ErrorAt(key, "a key must be a plain value");
    GREGALE_ASSIGN_OR_RETURN(value, Resolve(std::move(value)));
  }
  for (auto& [key, value] : entries) {
    if (!IsMergeKey(key)) continue;
    if (value.kind == YamlNode::Kind::kScalar)
      return ErrorAt(value, "only a mapping can be merged");
    const auto merge = [&](const YamlNode& source) {
      for (const auto& [name, part] : source.entries) SetEntry(node, name, part);
    };
    // Of several mappings the first one wins: it comes last.
    for (auto item = value.items.rbegin(); item != value.items.rend(); ++item) merge(*item);
    merge(value);
  }
  for (auto& [key, value] : entries) {
    if (!IsMergeKey(key)) SetEntry(node, std::move(key), std::move(value));
  }
  return node;
}

}  // namespace

NodeType TypeOf(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kSequence) return NodeType::kList;
  if (node.kind == YamlNode::Kind::kMapping) return NodeType::kDict;
  if (!node.plain && node.tag.empty()) return NodeType::kText;
  const absl::StatusOr<base::Json> json = base::YamlToJson(node);
  if (!json.ok()) return NodeType::kFloat;  // infinity and NaN
  if (json->is_null()) return NodeType::kNull;
  if (json->is_boolean()) return NodeType::kBool;
  if (json->is_number_integer()) return NodeType::kInteger;
  if (json->is_number()) return NodeType::kFloat;
  return node.plain && IsDate(node.text) ? NodeType::kDate : NodeType::kText;
}

absl::StatusOr<YamlNode> ParseDefinition(std::string_view yaml) {
  const base::YamlOptions options{
      .allow_duplicate_keys = true, .allow_anchors = false, .bytes_max = base::kWorkflowBytesMax};
  const auto failure = [](const absl::Status& status) {
    return absl::InvalidArgumentError(
        base::Cat("Definition could not be parsed: ", base::FromAbsl(status.message())));
  };
  absl::StatusOr<YamlNode> node = base::ParseYaml(yaml, options);
  if (!node.ok()) return failure(node.status());
  // What has no JSON (an unknown tag) is no definition either.
  const absl::StatusOr<base::Json> json = base::YamlToJson(*node);
  if (!json.ok()) return failure(json.status());
  if (json->is_null() || (json->is_structured() && json->empty())) {
    node->kind = YamlNode::Kind::kMapping;
    node->entries.clear();
  }
  return Resolve(*std::move(node));
}

std::string PlacedText(Place place, std::string_view what) {
  return base::Cat(what, " (line ", place.line, ", column ", place.column, ")");
}

absl::Status ErrorAt(Place place, std::string_view what) {
  return absl::InvalidArgumentError(PlacedText(place, what));
}

Place PlaceOf(const YamlNode& node) { return {node.line, node.column}; }

absl::Status ErrorAt(const YamlNode& node, std::string_view what) {
  return ErrorAt(PlaceOf(node), what);
}

std::string Shown(const YamlNode& node) {
  const absl::StatusOr<base::Json> json = base::YamlToJson(node);
  if (!json.ok()) return node.text;
  expr::Heap heap(kShownHeapBytesMax);
  std::string text = expr::Repr(expr::FromJson(*json, expr::ListKind::kList, heap));
  if (text.size() > kShownBytesMax) text = text.substr(0, kShownBytesMax) + "...";
  return text;
}

}  // namespace gregale::workflow
