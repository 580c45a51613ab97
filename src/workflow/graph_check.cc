#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "base/error.h"
#include "base/text.h"
#include "workflow/language.h"

namespace gregale::workflow {
namespace {

// How many tasks lead to each task.
absl::StatusOr<absl::flat_hash_map<std::string, int>> CountInbound(const Workflow& workflow) {
  absl::flat_hash_map<std::string, int> inbound;
  for (const Task& task : workflow.tasks) inbound[task.name] = 0;
  for (const Task& task : workflow.tasks) {
    absl::flat_hash_set<std::string> reached;
    for (const std::optional<Clause>* clause :
         {&task.on_success, &task.on_error, &task.on_complete}) {
      if (!*clause) continue;
      for (const Transition& transition : (*clause)->next) {
        const auto target = inbound.find(transition.target);
        if (target != inbound.end()) {
          if (reached.insert(transition.target).second) ++target->second;
        } else if (!IsEngineCommand(transition.target)) {
          return ErrorAt(transition.place, base::Cat("Task '", transition.target, "' not found."));
        }
      }
    }
  }
  return inbound;
}

absl::Status CheckJoin(const Task& task, int inbound) {
  const Join& join = *task.join;
  if (join.all && inbound == 0) {
    return ErrorAt(
        task.place,
        base::Cat("No inbound tasks for task with 'join: all' [task_name=", task.name, "]"));
  }
  if (inbound >= join.count) return absl::OkStatus();
  return ErrorAt(task.place,
                 base::Cat("Not enough inbound tasks for task with 'join' [task_name=", task.name,
                           ", join=", join.count, ", inbound_tasks=", inbound, "]"));
}

absl::Status CheckDirect(const Workflow& workflow) {
  GREGALE_ASSIGN_OR_RETURN(const auto inbound, CountInbound(workflow));
  bool has_start = false;
  for (const auto& [name, count] : inbound) has_start = has_start || count == 0;
  if (!has_start) {
    return ErrorAt(workflow.place,
                   base::Cat("Failed to find start tasks in direct workflow. There must be at "
                             "least one task without inbound transition.[workflow_name=",
                             workflow.name, "]"));
  }
  for (const Task& task : workflow.tasks) {
    if (task.join) GREGALE_RETURN_IF_ERROR(CheckJoin(task, inbound.at(task.name)));
  }
  return absl::OkStatus();
}

absl::Status CheckReverse(const Workflow& workflow) {
  absl::flat_hash_set<std::string> names;
  for (const Task& task : workflow.tasks) names.insert(task.name);
  for (const Task& task : workflow.tasks) {
    for (const Requirement& required : task.requirements) {
      if (names.contains(required.task)) continue;
      return ErrorAt(required.place, base::Cat("Task '", required.task, "' not found."));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTaskGraph(const Workflow& workflow) {
  return workflow.type == Workflow::Type::kDirect ? CheckDirect(workflow) : CheckReverse(workflow);
}

}  // namespace gregale::workflow
