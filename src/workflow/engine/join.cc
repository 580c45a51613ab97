#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// Joins: tasks that several others lead to, and that begin when enough of them have come.
namespace gregale::workflow::engine {
namespace {

bool Names(const std::optional<Clause>& clause, std::string_view name) {
  return clause && std::any_of(clause->next.begin(), clause->next.end(),
                               [&](const Transition& t) { return t.target == name; });
}

// Whether a task that has not begun may still be come to.
class RouteSearch {
 public:
  explicit RouteSearch(const WorkflowRun& run) : run_(run) {}

  bool IsPossible(const Task& task) {
    if (!visited_.insert(task.name).second) return false;
    const std::vector<const Task*> inbound = Inbound(*run_.workflow, task.name);
    if (inbound.empty()) return true;
    for (const Task* before : inbound) {
      const TaskRun* last = LastOf(run_, before->name);
      if (last == nullptr) {
        if (IsPossible(*before)) return true;
      } else if (!IsCompleted(last->state) || LeadsOnTo(*last, task.name)) {
        return true;
      }
    }
    return false;
  }

 private:
  const WorkflowRun& run_;
  std::set<std::string> visited_;
};

// What one of the tasks before means for a join.
enum class Inducement { kCome, kAwaited, kNever };

Inducement InducementOf(const WorkflowRun& run, const Task& before, std::string_view join) {
  const TaskRun* last = LastOf(run, before.name);
  if (last == nullptr) {
    return RouteSearch(run).IsPossible(before) ? Inducement::kAwaited : Inducement::kNever;
  }
  if (!IsCompleted(last->state)) return Inducement::kAwaited;
  return LeadsOnTo(*last, join) ? Inducement::kCome : Inducement::kNever;
}

// A list of names as Python prints it.
std::string NameList(const std::vector<std::string>& names) {
  std::vector<std::string> quoted;
  for (const std::string& name : names) quoted.push_back(base::Cat("'", name, "'"));
  return base::Cat("[", base::Join(quoted, ", "), "]");
}

}  // namespace

std::vector<const Task*> Inbound(const Workflow& workflow, std::string_view name) {
  std::vector<const Task*> inbound;
  for (const Task& task : workflow.tasks) {
    if (Names(task.on_success, name) || Names(task.on_error, name) ||
        Names(task.on_complete, name)) {
      inbound.push_back(&task);
    }
  }
  return inbound;
}

TaskRun* LastOf(const WorkflowRun& run, std::string_view name) {
  for (auto task = run.tasks.rbegin(); task != run.tasks.rend(); ++task) {
    if ((*task)->spec->name == name) return task->get();
  }
  return nullptr;
}

void Stepper::Defer(WorkflowRun& run, const Task& spec, const NextStep& step) {
  TaskRun* task = LastOf(run, spec.name);
  if (task != nullptr && !IsCompleted(task->state)) return;
  if (task == nullptr) {
    task = &NewTask(run, spec, step);
  }
  SetTaskState(*task, State::kWaiting, "Task is waiting.");
  AwaitRefresh(*task);
}

void Stepper::AwaitRefresh(TaskRun& task) {
  if (task.refresh_pending) return;
  task.refresh_pending = true;
  Wake(0, {.kind = Timer::Kind::kRefresh, .task_id = task.id});
}

void Stepper::RefreshJoins(WorkflowRun& run) {
  for (const auto& task : run.tasks) {
    if (task->state == State::kWaiting) AwaitRefresh(*task);
  }
}

// Begins a join, or fails it, where that is decided.
void Stepper::Refresh(TaskRun& task) {
  task.refresh_pending = false;
  WorkflowRun& run = *task.run;
  if (task.state != State::kWaiting || IsCompleted(run.state)) return;
  int come = 0;
  int awaited = 0;
  std::vector<std::string> never;
  task.triggered_by.clear();
  for (const Task* before : Inbound(*run.workflow, task.spec->name)) {
    switch (InducementOf(run, *before, task.spec->name)) {
      case Inducement::kCome:
        ++come;
        task.triggered_by.emplace_back(LastOf(run, before->name)->id, "");
        break;
      case Inducement::kAwaited:
        ++awaited;
        break;
      case Inducement::kNever:
        never.push_back(before->name);
        break;
    }
  }
  const Join& join = *task.spec->join;
  const int total = come + awaited + static_cast<int>(never.size());
  const int needed = join.all ? total : join.count;
  if (come >= needed) {
    Continue(task);
  } else if (come + awaited < needed) {
    CompleteOrFail(task, State::kError, base::Cat("Failed by tasks: ", NameList(never)));
  }
}

}  // namespace gregale::workflow::engine
