#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "workflow/expr/unicode.h"
#include "workflow/inline_call.h"
#include "workflow/language.h"
#include "workflow/schema.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

constexpr size_t kTaskNameCharsMax = 255;
// A join needs room for its unique key.
constexpr size_t kJoinNameCharsMax = 208;

absl::Status CheckFlagAndExpression(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckFlag(node));
  return CheckExpressionsIn(node);
}

absl::Status CheckCountAndExpression(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckCount(node));
  return CheckExpressionsIn(node);
}

absl::Status CheckDictAndExpressions(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(node));
  return CheckExpressionsOneLevel(node);
}

absl::Status CheckInput(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckTextOrDict(node));
  return CheckExpressionsOneLevel(node);
}

absl::Status CheckItems(const YamlNode& node) {
  const absl::StatusOr<WithItems> items = ParseWithItems(node.text);
  if (!items.ok()) return ErrorAt(node, base::FromAbsl(items.status().message()));
  YamlNode text = node;
  text.text = items->text;
  return CheckExpressionsIn(text);
}

absl::Status CheckWithItems(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckTextOrTexts(node));
  if (TypeOf(node) == NodeType::kText) return CheckItems(node);
  for (const YamlNode& item : node.items) GREGALE_RETURN_IF_ERROR(CheckItems(item));
  return absl::OkStatus();
}

// The conditions of a list, and what is published.
absl::Status CheckClauseExpressions(const YamlNode& clause) {
  for (const YamlNode& item : clause.items) {
    if (TypeOf(item) == NodeType::kDict) GREGALE_RETURN_IF_ERROR(CheckExpressionsOneLevel(item));
  }
  if (const YamlNode* publish = clause.Find("publish")) {
    for (const auto& [scope, variables] : publish->entries) {
      GREGALE_RETURN_IF_ERROR(CheckExpressionsOneLevel(variables));
    }
  }
  const YamlNode* next = clause.Find("next");
  return next == nullptr ? absl::OkStatus() : CheckClauseExpressions(*next);
}

absl::Status CheckWholeClause(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckClause(node));
  return CheckClauseExpressions(node);
}

// What both kinds of tasks have. Name, type and version come from the workflow, whatever the task
// says.
#define GREGALE_TASK_ATTRIBUTES                                                                \
  {"name", &CheckAnything}, {"type", &CheckAnything}, {"version", &CheckAnything},             \
      {"description", &CheckText}, {"tags", &CheckTexts}, {"action", &CheckInlineCall},        \
      {"workflow", &CheckInlineCall}, {"input", &CheckInput}, {"with-items", &CheckWithItems}, \
      {"publish", &CheckDictAndExpressions}, {"publish-on-error", &CheckDictAndExpressions},   \
      {"retry", &CheckRetry}, {"wait-before", &CheckCountAndExpression},                       \
      {"wait-after", &CheckCountAndExpression}, {"timeout", &CheckCountAndExpression},         \
      {"concurrency", &CheckCountAndExpression}, {"pause-before", &CheckFlagAndExpression},    \
      {"fail-on", &CheckFlagAndExpression}, {"keep-result", &CheckFlagAndExpression},          \
      {"safe-rerun", &CheckFlagAndExpression}, {                                               \
    "target", &CheckText                                                                       \
  }

constexpr Attribute kDirectTask[] = {GREGALE_TASK_ATTRIBUTES,
                                     {"join", &CheckJoin},
                                     {"on-success", &CheckWholeClause},
                                     {"on-error", &CheckWholeClause},
                                     {"on-complete", &CheckWholeClause}};
constexpr Attribute kReverseTask[] = {GREGALE_TASK_ATTRIBUTES, {"requires", &CheckTextOrTexts}};
#undef GREGALE_TASK_ATTRIBUTES

constexpr Attribute kTaskDefaults[] = {{"name", &CheckAnything},
                                       {"version", &CheckAnything},
                                       {"description", &CheckText},
                                       {"tags", &CheckTexts},
                                       {"retry", &CheckRetry},
                                       {"wait-before", &CheckCountAndExpression},
                                       {"wait-after", &CheckCountAndExpression},
                                       {"timeout", &CheckCountAndExpression},
                                       {"concurrency", &CheckCountAndExpression},
                                       {"pause-before", &CheckFlagAndExpression},
                                       {"fail-on", &CheckFlagAndExpression},
                                       {"safe-rerun", &CheckFlagAndExpression},
                                       {"requires", &CheckTextOrTexts},
                                       {"on-success", &CheckWholeClause},
                                       {"on-error", &CheckWholeClause},
                                       {"on-complete", &CheckWholeClause}};

absl::Status CheckName(const YamlNode& name, const YamlNode& body) {
  if (TypeOf(name) != NodeType::kText) {
    return ErrorAt(name, base::Cat("the name of a task must be text, not ", Shown(name)));
  }
  GREGALE_RETURN_IF_ERROR(CheckText(name));
  const size_t length = expr::CodePoints(name.text);
  const bool join = body.Find("join") != nullptr;
  if (length > (join ? kJoinNameCharsMax : kTaskNameCharsMax)) {
    return ErrorAt(name, base::Cat("The length of a '", name.text.substr(0, 40), "...'",
                                   join ? " join" : "", " task name must not exceed ",
                                   join ? kJoinNameCharsMax : kTaskNameCharsMax, " symbols"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTask(const YamlNode& name, const YamlNode& body, Workflow::Type type) {
  GREGALE_RETURN_IF_ERROR(type == Workflow::Type::kDirect ? CheckAttributes(body, kDirectTask)
                                                          : CheckAttributes(body, kReverseTask));
  if (body.Find("action") != nullptr && body.Find("workflow") != nullptr) {
    return Invalid(body, "is valid under each of 'action' and 'workflow': a task has one of them");
  }
  return CheckName(name, body);
}

absl::Status CheckTaskDefaults(const YamlNode& body) {
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(body));
  return CheckAttributes(body, kTaskDefaults);
}

}  // namespace gregale::workflow
