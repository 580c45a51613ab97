#include <algorithm>
#include <string>

#include "base/text.h"
#include "workflow/expr/template.h"
#include "workflow/inline_call.h"
#include "workflow/language.h"
#include "workflow/spec_node.h"
#include "workflow/warnings.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;
using Warnings = std::vector<std::string>;

constexpr std::string_view kAttributes[] = {
    "name",   "version", "description",     "tags",          "type", "input",
    "output", "vars",    "output-on-error", "task-defaults", "tasks"};
constexpr std::string_view kClauses[] = {"on-success", "on-error", "on-complete"};

void Add(const YamlNode& node, const std::string& text, Warnings& warnings) {
  warnings.push_back(PlacedText(PlaceOf(node), text));
}

// "<% ... %>" over several lines is no expression, and what no check sees may be a wrong one.
void WarnOfTexts(const YamlNode& node, Warnings& warnings) {
  for (const YamlNode& item : node.items) WarnOfTexts(item, warnings);
  for (const auto& [key, value] : node.entries) {
    if (key.text != "description") WarnOfTexts(value, warnings);
  }
  if (node.kind != YamlNode::Kind::kScalar) return;
  const bool opened = node.text.find("<%") != std::string::npos;
  if (opened && !expr::HasExpression(node.text)) {
    Add(node, "'<%' without '%>' on the same line: this is a text, not an expression", warnings);
  }
  const absl::Status status = expr::ValidateText(node.text);
  if (!status.ok()) {
    Add(node, base::Cat("This fails when it is evaluated: ", base::FromAbsl(status.message())),
        warnings);
  }
}

void WarnOfCall(const YamlNode* node, Warnings& warnings) {
  if (node == nullptr) return;
  const absl::StatusOr<InlineCall> call = ParseInlineCall(node->text);
  if (!call.ok() || call->unread.empty()) return;
  Add(*node, base::Cat("'", call->unread, "' is not read: texts need quotes here"), warnings);
}

void WarnOfClause(std::string_view name, const YamlNode& clause, Warnings& warnings) {
  if (TypeOf(clause) != NodeType::kDict) return;
  const YamlNode* next = clause.Find("next");
  if (next == nullptr && clause.Find("publish") == nullptr) {
    Add(clause,
        base::Cat("'", name,
                  "' leads nowhere: a task with its condition must be an item of a list"),
        warnings);
  }
  if (next != nullptr && TypeOf(*next) == NodeType::kDict) {
    Add(*next, "The condition is not looked at: it counts only in an item of a list", warnings);
  }
  const YamlNode* publish = clause.Find("publish");
  if (publish != nullptr && publish->Find("atomic") != nullptr) {
    Add(*publish, "What is published to 'atomic' is not kept", warnings);
  }
}

const YamlNode* PublishOf(const YamlNode& task, std::string_view clause) {
  const YamlNode* node = task.Find(clause);
  return node == nullptr ? nullptr : node->Find("publish");
}

// A publish into which another one would be merged, had it that scope.
void WarnOfLoss(const YamlNode& task, std::string_view own, std::string_view clause,
                Warnings& warnings) {
  const YamlNode* taken = PublishOf(task, clause);
  const YamlNode* published = task.Find(own);
  if (taken == nullptr || published == nullptr || taken->Find("branch") != nullptr) return;
  Add(*published, base::Cat("'", own, "' is lost: the publish of '", clause, "' has no 'branch'"),
      warnings);
}

void WarnOfTask(const YamlNode& task, Warnings& warnings) {
  WarnOfCall(task.Find("action"), warnings);
  WarnOfCall(task.Find("workflow"), warnings);
  for (std::string_view name : kClauses) {
    if (const YamlNode* clause = task.Find(name)) WarnOfClause(name, *clause, warnings);
  }
  WarnOfLoss(task, "publish", "on-success", warnings);
  WarnOfLoss(task, "publish-on-error", "on-error", warnings);
}

}  // namespace

Warnings WarningsOfText(const YamlNode& body) {
  Warnings warnings;
  for (const auto& [name, value] : body.entries) {
    if (std::find(std::begin(kAttributes), std::end(kAttributes), name.text) !=
        std::end(kAttributes)) {
      continue;
    }
    Add(name, base::Cat("'", name.text, "' is no attribute of a workflow and is not looked at"),
        warnings);
  }
  if (const YamlNode* defaults = body.Find("task-defaults")) WarnOfTask(*defaults, warnings);
  for (const auto& [name, task] : body.Find("tasks")->entries) {
    if (IsTask(name)) WarnOfTask(task, warnings);
  }
  WarnOfTexts(body, warnings);
  return warnings;
}

}  // namespace gregale::workflow
