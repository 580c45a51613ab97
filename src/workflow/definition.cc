#include "workflow/definition.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "workflow/builder.h"
#include "workflow/expr/unicode.h"
#include "workflow/language.h"
#include "workflow/model.h"
#include "workflow/schema.h"
#include "workflow/spec_node.h"
#include "workflow/warnings.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

bool IsVersion(const YamlNode& key) { return key.text == "version"; }

// A mapping of names to definitions beside its version.
absl::StatusOr<YamlNode> ParseList(std::string_view yaml) {
  GREGALE_ASSIGN_OR_RETURN(YamlNode list, ParseDefinition(yaml));
  const Attribute attributes[] = {{"version", &CheckVersion, true}};
  GREGALE_RETURN_IF_ERROR(CheckAttributes(list, attributes, OtherKeys::kIgnored));
  if (list.entries.size() < 2) return ErrorAt(list, "At least one item must be in the list");
  return list;
}

// "2.0", 2.0, "2" and 2.
absl::Status CheckWorkbookVersion(const YamlNode& node) {
  double version = 0;
  const NodeType type = TypeOf(node);
  const bool readable =
      type == NodeType::kText || type == NodeType::kInteger || type == NodeType::kFloat;
  if (readable && absl::SimpleAtod(node.text, &version) && version == 2.0) {
    return absl::OkStatus();
  }
  return ErrorAt(node, base::Cat("Unsupported DSL version: ", Shown(node)));
}

absl::Status CheckMemberVersion(const YamlNode& node) {
  const bool number = TypeOf(node) != NodeType::kText && CheckWorkbookVersion(node).ok();
  if (number || (TypeOf(node) == NodeType::kText && node.text == "2.0")) return absl::OkStatus();
  return Invalid(node, "is not one of ['2.0', 2.0]");
}

// The names of a workbook's definitions are words with hyphens; "version" among them is one.
absl::Status CheckMembers(const YamlNode& members) {
  GREGALE_RETURN_IF_ERROR(CheckFilledDict(members));
  for (const auto& [name, body] : members.entries) {
    if (IsVersion(name)) {
      GREGALE_RETURN_IF_ERROR(CheckMemberVersion(body));
      continue;
    }
    for (size_t at = 0; at < name.text.size(); at += expr::CodePointBytes(name.text, at)) {
      if (name.text[at] == '-' || expr::IsWordCharacter(name.text, at)) continue;
      return Invalid(name,
                     "does not match any of the regexes: '^(?!version$)[\\w-]+$', '^version$'");
    }
  }
  return absl::OkStatus();
}

constexpr Attribute kWorkbook[] = {{"version", &CheckWorkbookVersion, true},
                                   {"name", &CheckText, true},
                                   {"description", &CheckText},
                                   {"tags", &CheckTexts},
                                   {"actions", &CheckMembers},
                                   {"workflows", &CheckMembers}};

absl::StatusOr<Workflow> ReadWorkflow(const YamlNode& name, const YamlNode& body) {
  GREGALE_RETURN_IF_ERROR(CheckWorkflow(name, body));
  GREGALE_ASSIGN_OR_RETURN(Workflow workflow, BuildWorkflow(name, body));
  GREGALE_RETURN_IF_ERROR(CheckTaskGraph(workflow));
  return workflow;
}

absl::StatusOr<Workflow> ReadNamed(const YamlNode& list, std::string_view name) {
  const std::pair<YamlNode, YamlNode>* found = nullptr;
  for (const auto& entry : list.entries) {
    if (entry.first.text == "version" || (!name.empty() && entry.first.text != name)) continue;
    if (found != nullptr && name.empty()) {
      return absl::InvalidArgumentError("the definition has several workflows: name one");
    }
    found = &entry;
  }
  if (found == nullptr) {
    return absl::InvalidArgumentError(base::Cat("the definition has no workflow '", name, "'"));
  }
  return ReadWorkflow(found->first, found->second);
}

std::string MemberName(const std::string& workbook, const std::string& name) {
  return workbook.empty() ? name : base::Cat(workbook, ".", name);
}

void AddWarning(std::string warning, Definitions& definitions) {
  if (definitions.warnings.size() < base::kWorkflowWarningsMax) {
    definitions.warnings.push_back(std::move(warning));
  }
}

absl::Status AddWorkflows(const YamlNode& list, const std::string& workbook,
                          Definitions& definitions) {
  for (const auto& [name, body] : list.entries) {
    if (IsVersion(name)) continue;
    GREGALE_ASSIGN_OR_RETURN(Workflow workflow, ReadWorkflow(name, body));
    workflow.name = MemberName(workbook, workflow.name);
    workflow.workbook = workbook;
    for (std::string& warning : WarningsOfText(body)) AddWarning(std::move(warning), definitions);
    for (std::string& warning : WarningsOfGraph(workflow)) {
      AddWarning(std::move(warning), definitions);
    }
    definitions.workflows.push_back(std::make_shared<const Workflow>(std::move(workflow)));
  }
  return absl::OkStatus();
}

absl::Status AddActions(const YamlNode& list, const std::string& workbook,
                        Definitions& definitions) {
  for (const auto& [name, body] : list.entries) {
    if (IsVersion(name)) continue;
    GREGALE_RETURN_IF_ERROR(CheckAction(body));
    GREGALE_ASSIGN_OR_RETURN(AdHocAction action, BuildAction(name, body));
    action.name = MemberName(workbook, action.name);
    action.workbook = workbook;
    definitions.actions.push_back(std::make_shared<const AdHocAction>(std::move(action)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Workflow>> ParseWorkflow(std::string_view yaml,
                                                              std::string_view name) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, ParseList(yaml));
  GREGALE_ASSIGN_OR_RETURN(Workflow workflow, ReadNamed(list, name));
  return std::make_shared<const Workflow>(std::move(workflow));
}

absl::StatusOr<Definitions> ParseWorkflowList(std::string_view yaml) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, ParseList(yaml));
  Definitions definitions;
  GREGALE_RETURN_IF_ERROR(AddWorkflows(list, "", definitions));
  return definitions;
}

absl::StatusOr<Definitions> ParseActionList(std::string_view yaml) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, ParseList(yaml));
  Definitions definitions;
  GREGALE_RETURN_IF_ERROR(AddActions(list, "", definitions));
  return definitions;
}

absl::StatusOr<Definitions> ParseWorkbook(std::string_view yaml) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode workbook, ParseDefinition(yaml));
  GREGALE_RETURN_IF_ERROR(CheckAttributes(workbook, kWorkbook));
  const std::string& name = workbook.Find("name")->text;
  Definitions definitions;
  if (const YamlNode* actions = workbook.Find("actions")) {
    GREGALE_RETURN_IF_ERROR(AddActions(*actions, name, definitions));
  }
  if (const YamlNode* workflows = workbook.Find("workflows")) {
    GREGALE_RETURN_IF_ERROR(AddWorkflows(*workflows, name, definitions));
  }
  return definitions;
}

absl::Status ValidateWorkflowList(std::string_view yaml) {
  return ParseWorkflowList(yaml).status();
}
absl::Status ValidateActionList(std::string_view yaml) { return ParseActionList(yaml).status(); }
absl::Status ValidateWorkbook(std::string_view yaml) { return ParseWorkbook(yaml).status(); }

const std::string& WorkflowName(const Workflow& workflow) { return workflow.name; }

}  // namespace gregale::workflow
