#include "workflow/builder.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/inline_call.h"
#include "workflow/language.h"
#include "workflow/schema.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::Json;
using base::YamlNode;
using expr::Tree;

absl::StatusOr<Tree> CompileAt(const YamlNode& node, const Json& json) {
  absl::StatusOr<Tree> tree = Tree::Compile(json);
  if (!tree.ok()) {
    const absl::Status placed = ErrorAt(node, base::FromAbsl(tree.status().message()));
    return absl::Status(tree.status().code(), placed.message());
  }
  return tree;
}

absl::StatusOr<Tree> ReadTree(const YamlNode& node) {
  GREGALE_ASSIGN_OR_RETURN(const Json json, base::YamlToJson(node));
  return CompileAt(node, json);
}

// The tree of an attribute, where it is there.
absl::Status ReadOptionalTree(const YamlNode& node, std::string_view key,
                              std::optional<Tree>& tree) {
  const YamlNode* value = node.Find(key);
  if (value == nullptr) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(tree, ReadTree(*value));
  return absl::OkStatus();
}

absl::StatusOr<Transition> ReadTransition(const YamlNode& name, const YamlNode* condition) {
  Transition transition;
  transition.place = {name.line, name.column};
  // "fail(msg='x')" and "fail msg='x'" are the same.
  std::string text = name.text;
  const size_t open = text.find('(');
  if (open != std::string::npos && text.ends_with(')')) {
    text[open] = ' ';
    text.pop_back();
  }
  absl::StatusOr<InlineCall> call = ParseInlineCall(text);
  if (!call.ok()) return ErrorAt(name, base::FromAbsl(call.status().message()));
  transition.target = call->name;
  GREGALE_ASSIGN_OR_RETURN(transition.parameters, CompileAt(name, call->parameters));
  if (condition != nullptr) {
    GREGALE_ASSIGN_OR_RETURN(transition.condition, ReadTree(*condition));
  }
  return transition;
}

absl::Status ReadTransitions(const YamlNode& node, std::vector<Transition>& next) {
  if (node.kind == YamlNode::Kind::kScalar) {
    GREGALE_ASSIGN_OR_RETURN(Transition transition, ReadTransition(node, nullptr));
    next.push_back(std::move(transition));
    return absl::OkStatus();
  }
  if (node.kind == YamlNode::Kind::kMapping) {
    // Mistral takes this way always, whatever the condition says.
    if (node.entries.size() != 1) return ErrorAt(node, "one name and its condition expected");
    GREGALE_ASSIGN_OR_RETURN(Transition transition, ReadTransition(node.entries[0].first, nullptr));
    next.push_back(std::move(transition));
    return absl::OkStatus();
  }
  for (const YamlNode& item : node.items) {
    const bool conditional = item.kind == YamlNode::Kind::kMapping && item.entries.size() == 1;
    if (!conditional && item.kind != YamlNode::Kind::kScalar) {
      return ErrorAt(item, "a task name, or a task name with its condition, expected");
    }
    GREGALE_ASSIGN_OR_RETURN(Transition transition,
                             ReadTransition(conditional ? item.entries[0].first : item,
                                            conditional ? &item.entries[0].second : nullptr));
    next.push_back(std::move(transition));
  }
  return absl::OkStatus();
}

absl::Status ReadClause(const YamlNode& task, std::string_view key, std::optional<Clause>& clause) {
  const YamlNode* node = task.Find(key);
  if (node == nullptr) return absl::OkStatus();
  clause.emplace();
  if (node->kind != YamlNode::Kind::kMapping) return ReadTransitions(*node, clause->next);
  if (const YamlNode* publish = node->Find("publish")) {
    GREGALE_RETURN_IF_ERROR(ReadOptionalTree(*publish, "branch", clause->publish.branch));
    GREGALE_RETURN_IF_ERROR(ReadOptionalTree(*publish, "global", clause->publish.global));
  }
  if (const YamlNode* next = node->Find("next")) return ReadTransitions(*next, clause->next);
  return absl::OkStatus();
}

absl::Status ReadTarget(const YamlNode& node, Task::Kind kind, Task& task) {
  task.kind = kind;
  absl::StatusOr<InlineCall> call = ParseInlineCall(node.text);
  if (!call.ok()) return ErrorAt(node, base::FromAbsl(call.status().message()));
  GREGALE_ASSIGN_OR_RETURN(task.target, CompileAt(node, call->name));
  GREGALE_ASSIGN_OR_RETURN(task.inline_input, CompileAt(node, call->parameters));
  return absl::OkStatus();
}

absl::Status ReadJoin(const YamlNode& task_node, Task& task) {
  const YamlNode* node = task_node.Find("join");
  if (node == nullptr) return absl::OkStatus();
  Join join;
  if (node->text == "all") {
    join.all = true;
  } else if (node->text == "one") {
    join.count = 1;
  } else if (!absl::SimpleAtoi(node->text, &join.count)) {
    return ErrorAt(*node, "'join' must be 'all', 'one' or a number");
  }
  task.join = join;
  return absl::OkStatus();
}

absl::Status ReadPolicies(const YamlNode& node, Policies& policies) {
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "wait-before", policies.wait_before));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "wait-after", policies.wait_after));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "timeout", policies.timeout));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "pause-before", policies.pause_before));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "concurrency", policies.concurrency));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "fail-on", policies.fail_on));
  const YamlNode* retry = node.Find("retry");
  if (retry == nullptr) return absl::OkStatus();
  policies.retry.emplace();
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(*retry, "break-on", policies.retry->break_on));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(*retry, "continue-on", policies.retry->continue_on));
  return absl::OkStatus();
}

absl::StatusOr<Task> ReadTask(const std::string& name, const YamlNode& key, const YamlNode& node) {
  Task task;
  task.name = name;
  task.place = {key.line, key.column};
  const YamlNode* action = node.Find("action");
  const YamlNode* workflow = node.Find("workflow");
  if (action != nullptr && workflow != nullptr) {
    return ErrorAt(node, base::Cat("Task '", name, "' has both 'action' and 'workflow'"));
  }
  if (action != nullptr) GREGALE_RETURN_IF_ERROR(ReadTarget(*action, Task::Kind::kAction, task));
  if (workflow != nullptr) {
    GREGALE_RETURN_IF_ERROR(ReadTarget(*workflow, Task::Kind::kWorkflow, task));
  }
  if (action == nullptr && workflow == nullptr) {
    GREGALE_ASSIGN_OR_RETURN(task.target, CompileAt(node, "std.noop"));
  }
  if (const YamlNode* input = node.Find("input")) {
    GREGALE_ASSIGN_OR_RETURN(task.input, ReadTree(*input));
  }
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "publish", task.publish.branch));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(node, "publish-on-error", task.publish_on_error.branch));
  GREGALE_RETURN_IF_ERROR(ReadClause(node, "on-success", task.on_success));
  GREGALE_RETURN_IF_ERROR(ReadClause(node, "on-error", task.on_error));
  GREGALE_RETURN_IF_ERROR(ReadClause(node, "on-complete", task.on_complete));
  GREGALE_RETURN_IF_ERROR(ReadJoin(node, task));
  GREGALE_RETURN_IF_ERROR(ReadPolicies(node, task.policies));
  task.has_items = node.Find("with-items") != nullptr;
  return task;
}

absl::Status ReadInput(const YamlNode& body, Workflow& workflow) {
  const YamlNode* input = body.Find("input");
  if (input == nullptr) return absl::OkStatus();
  for (const YamlNode& item : input->items) {
    InputParameter parameter;
    if (item.kind == YamlNode::Kind::kMapping && item.entries.size() == 1) {
      parameter.name = item.entries[0].first.text;
      GREGALE_ASSIGN_OR_RETURN(parameter.fallback, base::YamlToJson(item.entries[0].second));
    } else if (item.kind == YamlNode::Kind::kScalar) {
      parameter.name = item.text;
    } else {
      return ErrorAt(item, "an input is a name, or a name with its default");
    }
    workflow.input.push_back(std::move(parameter));
  }
  return absl::OkStatus();
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

absl::StatusOr<Workflow> BuildWorkflow(const std::string& name, const YamlNode& body) {
  Workflow workflow;
  workflow.name = name;
  const YamlNode* type = body.Find("type");
  if (type != nullptr && type->text == "reverse") workflow.type = Workflow::Type::kReverse;
  GREGALE_RETURN_IF_ERROR(ReadInput(body, workflow));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(body, "vars", workflow.vars));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(body, "output", workflow.output));
  GREGALE_RETURN_IF_ERROR(ReadOptionalTree(body, "output-on-error", workflow.output_on_error));
  workflow.has_task_defaults = body.Find("task-defaults") != nullptr;
  const YamlNode* tasks = body.Find("tasks");
  if (tasks == nullptr || tasks->kind != YamlNode::Kind::kMapping || tasks->entries.empty()) {
    return ErrorAt(body, "Invalid DSL: 'tasks' is a required property");
  }
  for (const auto& [key, node] : tasks->entries) {
    if (!IsTask(key)) continue;
    GREGALE_ASSIGN_OR_RETURN(Task task, ReadTask(key.text, key, node));
    workflow.tasks.push_back(std::move(task));
  }
  return workflow;
}

}  // namespace gregale::workflow
