#include "workflow/engine/host.h"

#include <string>

#include "absl/time/time.h"
#include "base/text.h"

namespace gregale::workflow::engine {
namespace {

using base::Json;

Json TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone());
}

Json TextOrNull(const std::optional<std::string>& text) {
  return text ? Json(*text) : Json(nullptr);
}

// An argument of a function, null where it was left out.
const Json& ArgumentAt(const std::vector<Json>& arguments, size_t index) {
  static const Json kNone;
  return index < arguments.size() ? arguments[index] : kNone;
}

bool IsTrue(const Json& value) { return value.is_boolean() && value.get<bool>(); }

bool Matches(const Json& wanted, std::string_view value) {
  return wanted.is_null() || (wanted.is_string() && wanted.get_ref<const std::string&>() == value);
}

// The finaliser of splitmix64.
uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

}  // namespace

uint64_t RandomNumber(const ExecutionState& state, uint64_t index) {
  return Mix(Mix(state.seed_high + index * 0x9e3779b97f4a7c15u) ^ state.seed_low);
}

Json StateHost::Describe(const TaskRun& task) const {
  return Json{{"id", task.id},
              {"name", task.spec->name},
              {"spec", task.spec->spec},
              {"state", StateName(task.state)},
              {"state_info", TextOrNull(task.state_info)},
              {"result", TaskResult(state_, task)},
              {"published", task.published},
              {"type", task.spec->kind == Task::Kind::kAction ? "ACTION" : "WORKFLOW"},
              {"workflow_execution_id", task.run->id},
              {"created_at", TimeText(task.created_at)},
              {"updated_at", TimeText(task.updated_at)}};
}

Json StateHost::Describe(const WorkflowRun& run) const {
  return Json{{"id", run.id},
              {"name", run.workflow->name},
              {"spec", run.workflow->spec},
              {"input", run.input},
              {"params", run.params},
              {"state", StateName(run.state)},
              {"created_at", TimeText(run.created_at)},
              {"updated_at", TimeText(run.updated_at)},
              {"root_execution_id", &run == state_.root() ? Json(nullptr) : Json(root_id())}};
}

absl::StatusOr<Json> StateHost::Task(std::optional<std::string_view> name) {
  if (task_ != nullptr && (!name || *name == task_->spec->name)) return Describe(*task_);
  if (!name) return absl::NotFoundError("task() needs a name here");
  for (auto task = run_.tasks.rbegin(); task != run_.tasks.rend(); ++task) {
    if ((*task)->spec->name == *name) return Describe(**task);
  }
  return Json(nullptr);
}

// tasks(workflow_execution_id, recursive, state, flat).
absl::StatusOr<Json> StateHost::Tasks(const std::vector<Json>& arguments) {
  const Json& execution_id = ArgumentAt(arguments, 0);
  const bool recursive = IsTrue(ArgumentAt(arguments, 1));
  const Json& wanted = ArgumentAt(arguments, 2);
  const bool flat = IsTrue(ArgumentAt(arguments, 3));
  Json found = Json::array();
  // Sub-executions come after those that they belong to.
  std::vector<std::string_view> within;
  for (const auto& run : state_.runs) {
    bool asked = Matches(execution_id, run->id);
    if (!asked && recursive) {
      const TaskRun* parent = state_.FindTask(run->parent_task_id);
      for (const std::string_view id : within) {
        asked = asked || (parent != nullptr && parent->run->id == id);
      }
    }
    if (!asked) continue;
    within.push_back(run->id);
    for (const auto& task : run->tasks) {
      if (!Matches(wanted, StateName(task->state))) continue;
      bool shown = true;
      for (const Attempt& attempt : task->attempts) {
        if (flat && attempt.is_workflow && attempt.state == task->state) shown = false;
      }
      if (shown) found.push_back(Describe(*task));
    }
  }
  return found;
}

absl::StatusOr<Json> StateHost::Execution() {
  Json shown = Describe(run_);
  shown.erase("state");
  return shown;
}

// executions(id, root_execution_id, state, from_time, to_time).
absl::StatusOr<Json> StateHost::Executions(const std::vector<Json>& arguments) {
  Json found = Json::array();
  for (const auto& run : state_.runs) {
    Json shown = Describe(*run);
    const std::string created = shown["created_at"];
    const Json& from = ArgumentAt(arguments, 3);
    const Json& to = ArgumentAt(arguments, 4);
    if (!Matches(ArgumentAt(arguments, 0), run->id)) continue;
    const Json& root = shown["root_execution_id"];
    if (!Matches(ArgumentAt(arguments, 1), root.is_string() ? root.get<std::string>() : "")) {
      continue;
    }
    if (!Matches(ArgumentAt(arguments, 2), StateName(run->state))) continue;
    if (from.is_string() && created < from.get<std::string>()) continue;
    if (to.is_string() && created >= to.get<std::string>()) continue;
    found.push_back(std::move(shown));
  }
  return found;
}

absl::StatusOr<Json> StateHost::Global(std::string_view name) {
  const auto found = run_.context.find(std::string(name));
  return found == run_.context.end() ? Json(nullptr) : *found;
}

absl::StatusOr<int64_t> StateHost::NowMicros() { return absl::ToUnixMicros(now_); }

absl::StatusOr<uint64_t> StateHost::RandomBits() { return RandomNumber(state_, drawn_++); }

}  // namespace gregale::workflow::engine
