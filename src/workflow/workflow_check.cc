#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/random.h"
#include "base/text.h"
#include "workflow/language.h"
#include "workflow/model.h"
#include "workflow/schema.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

absl::Status CheckDictAndExpressions(const YamlNode& node) {
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(node));
  return CheckExpressionsOneLevel(node);
}

absl::Status CheckType(const YamlNode& node) {
  if (TypeOf(node) == NodeType::kText && (node.text == "direct" || node.text == "reverse")) {
    return absl::OkStatus();
  }
  return ErrorAt(node, base::Cat("Failed to find a specification class to instantiate: the type "
                                 "of a workflow is 'direct' or 'reverse', not ",
                                 Shown(node)));
}

// Mistral looks at no other key of a workflow.
constexpr Attribute kWorkflow[] = {{"type", &CheckType},
                                   {"tags", &CheckTexts},
                                   {"input", &CheckInputs},
                                   {"vars", &CheckDictAndExpressions},
                                   {"output", &CheckDictAndExpressions},
                                   // Mistral does not look into its expressions.
                                   {"output-on-error", &CheckFilledDict},
                                   {"task-defaults", &CheckTaskDefaults},
                                   {"tasks", &CheckFilledDict, true}};

absl::Status CheckOutput(const YamlNode& node) {
  return TypeOf(node) == NodeType::kDate ? Invalid(node, kNotAny) : CheckExpressionsIn(node);
}

constexpr Attribute kAction[] = {
    {"name", &CheckAnything},         {"version", &CheckAnything},
    {"description", &CheckText},      {"tags", &CheckTexts},
    {"base", &CheckInlineCall, true}, {"base-input", &CheckDictAndExpressions},
    {"input", &CheckInputs},          {"output", &CheckOutput}};

}  // namespace

absl::Status CheckWorkflow(const YamlNode& name, const YamlNode& body) {
  if (base::IsUuid(name.text)) {
    return ErrorAt(name, "Workflow name cannot be in the format of UUID.");
  }
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(body));
  GREGALE_RETURN_IF_ERROR(CheckAttributes(body, kWorkflow, OtherKeys::kIgnored));
  const YamlNode* type = body.Find("type");
  const bool reverse = type != nullptr && type->text == "reverse";
  for (const auto& [task_name, task] : body.Find("tasks")->entries) {
    GREGALE_RETURN_IF_ERROR(IsWord(task_name.text) ? CheckFilledDict(task) : CheckDict(task));
    if (!IsTask(task_name)) continue;
    GREGALE_RETURN_IF_ERROR(
        CheckTask(task_name, task, reverse ? Workflow::Type::kReverse : Workflow::Type::kDirect));
  }
  return absl::OkStatus();
}

bool IsTask(const YamlNode& name) { return name.text != "version"; }

absl::Status CheckAction(const YamlNode& body) {
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(body));
  return CheckAttributes(body, kAction);
}

}  // namespace gregale::workflow
