#include "workflow/schema.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/expr/template.h"
#include "workflow/inline_call.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

absl::Status NeedsType(const YamlNode& node, NodeType type, std::string_view name) {
  if (TypeOf(node) == type) return absl::OkStatus();
  return Invalid(node, base::Cat("is not of type '", name, "'"));
}

// No two items are the same value.
absl::Status CheckUnique(const YamlNode& list) {
  std::set<std::string> seen;
  for (const YamlNode& item : list.items) {
    const absl::StatusOr<base::Json> json = base::YamlToJson(item);
    if (json.ok() && !seen.insert(json->dump()).second) {
      return Invalid(list, "has non-unique elements");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckFilledList(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(NeedsType(node, NodeType::kList, "array"));
  if (node.items.empty()) return Invalid(node, "is too short");
  return CheckUnique(node);
}

// The forms of a task or command in a clause. A text that has two of them is refused, as the
// original refuses it.
bool IsTaskName(std::string_view text) {
  for (char c : text) {
    if (IsBlank(c)) return false;
  }
  return !text.empty();
}

size_t WordLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && IsWord(text.substr(length, 1))) ++length;
  return length;
}

// name(key=...)
bool IsCallWithParentheses(std::string_view text) {
  size_t at = WordLength(text);
  if (at == 0 || text.substr(at, 1) != "(" || !text.ends_with(')')) return false;
  text.remove_prefix(at + 1);
  at = WordLength(text);
  return at > 0 && text.substr(at, 1) == "=";
}

// name key=...
bool IsCallWithSpace(std::string_view text) {
  size_t at = WordLength(text);
  if (at == 0 || text.substr(at, 1) != " ") return false;
  text.remove_prefix(at + 1);
  at = WordLength(text);
  return at > 0 && text.substr(at, 1) == "=";
}

// How many of the forms a text has.
int FormsOf(std::string_view text) {
  return (IsTaskName(text) ? 1 : 0) + (IsCallWithParentheses(text) ? 1 : 0) +
         (IsCallWithSpace(text) ? 1 : 0);
}

absl::Status CheckTransition(const YamlNode& node) {
  const int forms = TypeOf(node) == NodeType::kText ? FormsOf(node.text) : 0;
  if (forms == 1) return absl::OkStatus();
  if (forms == 0) return Invalid(node, kNotAny);
  return Invalid(node,
                 "is valid under each of the forms of a task with parameters and of a task name");
}

// {name: expression}. What is no name is not looked at.
absl::Status CheckConditional(const YamlNode& node) {
  if (node.entries.size() != 1) return Invalid(node, kNotAny);
  const auto& [name, condition] = node.entries[0];
  if (TypeOf(name) != NodeType::kText) return Invalid(name, "is not of type 'string'");
  return FormsOf(name.text) == 0 ? absl::OkStatus() : CheckExpression(condition);
}

absl::Status CheckSimpleClause(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kDict) return CheckConditional(node);
  if (TypeOf(node) != NodeType::kList) return CheckTransition(node);
  if (node.items.empty() || !CheckUnique(node).ok()) return Invalid(node, kNotAny);
  for (const YamlNode& item : node.items) {
    GREGALE_RETURN_IF_ERROR(TypeOf(item) == NodeType::kDict ? CheckConditional(item)
                                                            : CheckTransition(item));
  }
  return absl::OkStatus();
}

constexpr Attribute kPublishScopes[] = {{"branch", &CheckFilledDict}, {"global", &CheckFilledDict},
                                        {"atomic", &CheckFilledDict}, {"name", &CheckText},
                                        {"version", &CheckVersion},   {"description", &CheckText},
                                        {"tags", &CheckTexts}};

absl::Status CheckPublish(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckAttributes(node, kPublishScopes));
  const bool scoped = std::any_of(kPublishScopes, kPublishScopes + 3, [&](const Attribute& scope) {
    return node.Find(scope.name) != nullptr;
  });
  if (!scoped) {
    return ErrorAt(node, "Either 'branch', 'global' or 'atomic' must be specified:");
  }
  return absl::OkStatus();
}

constexpr Attribute kAdvancedClause[] = {{"publish", &CheckPublish}, {"next", &CheckSimpleClause}};

constexpr Attribute kRetry[] = {{"count", &CheckCount, true},
                                {"delay", &CheckCount, true},
                                {"break-on", &CheckExpression},
                                {"continue-on", &CheckExpression}};

}  // namespace

bool IsWord(std::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && (c & 0x80) == 0) {
      return false;
    }
  }
  return !text.empty();
}

absl::Status Invalid(const YamlNode& node, std::string_view what) {
  return ErrorAt(node, base::Cat("Invalid DSL: ", Shown(node), " ", what));
}

bool IsExpression(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  if (text.find('\n') != std::string_view::npos) return false;
  return (text.starts_with("<%") && text.ends_with("%>") && text.size() >= 4) ||
         (text.starts_with("{{") && text.ends_with("}}") && text.size() >= 4);
}

absl::Status CheckAttributes(const YamlNode& node, std::span<const Attribute> attributes,
                             OtherKeys others) {
  GREGALE_RETURN_IF_ERROR(NeedsType(node, NodeType::kDict, "object"));
  for (const auto& [key, value] : node.entries) {
    const Attribute* known = nullptr;
    for (const Attribute& attribute : attributes) {
      if (attribute.name == key.text) known = &attribute;
    }
    if (known != nullptr) {
      GREGALE_RETURN_IF_ERROR(known->check(value));
    } else if (others == OtherKeys::kRefused) {
      return ErrorAt(key, base::Cat("Invalid DSL: Additional properties are not allowed (",
                                    Shown(key), " was unexpected)"));
    }
  }
  for (const Attribute& attribute : attributes) {
    if (!attribute.required || node.Find(attribute.name) != nullptr) continue;
    return ErrorAt(node, base::Cat("Invalid DSL: '", attribute.name, "' is a required property"));
  }
  return absl::OkStatus();
}

absl::Status CheckAnything(const YamlNode&) { return absl::OkStatus(); }

absl::Status CheckText(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(NeedsType(node, NodeType::kText, "string"));
  if (node.text.empty()) return Invalid(node, "is too short");
  return absl::OkStatus();
}

absl::Status CheckDict(const YamlNode& node) { return NeedsType(node, NodeType::kDict, "object"); }

absl::Status CheckFilledDict(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckDict(node));
  if (node.entries.empty()) return Invalid(node, "does not have enough properties");
  for (const auto& [key, value] : node.entries) {
    if (TypeOf(key) != NodeType::kText) return Invalid(key, "is not of type 'string'");
    if (IsWord(key.text) && TypeOf(value) == NodeType::kDate) return Invalid(value, kNotAny);
  }
  return absl::OkStatus();
}

absl::Status CheckTextOrDict(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kDict) return CheckFilledDict(node);
  if (TypeOf(node) == NodeType::kText) return CheckText(node);
  return Invalid(node, kNotAny);
}

absl::Status CheckTexts(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckFilledList(node));
  for (const YamlNode& item : node.items) GREGALE_RETURN_IF_ERROR(CheckText(item));
  return absl::OkStatus();
}

absl::Status CheckTextOrTexts(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kList) return CheckTexts(node);
  if (TypeOf(node) == NodeType::kText) return CheckText(node);
  return Invalid(node, kNotAny);
}

absl::Status CheckInputs(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckFilledList(node));
  for (const YamlNode& item : node.items) {
    if (TypeOf(item) == NodeType::kText) {
      GREGALE_RETURN_IF_ERROR(CheckText(item));
      continue;
    }
    if (TypeOf(item) != NodeType::kDict) return Invalid(item, kNotAny);
    GREGALE_RETURN_IF_ERROR(CheckFilledDict(item));
    if (item.entries.size() > 1) return Invalid(item, "has too many properties");
  }
  return absl::OkStatus();
}

absl::Status CheckExpression(const YamlNode& node) {
  if (TypeOf(node) != NodeType::kText || !IsExpression(node.text)) return Invalid(node, kNotAny);
  return absl::OkStatus();
}

absl::Status CheckCount(const YamlNode& node) {
  const NodeType type = TypeOf(node);
  if (type == NodeType::kText) return CheckExpression(node);
  if (type != NodeType::kInteger && type != NodeType::kFloat) return Invalid(node, kNotAny);
  const absl::StatusOr<base::Json> json = base::YamlToJson(node);
  const double number = json.ok() && json->is_number() ? json->get<double>() : -1;
  const bool whole =
      number >= 0 && number < 9e15 && number == static_cast<double>(static_cast<int64_t>(number));
  return whole ? absl::OkStatus() : Invalid(node, kNotAny);
}

absl::Status CheckFlag(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kBool) return absl::OkStatus();
  return CheckExpression(node);
}

absl::Status CheckVersion(const YamlNode& node) {
  const NodeType type = TypeOf(node);
  if (type == NodeType::kText && !node.text.empty()) return absl::OkStatus();
  const bool number = type == NodeType::kInteger || type == NodeType::kFloat;
  if (number && !node.text.starts_with('-')) return absl::OkStatus();
  return Invalid(node, kNotAny);
}

absl::Status CheckJoin(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kText) {
    if (node.text == "all" || node.text == "one") return absl::OkStatus();
    return Invalid(node, kNotAny);
  }
  return CheckCount(node);
}

absl::Status CheckRetry(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kDict) {
    GREGALE_RETURN_IF_ERROR(CheckAttributes(node, kRetry));
    return CheckExpressionsOneLevel(node);
  }
  if (TypeOf(node) != NodeType::kText) return Invalid(node, kNotAny);
  GREGALE_RETURN_IF_ERROR(CheckText(node));
  GREGALE_ASSIGN_OR_RETURN(const YamlNode expanded, ExpandRetry(node));
  GREGALE_RETURN_IF_ERROR(CheckAttributes(expanded, kRetry));
  return CheckExpressionsOneLevel(expanded);
}

absl::StatusOr<YamlNode> ExpandRetry(const YamlNode& text) {
  absl::StatusOr<InlineCall> call = ParseInlineCall(text.text);
  if (!call.ok()) return ErrorAt(text, base::FromAbsl(call.status().message()));
  YamlNode dict = text;
  dict.kind = YamlNode::Kind::kMapping;
  for (const auto& [name, value] : call->parameters.items()) {
    YamlNode key = text;
    key.text = name;
    YamlNode node = text;
    node.plain = !value.is_string();
    node.text = value.is_string() ? value.get<std::string>() : value.dump();
    dict.entries.emplace_back(std::move(key), std::move(node));
  }
  return dict;
}

absl::Status CheckClause(const YamlNode& node) {
  if (TypeOf(node) != NodeType::kDict) return CheckSimpleClause(node);
  if (node.entries.empty()) return Invalid(node, kNotAny);
  const absl::Status advanced = CheckAttributes(node, kAdvancedClause);
  // A task "tags" cannot be the only way on: Mistral checks it as the tags of the clause.
  const bool conditional = CheckConditional(node).ok() && node.Find("tags") == nullptr;
  if (!conditional) return advanced;
  if (!advanced.ok()) return absl::OkStatus();
  return Invalid(node, "is valid as a task with its condition and as 'next'");
}

absl::Status CheckExpressionsIn(const YamlNode& text) {
  if (TypeOf(text) != NodeType::kText) return absl::OkStatus();
  const absl::Status status = expr::ValidateText(text.text);
  return status.ok() ? status : ErrorAt(text, base::FromAbsl(status.message()));
}

absl::Status CheckExpressionsOneLevel(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckExpressionsIn(node));
  for (const YamlNode& item : node.items) GREGALE_RETURN_IF_ERROR(CheckExpressionsIn(item));
  for (const auto& [key, value] : node.entries) {
    GREGALE_RETURN_IF_ERROR(CheckExpressionsIn(value));
  }
  return absl::OkStatus();
}

absl::Status CheckInlineCall(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckText(node));
  const absl::StatusOr<InlineCall> call = ParseInlineCall(node.text);
  if (!call.ok()) return ErrorAt(node, base::FromAbsl(call.status().message()));
  for (const auto& [name, value] : call->parameters.items()) {
    if (!value.is_string()) continue;
    YamlNode text = node;
    text.plain = false;
    text.text = value.get<std::string>();
    GREGALE_RETURN_IF_ERROR(CheckExpressionsIn(text));
  }
  return absl::OkStatus();
}

}  // namespace gregale::workflow
