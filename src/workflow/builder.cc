#include "workflow/builder.h"

#include <utility>

#include "base/error.h"
#include "workflow/inline_call.h"
#include "workflow/language.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::Json;
using base::YamlNode;
using expr::Tree;

constexpr char kLanguageVersion[] = "2.0";

absl::StatusOr<std::vector<InputParameter>> BuildInput(const YamlNode& body) {
  std::vector<InputParameter> parameters;
  const YamlNode* input = body.Find("input");
  if (input == nullptr) return parameters;
  for (const YamlNode& item : input->items) {
    if (item.entries.empty()) {
      parameters.push_back({item.text, std::nullopt});
      continue;
    }
    const auto& [name, fallback] = item.entries[0];
    GREGALE_ASSIGN_OR_RETURN(Json value, base::YamlToJson(fallback));
    parameters.push_back({name.text, std::move(value)});
  }
  return parameters;
}

// Mistral shows definitions with their names and versions in them.
absl::StatusOr<Json> ShownSpec(const YamlNode& name, const YamlNode& body) {
  GREGALE_ASSIGN_OR_RETURN(Json spec, base::YamlToJson(body));
  spec["name"] = name.text;
  spec["version"] = kLanguageVersion;
  return spec;
}

}  // namespace

bool IsEngineCommand(std::string_view name) {
  return name == "noop" || name == "fail" || name == "succeed" || name == "pause";
}

const Task* Workflow::FindTask(std::string_view task_name) const {
  for (const Task& task : tasks) {
    if (task.name == task_name) return &task;
  }
  return nullptr;
}

void MergeDicts(Json& target, const Json& more) {
  for (const auto& [key, value] : more.items()) {
    Json& old = target[key];
    if (old.is_object() && value.is_object()) {
      MergeDicts(old, value);
    } else {
      old = value;
    }
  }
}

absl::StatusOr<std::optional<Tree>> BuildTree(const YamlNode& body, std::string_view attribute) {
  const YamlNode* node = body.Find(attribute);
  if (node == nullptr) return std::nullopt;
  GREGALE_ASSIGN_OR_RETURN(const Json json, base::YamlToJson(*node));
  return Tree::Compile(json);
}

absl::StatusOr<Workflow> BuildWorkflow(const YamlNode& name, const YamlNode& body) {
  Workflow workflow;
  workflow.name = name.text;
  workflow.place = PlaceOf(*body.Find("tasks"));
  const YamlNode* type = body.Find("type");
  const bool reverse = type != nullptr && type->text == "reverse";
  workflow.type = reverse ? Workflow::Type::kReverse : Workflow::Type::kDirect;
  GREGALE_ASSIGN_OR_RETURN(workflow.input, BuildInput(body));
  GREGALE_ASSIGN_OR_RETURN(workflow.vars, BuildTree(body, "vars"));
  GREGALE_ASSIGN_OR_RETURN(workflow.output, BuildTree(body, "output"));
  GREGALE_ASSIGN_OR_RETURN(workflow.output_on_error, BuildTree(body, "output-on-error"));
  GREGALE_ASSIGN_OR_RETURN(workflow.spec, ShownSpec(name, body));
  for (const auto& [key, node] : body.Find("tasks")->entries) {
    if (!IsTask(key)) continue;
    GREGALE_ASSIGN_OR_RETURN(Task task, BuildTask(key, node, body.Find("task-defaults")));
    GREGALE_ASSIGN_OR_RETURN(task.spec, ShownSpec(key, node));
    task.spec["type"] = reverse ? "reverse" : "direct";
    if (task.spec.contains("input")) task.spec["input"] = task.input.json();
    workflow.spec["tasks"][task.name] = task.spec;
    workflow.tasks.push_back(std::move(task));
  }
  return workflow;
}

absl::StatusOr<AdHocAction> BuildAction(const YamlNode& name, const YamlNode& body) {
  AdHocAction action;
  action.name = name.text;
  GREGALE_ASSIGN_OR_RETURN(InlineCall base, ParseInlineCall(body.Find("base")->text));
  action.base = std::move(base.name);
  Json input = Json::object();
  if (const YamlNode* node = body.Find("base-input")) {
    GREGALE_ASSIGN_OR_RETURN(input, base::YamlToJson(*node));
  }
  MergeDicts(input, base.parameters);
  if (!input.empty()) action.base_input = Tree::Compile(input);
  GREGALE_ASSIGN_OR_RETURN(action.input, BuildInput(body));
  if (const YamlNode* output = body.Find("output")) {
    GREGALE_ASSIGN_OR_RETURN(action.output, base::YamlToJson(*output));
  }
  return action;
}

}  // namespace gregale::workflow
