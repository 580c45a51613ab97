#include "server/mistral/definition_text.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "workflow/definition.h"

namespace gregale::server {
namespace {

using base::Json;
using base::YamlNode;

// As Mistral reads it.
absl::StatusOr<YamlNode> Parse(std::string_view text) {
  return base::ParseYaml(
      text,
      {.allow_duplicate_keys = true, .allow_anchors = false, .bytes_max = base::kWorkflowBytesMax});
}

Json ValueOf(const YamlNode& body, std::string_view key) {
  const YamlNode* node = body.Find(key);
  if (node == nullptr) return Json();
  absl::StatusOr<Json> value = base::YamlToJson(*node);
  return value.ok() ? *std::move(value) : Json();
}

std::string TextOf(const YamlNode& body, std::string_view key) {
  const Json value = ValueOf(body, key);
  return value.is_string() ? value.get<std::string>() : "";
}

Json ListOf(const YamlNode& body, std::string_view key) {
  Json value = ValueOf(body, key);
  return value.is_array() ? std::move(value) : Json::array();
}

DefinedItem Describe(std::string_view kind, std::string name, const YamlNode& body) {
  DefinedItem item = {.kind = std::string(kind),
                      .name = std::move(name),
                      .text = {},
                      .description = TextOf(body, "description"),
                      .tags = ListOf(body, "tags"),
                      .interface = {{"input", ListOf(body, "input")}}};
  if (kind == "workflow") {
    Json& output = item.interface["output"] = Json::array();
    const Json keys = ValueOf(body, "output");
    if (keys.is_object()) {
      for (const auto& [key, value] : keys.items()) output.push_back(key);
    }
  }
  return item;
}

// The lines of a text from one to the line before another, both from 1; beyond its end: to it.
std::string_view Lines(std::string_view text, int first, int end) {
  const auto start_of = [text](int line) {
    size_t at = 0;
    for (int i = 1; i < line && at != text.npos; ++i) {
      at = text.find('\n', at);
      if (at != text.npos) ++at;
    }
    return std::min(at, text.size());
  };
  const size_t from = start_of(first);
  return text.substr(from, end <= first ? text.npos : start_of(end) - from);
}

// The line after an entry of a block mapping; 0: the text's end.
int LineAfter(const YamlNode& mapping, size_t entry) {
  return entry + 1 < mapping.entries.size() ? mapping.entries[entry + 1].first.line : 0;
}

// Whether each entry of a mapping has lines of its own.
bool IsInLines(const YamlNode& mapping) {
  int line = 0;
  for (const auto& [key, value] : mapping.entries) {
    if (key.line <= line || key.column != mapping.entries.front().first.column) return false;
    line = key.line;
  }
  return true;
}

// The first line and those that are further in, moved to the left.
std::string Unindented(std::string_view lines, int first_column) {
  const auto margin = static_cast<size_t>(first_column - 1);
  std::string shown;
  for (const std::string_view line : base::Split(lines, '\n')) {
    const size_t indent = std::min(line.find_first_not_of(' '), line.size());
    const bool is_blank = indent == line.size();
    if (!shown.empty() && !is_blank && indent <= margin) break;
    base::Append(shown, line.substr(std::min(margin, indent)), "\n");
  }
  while (shown.ends_with("\n\n")) shown.pop_back();
  return shown;
}

// A list of definitions of which only one is left.
std::string CutEntry(std::string_view text, const YamlNode& list, size_t entry) {
  size_t version = 0;
  while (version < list.entries.size() && list.entries[version].first.text != "version") ++version;
  if (!IsInLines(list) || version == list.entries.size() || list.entries[0].first.column != 1) {
    return std::string(text);
  }
  std::string cut(Lines(text, list.entries[version].first.line, LineAfter(list, version)));
  if (!cut.ends_with('\n')) cut += '\n';
  cut += Lines(text, list.entries[entry].first.line, LineAfter(list, entry));
  return cut;
}

absl::StatusOr<DefinedItems> ReadList(std::string_view text, std::string_view kind,
                                      workflow::Definitions parsed) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, Parse(text));
  DefinedItems items = {.items = {}, .warnings = std::move(parsed.warnings)};
  for (size_t i = 0; i < list.entries.size(); ++i) {
    const auto& [name, body] = list.entries[i];
    if (name.text == "version") continue;
    DefinedItem item = Describe(kind, name.text, body);
    item.text = list.entries.size() == 2 ? std::string(text) : CutEntry(text, list, i);
    items.items.push_back(std::move(item));
  }
  return items;
}

constexpr std::pair<std::string_view, std::string_view> kSections[] = {{"actions", "action"},
                                                                       {"workflows", "workflow"}};

}  // namespace

absl::StatusOr<DefinedItems> ReadWorkflowText(std::string_view text) {
  GREGALE_ASSIGN_OR_RETURN(workflow::Definitions parsed, workflow::ParseWorkflowList(text));
  return ReadList(text, "workflow", std::move(parsed));
}

absl::StatusOr<DefinedItems> ReadActionText(std::string_view text) {
  GREGALE_ASSIGN_OR_RETURN(workflow::Definitions parsed, workflow::ParseActionList(text));
  return ReadList(text, "action", std::move(parsed));
}

absl::StatusOr<DefinedItems> ReadWorkbookText(std::string_view text) {
  GREGALE_ASSIGN_OR_RETURN(workflow::Definitions parsed, workflow::ParseWorkbook(text));
  GREGALE_ASSIGN_OR_RETURN(const YamlNode book, Parse(text));
  DefinedItems items = {.items = {}, .warnings = std::move(parsed.warnings)};
  items.items.push_back(Describe("workbook", TextOf(book, "name"), book));
  for (const auto& [section, kind] : kSections) {
    const YamlNode* members = book.Find(section);
    if (members == nullptr) continue;
    for (const auto& [name, body] : members->entries) {
      if (name.text == "version") continue;
      items.items.push_back(
          Describe(kind, base::Cat(items.items.front().name, ".", name.text), body));
    }
  }
  for (DefinedItem& item : items.items) item.text = std::string(text);
  return items;
}

std::string SignatureOf(const Json& interface) {
  std::vector<std::string> parameters;
  for (const Json& parameter : interface.value("input", Json::array())) {
    if (parameter.is_string()) parameters.push_back(parameter.get<std::string>());
    if (!parameter.is_object()) continue;
    for (const auto& [name, fallback] : parameter.items()) {
      parameters.push_back(base::Cat(name, "=", base::DumpJson(fallback)));
    }
  }
  return base::Join(parameters, ", ");
}

std::string ShownText(const store::Definition& definition) {
  const std::string& text = definition.text;
  if (definition.kind == "workbook" || !base::Contains(definition.name, '.')) return text;
  const absl::StatusOr<YamlNode> book = Parse(text);
  if (!book.ok()) return text;
  const std::string prefix = base::Cat(TextOf(*book, "name"), ".");
  if (prefix == "." || !definition.name.starts_with(prefix)) return text;
  const YamlNode* members = book->Find(base::Cat(definition.kind, "s"));
  if (members == nullptr || !IsInLines(*members)) return text;
  for (size_t i = 0; i < members->entries.size(); ++i) {
    const YamlNode& name = members->entries[i].first;
    if (name.text != definition.name.substr(prefix.size())) continue;
    const std::string_view lines = Lines(text, name.line, LineAfter(*members, i));
    const bool is_block = lines.find_first_not_of(' ') == static_cast<size_t>(name.column - 1);
    return is_block ? Unindented(lines, name.column) : text;
  }
  return text;
}

}  // namespace gregale::server
