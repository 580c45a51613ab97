#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "workflow/warnings.h"

namespace gregale::workflow {
namespace {

constexpr int kRoundsMax = 16;

// A way from a task to another one, whatever clauses it stands in.
struct Way {
  bool on_success = false;
  bool on_error = false;
  bool always = false;  // on-complete
};

class Graph {
 public:
  explicit Graph(const Workflow& workflow) : tasks_(workflow.tasks), ways_(tasks_.size()) {
    for (size_t i = 0; i < tasks_.size(); ++i) index_[tasks_[i].name] = i;
    stops_.assign(tasks_.size(), true);
    for (size_t i = 0; i < tasks_.size(); ++i) {
      Read(i, tasks_[i].on_success, &Way::on_success);
      Read(i, tasks_[i].on_complete, &Way::always);
      Read(i, tasks_[i].on_error, &Way::on_error);
    }
    started_ = Started();
  }

  std::vector<std::string> Warnings() const {
    std::vector<std::string> warnings;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (started_[i]) continue;
      warnings.push_back(
          PlacedText(tasks_[i].place,
                     base::Cat("Task '", tasks_[i].name,
                               "' is never started: only tasks that are not started lead to it")));
    }
    AddLoop(warnings);
    AddJoins(warnings);
    return warnings;
  }

 private:
  using Flags = std::vector<bool>;

  void Read(size_t from, const std::optional<Clause>& clause, bool Way::*kind) {
    if (!clause) return;
    for (const Transition& transition : clause->next) {
      const auto target = index_.find(transition.target);
      if (target == index_.end()) {
        if (transition.target != "noop") commands_[from] = true;
        continue;
      }
      ways_[from][target->second].*kind = true;
      // After a success this way is taken for certain.
      if (!transition.condition && kind != &Way::on_error) stops_[from] = false;
    }
  }

  Flags Started() const {
    Flags inbound(tasks_.size(), false);
    for (const auto& ways : ways_) {
      for (const auto& [target, way] : ways) inbound[target] = true;
    }
    Flags started(tasks_.size(), false);
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (!inbound[i]) Spread(i, started);
    }
    return started;
  }

  // Marks a task and all that it leads to.
  void Spread(size_t from, Flags& marked) const {
    std::vector<size_t> open = {from};
    marked[from] = true;
    while (!open.empty()) {
      const size_t task = open.back();
      open.pop_back();
      for (const auto& [target, way] : ways_[task]) {
        if (marked[target]) continue;
        marked[target] = true;
        open.push_back(target);
      }
    }
  }

  bool IsInLoop(size_t task) const {
    Flags behind(tasks_.size(), false);
    for (const auto& [target, way] : ways_[task]) {
      if (!behind[target]) Spread(target, behind);
    }
    return behind[task];
  }

  // The tasks from which a success leads on for ever.
  void AddLoop(std::vector<std::string>& warnings) const {
    Flags ends(tasks_.size(), false);
    for (bool changed = true; changed;) {
      changed = false;
      for (size_t i = 0; i < tasks_.size(); ++i) {
        if (ends[i]) continue;
        bool end = stops_[i] || commands_.contains(i);
        for (const auto& [target, way] : ways_[i]) end = end || ends[target];
        ends[i] = end;
        changed = changed || end;
      }
    }
    std::string names;
    const Task* first = nullptr;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (ends[i] || !IsInLoop(i)) continue;
      if (first == nullptr) first = &tasks_[i];
      names += base::Cat(names.empty() ? "" : ", ", tasks_[i].name);
    }
    if (first == nullptr) return;
    warnings.push_back(PlacedText(first->place, base::Cat("A loop without exit: ", names)));
  }

  // What must have happened before a task starts: bit 2i, that task i succeeded; bit 2i + 1, that
  // it failed.
  Flags Facts(size_t from, size_t to, const std::vector<Flags>& facts) const {
    Flags known = facts[from];
    const Way& way = ways_[from].at(to);
    if (!way.always && way.on_success != way.on_error)
      known[2 * from + (way.on_error ? 1 : 0)] = true;
    return known;
  }

  // nullopt where it takes too long to find out.
  std::optional<std::vector<Flags>> AllFacts() const {
    // Everything is thought certain until a way is found on which it is not.
    std::vector<Flags> facts(tasks_.size(), Flags(2 * tasks_.size(), true));
    std::vector<std::vector<size_t>> inbound(tasks_.size());
    for (size_t i = 0; i < tasks_.size(); ++i) {
      for (const auto& [target, way] : ways_[i]) inbound[target].push_back(i);
    }
    for (int round = 0; round < kRoundsMax; ++round) {
      bool changed = false;
      for (size_t i = 0; i < tasks_.size(); ++i) {
        const bool all = tasks_[i].join && tasks_[i].join->all;
        Flags next(2 * tasks_.size(), !all && !inbound[i].empty());
        for (size_t from : inbound[i]) {
          const Flags known = Facts(from, i, facts);
          for (size_t k = 0; k < next.size(); ++k) {
            next[k] = all ? next[k] || known[k] : next[k] && known[k];
          }
        }
        if (next == facts[i]) continue;
        facts[i] = std::move(next);
        changed = true;
      }
      if (!changed) return facts;
    }
    return std::nullopt;
  }

  void AddJoins(std::vector<std::string>& warnings) const {
    const bool any = std::any_of(tasks_.begin(), tasks_.end(),
                                 [](const Task& task) { return task.join && task.join->all; });
    if (!any) return;
    const std::optional<std::vector<Flags>> facts = AllFacts();
    if (!facts) return;
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (!tasks_[i].join || !tasks_[i].join->all || !started_[i]) continue;
      if (const std::optional<std::string> why = WhyNeverMet(i, (*facts)[i])) {
        warnings.push_back(
            PlacedText(tasks_[i].place,
                       base::Cat("The join of task '", tasks_[i].name, "' is never met: ", *why)));
      }
    }
  }

  std::optional<std::string> WhyNeverMet(size_t join, const Flags& facts) const {
    for (size_t i = 0; i < tasks_.size(); ++i) {
      if (started_[i] || !ways_[i].contains(join)) continue;
      return base::Cat("'", tasks_[i].name, "' is never started");
    }
    for (size_t i = 0; i < tasks_.size(); ++i) {
      // In a loop a task can do both, one after the other.
      if (!started_[i] || !facts[2 * i] || !facts[2 * i + 1] || IsInLoop(i)) continue;
      return base::Cat("it needs '", tasks_[i].name, "' to succeed and to fail");
    }
    return std::nullopt;
  }

  const std::vector<Task>& tasks_;
  std::map<std::string, size_t> index_;
  std::vector<std::map<size_t, Way>> ways_;
  std::map<size_t, bool> commands_;  // tasks that may end or halt the workflow
  Flags stops_;                      // after a success it may be that no way is taken
  Flags started_;
};

}  // namespace

std::vector<std::string> WarningsOfGraph(const Workflow& workflow) {
  const bool direct = workflow.type == Workflow::Type::kDirect;
  if (!direct || workflow.tasks.size() > base::kWorkflowGraphTasksMax) return {};
  return Graph(workflow).Warnings();
}

}  // namespace gregale::workflow
