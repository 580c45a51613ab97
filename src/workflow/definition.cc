#include "workflow/definition.h"

#include <utility>

#include "base/error.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "base/yaml.h"
#include "workflow/builder.h"
#include "workflow/model.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

absl::StatusOr<YamlNode> ParseList(std::string_view yaml) {
  const base::YamlOptions options{
      .allow_duplicate_keys = true, .allow_anchors = false, .bytes_max = base::kWorkflowBytesMax};
  absl::StatusOr<YamlNode> list = base::ParseYaml(yaml, options);
  if (!list.ok()) {
    return absl::InvalidArgumentError(
        base::Cat("Definition could not be parsed: ", base::FromAbsl(list.status().message())));
  }
  if (list->kind != YamlNode::Kind::kMapping) {
    return absl::InvalidArgumentError("Definition could not be parsed: a mapping expected");
  }
  if (list->Find("version") == nullptr) {
    return ErrorAt(*list, "Invalid DSL: 'version' is a required property");
  }
  if (list->entries.size() < 2) {
    return ErrorAt(*list, "At least one item must be in the list");
  }
  return list;
}

absl::Status NotYet(const Task& task, std::string_view what) {
  return absl::UnimplementedError(base::Cat("Task '", task.name, "' uses ", what,
                                            ", which cannot be run yet (line ", task.place.line,
                                            ", column ", task.place.column, ")"));
}

absl::Status CheckTaskExecutable(const Task& task) {
  const Policies& policies = task.policies;
  if (task.kind == Task::Kind::kWorkflow) return NotYet(task, "'workflow'");
  if (task.has_items) return NotYet(task, "'with-items'");
  if (task.join) return NotYet(task, "'join'");
  if (policies.retry) return NotYet(task, "'retry'");
  if (policies.wait_before) return NotYet(task, "'wait-before'");
  if (policies.wait_after) return NotYet(task, "'wait-after'");
  if (policies.timeout) return NotYet(task, "'timeout'");
  if (policies.pause_before) return NotYet(task, "'pause-before'");
  if (policies.concurrency) return NotYet(task, "'concurrency'");
  if (policies.fail_on) return NotYet(task, "'fail-on'");
  for (const std::optional<Clause>* clause :
       {&task.on_success, &task.on_error, &task.on_complete}) {
    if (!*clause) continue;
    if ((*clause)->publish.branch || (*clause)->publish.global) {
      return NotYet(task, "'publish' within a clause");
    }
    for (const Transition& transition : (*clause)->next) {
      if (transition.target == "pause") return NotYet(task, "the command 'pause'");
    }
  }
  return absl::OkStatus();
}

// What the language allows and the engine does not run is refused here, so that nothing is ignored
// silently.
absl::Status CheckExecutable(const Workflow& workflow) {
  if (workflow.type == Workflow::Type::kReverse) {
    return absl::UnimplementedError("reverse workflows cannot be run yet");
  }
  if (workflow.has_task_defaults) {
    return absl::UnimplementedError("'task-defaults' cannot be run yet");
  }
  for (const Task& task : workflow.tasks) GREGALE_RETURN_IF_ERROR(CheckTaskExecutable(task));
  return absl::OkStatus();
}

absl::StatusOr<Workflow> BuildNamed(const YamlNode& list, std::string_view name) {
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
  return BuildWorkflow(found->first.text, found->second);
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Workflow>> ParseWorkflow(std::string_view yaml,
                                                              std::string_view name) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, ParseList(yaml));
  GREGALE_ASSIGN_OR_RETURN(Workflow workflow, BuildNamed(list, name));
  GREGALE_RETURN_IF_ERROR(CheckExecutable(workflow));
  return std::make_shared<const Workflow>(std::move(workflow));
}

absl::Status ValidateWorkflowList(std::string_view yaml) {
  GREGALE_ASSIGN_OR_RETURN(const YamlNode list, ParseList(yaml));
  for (const auto& [key, body] : list.entries) {
    if (key.text == "version") continue;
    if (base::IsUuid(key.text)) {
      return ErrorAt(key, "Workflow name cannot be in the format of UUID.");
    }
    GREGALE_RETURN_IF_ERROR(BuildWorkflow(key.text, body).status());
  }
  return absl::OkStatus();
}

absl::Status ValidateWorkbook(std::string_view) {
  return absl::UnimplementedError("workbooks cannot be checked yet");
}

absl::Status ValidateActionList(std::string_view) {
  return absl::UnimplementedError("ad-hoc actions cannot be checked yet");
}

const std::string& WorkflowName(const Workflow& workflow) { return workflow.name; }

}  // namespace gregale::workflow
