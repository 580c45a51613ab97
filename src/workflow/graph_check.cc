#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/inline_call.h"
#include "workflow/language.h"
#include "workflow/model.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::YamlNode;

constexpr std::string_view kClauses[] = {"on-success", "on-error", "on-complete"};

// The name of "name", "name(key=value)" or "name key=value".
std::string CommandName(const std::string& text) {
  return text.substr(0, text.find_first_of(" \t\n("));
}

// The task's own clause, or else the default's.
const YamlNode* ClauseOf(const YamlNode& task, const YamlNode* defaults, std::string_view key) {
  if (const YamlNode* own = task.Find(key)) return own;
  return defaults == nullptr ? nullptr : defaults->Find(key);
}

class Graph {
 public:
  Graph(const YamlNode& tasks, const YamlNode* defaults) : tasks_(tasks), defaults_(defaults) {
    for (const auto& [name, task] : tasks.entries) {
      if (IsTask(name)) names_.insert(name.text);
    }
  }

  absl::Status Check() {
    GREGALE_RETURN_IF_ERROR(CollectInbound());
    const bool has_start = std::any_of(
        tasks_.entries.begin(), tasks_.entries.end(),
        [&](const auto& entry) { return IsTask(entry.first) && inbound_[entry.first.text] == 0; });
    if (!has_start) {
      return ErrorAt(tasks_,
                     "Failed to find start tasks in direct workflow. There must be at least one "
                     "task without inbound transition.");
    }
    for (const auto& [name, task] : tasks_.entries) {
      if (const YamlNode* join = task.Find("join")) {
        GREGALE_RETURN_IF_ERROR(CheckJoin(name, *join));
      }
    }
    return absl::OkStatus();
  }

 private:
  // How many tasks lead to each.
  absl::Status CollectInbound() {
    for (const auto& [name, task] : tasks_.entries) {
      if (!IsTask(name)) continue;
      absl::flat_hash_set<std::string> reached;
      for (std::string_view key : kClauses) {
        const YamlNode* clause = ClauseOf(task, defaults_, key);
        if (clause == nullptr) continue;
        const bool by_default = task.Find(key) == nullptr;
        for (const Target& target : TargetsOf(*clause)) {
          if (IsEngineCommand(target.name)) continue;
          if (!names_.contains(target.name)) {
            return ErrorAt(*target.node, base::Cat("Task '", target.name, "' not found."));
          }
          // A default does not lead a task to itself.
          if (!by_default || target.name != name.text) reached.insert(target.name);
        }
      }
      for (const std::string& target : reached) ++inbound_[target];
    }
    return absl::OkStatus();
  }

  absl::Status CheckJoin(const YamlNode& name, const YamlNode& join) {
    const int inbound = inbound_[name.text];
    int needed = 1;
    if (TypeOf(join) != NodeType::kText) {
      const absl::StatusOr<base::Json> number = base::YamlToJson(join);
      needed = number.ok() && number->is_number() ? static_cast<int>(number->get<double>()) : 1;
    }
    if (inbound >= needed) return absl::OkStatus();
    return ErrorAt(join,
                   base::Cat("Not enough inbound tasks for task with 'join' [task_name=", name.text,
                             ", join=", join.text, ", inbound_tasks=", inbound, "]"));
  }

  const YamlNode& tasks_;
  const YamlNode* defaults_;
  absl::flat_hash_set<std::string> names_;
  absl::flat_hash_map<std::string, int> inbound_;
};

void AddRequired(const YamlNode* node, std::vector<const YamlNode*>& required) {
  if (node == nullptr) return;
  if (TypeOf(*node) == NodeType::kText) required.push_back(node);
  for (const YamlNode& item : node->items) required.push_back(&item);
}

absl::Status CheckRequirements(const YamlNode& tasks, const YamlNode* defaults) {
  absl::flat_hash_set<std::string> names;
  for (const auto& [name, task] : tasks.entries) names.insert(name.text);
  for (const auto& [name, task] : tasks.entries) {
    std::vector<const YamlNode*> required;
    AddRequired(task.Find("requires"), required);
    if (defaults != nullptr) AddRequired(defaults->Find("requires"), required);
    for (const YamlNode* node : required) {
      if (!names.contains(node->text)) {
        return ErrorAt(*node, base::Cat("Task '", node->text, "' not found."));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

bool IsTask(const YamlNode& name) { return name.text != "version"; }

std::vector<Target> TargetsOf(const YamlNode& clause) {
  std::vector<Target> targets;
  if (TypeOf(clause) == NodeType::kText) targets.push_back({CommandName(clause.text), &clause});
  for (const YamlNode& item : clause.items) {
    const YamlNode& name = item.entries.empty() ? item : item.entries[0].first;
    targets.push_back({CommandName(name.text), &name});
  }
  if (TypeOf(clause) != NodeType::kDict) return targets;
  // Of a mapping only `next` leads on; a task and its condition there do so, too.
  const YamlNode* next = clause.Find("next");
  if (next == nullptr) return targets;
  if (TypeOf(*next) != NodeType::kDict) return TargetsOf(*next);
  for (const auto& [name, condition] : next->entries) {
    targets.push_back({CommandName(name.text), &name});
  }
  return targets;
}

absl::Status CheckTaskGraph(const YamlNode& workflow, bool direct) {
  const YamlNode& tasks = *workflow.Find("tasks");
  const YamlNode* defaults = workflow.Find("task-defaults");
  return direct ? Graph(tasks, defaults).Check() : CheckRequirements(tasks, defaults);
}

}  // namespace gregale::workflow
