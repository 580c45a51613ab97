#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "base/yaml.h"
#include "base/yaml_scalar.h"

namespace gregale::base {
namespace {

using Entries = std::vector<std::pair<std::string, Json>>;

absl::Status NotJson(const YamlNode& node, std::string_view why) {
  return absl::InvalidArgumentError(
      Cat("YAML, line ", node.line, ", column ", node.column, ": ", why));
}

std::optional<Json> ReadTagged(std::string_view tag, std::string_view text) {
  if (tag == "!!str" || tag == "!!timestamp") return Json(text);
  if (tag == "!!null") return IsYamlNull(text) ? std::optional(Json()) : std::nullopt;
  if (tag == "!!int") return ReadYamlInt(text);
  if (tag == "!!bool") {
    const auto value = ReadYamlBool(text);
    return value.has_value() ? std::optional(Json(*value)) : std::nullopt;
  }
  if (tag == "!!float") {
    if (const auto value = ReadYamlFloat(text)) return Json(*value);
    const auto whole = ReadYamlInt(text);
    return whole.has_value() ? std::optional(Json(whole->get<double>())) : std::nullopt;
  }
  return std::nullopt;
}

absl::StatusOr<Json> ScalarToJson(const YamlNode& node) {
  std::optional<Json> value = Json(node.text);
  if (!node.tag.empty()) {
    value = ReadTagged(node.tag, node.text);
    if (!value.has_value()) return NotJson(node, Cat("'", node.text, "' is no ", node.tag));
  } else if (node.plain) {
    if (auto typed = ResolvePlainScalar(node.text)) value = std::move(typed);
  }
  if (value->is_number_float() && !std::isfinite(value->get<double>())) {
    return NotJson(node, Cat("'", node.text, "' has no JSON form"));
  }
  return *std::move(value);
}

// A key's text as Python's json.dumps writes it: "true", "null", "1".
absl::StatusOr<std::string> KeyToJson(const YamlNode& key) {
  if (key.kind != YamlNode::Kind::kScalar) return NotJson(key, "a key must be a scalar");
  GREGALE_ASSIGN_OR_RETURN(const Json value, ScalarToJson(key));
  return value.is_string() ? value.get<std::string>() : value.dump();
}

absl::StatusOr<Entries> Flatten(const YamlNode& mapping);

// What "<<: value" brings in: of several mappings the first one wins, so it comes last.
absl::Status Merge(const YamlNode& value, Entries& entries) {
  std::vector<const YamlNode*> sources;
  if (value.kind == YamlNode::Kind::kSequence) {
    for (const YamlNode& item : value.items) sources.push_back(&item);
    std::reverse(sources.begin(), sources.end());
  } else {
    sources.push_back(&value);
  }
  for (const YamlNode* source : sources) {
    if (source->kind != YamlNode::Kind::kMapping) {
      return NotJson(*source, "only a mapping can be merged");
    }
    GREGALE_ASSIGN_OR_RETURN(Entries merged, Flatten(*source));
    std::move(merged.begin(), merged.end(), std::back_inserter(entries));
  }
  return absl::OkStatus();
}

// The entries of a mapping, what it merges in front of its own, so that the last of equal keys
// counts.
absl::StatusOr<Entries> Flatten(const YamlNode& mapping) {
  Entries merged;
  Entries own;
  for (const auto& [key, value] : mapping.entries) {
    if (key.plain && key.text == "<<") {
      GREGALE_RETURN_IF_ERROR(Merge(value, merged));
      continue;
    }
    GREGALE_ASSIGN_OR_RETURN(std::string name, KeyToJson(key));
    GREGALE_ASSIGN_OR_RETURN(Json json, YamlToJson(value));
    own.emplace_back(std::move(name), std::move(json));
  }
  std::move(own.begin(), own.end(), std::back_inserter(merged));
  return merged;
}

// The first of equal keys gives the place, the last one the value.
Json ToObject(Entries entries) {
  std::vector<size_t> order(entries.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return entries[a].first < entries[b].first; });
  std::vector<bool> superseded(entries.size(), false);
  for (size_t i = 1, first = 0; i < order.size(); ++i) {
    if (entries[order[i]].first != entries[order[first]].first) {
      first = i;
      continue;
    }
    entries[order[first]].second = std::move(entries[order[i]].second);
    superseded[order[i]] = true;
  }
  Json object = Json::object();
  // Past ordered_json's own insertion, which searches the object each time.
  auto& members = object.get_ref<Json::object_t&>();
  for (size_t i = 0; i < entries.size(); ++i) {
    if (superseded[i]) continue;
    members.emplace_back(std::move(entries[i].first), std::move(entries[i].second));
  }
  return object;
}

}  // namespace

absl::StatusOr<Json> YamlToJson(const YamlNode& node) {
  if (node.kind == YamlNode::Kind::kScalar) return ScalarToJson(node);
  const bool is_mapping = node.kind == YamlNode::Kind::kMapping;
  if (!node.tag.empty() && node.tag != (is_mapping ? "!!map" : "!!seq")) {
    return NotJson(node, Cat("the tag ", node.tag, " has no JSON form"));
  }
  if (is_mapping) {
    GREGALE_ASSIGN_OR_RETURN(Entries entries, Flatten(node));
    return ToObject(std::move(entries));
  }
  Json array = Json::array();
  for (const YamlNode& item : node.items) {
    GREGALE_ASSIGN_OR_RETURN(Json value, YamlToJson(item));
    array.push_back(std::move(value));
  }
  return array;
}

}  // namespace gregale::base
