// What hangs on an execution: /v2/executions/{}/executions and /report, and a task's executions.
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "base/error.h"
#include "base/text.h"
#include "server/mistral/execution_rows.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/shown_values.h"
#include "server/transaction.h"
#include "store/execution_table.h"

namespace gregale::server {
namespace {

using base::Json;

// How far to go down.
struct Reach {
  bool errors_only = false;
  int max_depth = -1;  // negative: all the way
  Detail detail = Detail::kWithoutOutput;
  bool statistics_only = false;
};

absl::StatusOr<bool> FlagArgument(const Exchange& x, const char* name) {
  const std::string text = x.Argument(name);
  if (text.empty()) return false;
  return ReadFlag(name, text);
}

absl::StatusOr<Reach> ReadReach(const Exchange& x) {
  Reach reach;
  GREGALE_ASSIGN_OR_RETURN(reach.errors_only, FlagArgument(x, "errors_only"));
  GREGALE_ASSIGN_OR_RETURN(reach.statistics_only, FlagArgument(x, "statistics_only"));
  GREGALE_ASSIGN_OR_RETURN(const bool output, FlagArgument(x, "include_output"));
  if (output) reach.detail = Detail::kWithOutput;
  const std::string depth = x.Argument("max_depth");
  if (!depth.empty() && !absl::SimpleAtoi(depth, &reach.max_depth)) {
    return MistralInvalidField("max_depth", depth, "unable to convert to int");
  }
  return reach;
}

// All rows of a list, page by page.
template <class Row>
absl::StatusOr<std::vector<Row>> ReadAllPages(
    store::Txn& txn, absl::StatusOr<std::vector<Row>> (*list)(store::Txn&, const store::ListQuery&),
    store::ListQuery query) {
  std::vector<Row> all;
  while (true) {
    GREGALE_ASSIGN_OR_RETURN(std::vector<Row> page, list(txn, query));
    if (page.empty()) return all;
    query.marker = page.back().id;
    std::ranges::move(page, std::back_inserter(all));
  }
}

// An execution with all its sub-executions, and who belongs to whom.
struct Tree {
  std::map<std::string, store::Execution> executions;
  std::map<std::string, std::vector<store::TaskExecution>> tasks;      // by execution
  std::map<std::string, std::vector<std::string>> children;            // executions by task
  std::map<std::string, std::vector<store::ActionExecution>> actions;  // by task
};

absl::StatusOr<Tree> ReadTree(store::Txn& txn, const store::Execution& any) {
  const std::string root_id = any.root_id.empty() ? any.id : any.root_id;
  const store::ListQuery of_root = {.equals = {{"root_id", {root_id}}}};
  Tree tree;
  GREGALE_ASSIGN_OR_RETURN(store::Execution root, store::GetExecution(txn, root_id));
  tree.executions.emplace(root_id, std::move(root));
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Execution> below,
                           ReadAllPages(txn, &store::ListExecutions, of_root));
  for (store::Execution& row : below) {
    tree.children[row.task_id].push_back(row.id);
    const std::string id = row.id;
    tree.executions.emplace(id, std::move(row));
  }
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::TaskExecution> tasks,
                           ReadAllPages(txn, &store::ListTaskExecutions, of_root));
  for (store::TaskExecution& row : tasks) tree.tasks[row.execution_id].push_back(std::move(row));
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::ActionExecution> actions,
                           ReadAllPages(txn, &store::ListActionExecutions, of_root));
  for (store::ActionExecution& row : actions) tree.actions[row.task_id].push_back(std::move(row));
  return tree;
}

// Shows parts of a tree.
class Walk {
 public:
  Walk(const Exchange& x, const Tree& tree, const Reach& reach)
      : x_(x), tree_(tree), reach_(reach) {}

  // The execution and those below it, one after the other.
  void AddExecutions(const std::string& id, int depth, Json& list) {
    if (reach_.max_depth >= 0 && depth > reach_.max_depth) return;
    const auto execution = tree_.executions.find(id);
    if (execution == tree_.executions.end()) return;
    list.push_back(ShowExecution(x_, execution->second, reach_.detail));
    for (const store::TaskExecution& task : In(tree_.tasks, id)) AddBelow(task, depth + 1, list);
  }

  // Those that a task has started.
  void AddBelow(const store::TaskExecution& task, int depth, Json& list) {
    if (reach_.errors_only && task.state != "ERROR") return;
    for (const std::string& child : In(tree_.children, task.id)) {
      AddExecutions(child, depth, list);
    }
  }

  Json ReportExecution(const std::string& id, int depth) {
    const auto found = tree_.executions.find(id);
    if (found == tree_.executions.end()) return Json::object();
    const store::Execution& row = found->second;
    Json entry = Entry(row.id, row.workflow_name, row.state, row.state_info);
    entry["created_at"] = TimeOrNull(row.created_at);
    entry["updated_at"] = TimeOrNull(row.updated_at);
    if (reach_.max_depth >= 0 && depth > reach_.max_depth) return entry;
    Json& tasks = entry["task_executions"] = Json::array();
    for (const store::TaskExecution& task : In(tree_.tasks, id)) {
      if (reach_.errors_only && task.state != "ERROR") continue;
      tasks.push_back(ReportTask(task, depth + 1));
    }
    return entry;
  }

  Json Statistics() const {
    Json statistics = Json::object();
    for (const char* state : {"error", "idle", "paused", "running", "success"}) {
      statistics[base::Cat(state, "_tasks_count")] = Count(state);
    }
    statistics["total_tasks_count"] = total_;
    return statistics;
  }

 private:
  template <class Value>
  static const std::vector<Value>& In(const std::map<std::string, std::vector<Value>>& lists,
                                      const std::string& key) {
    static const std::vector<Value> kNone;
    const auto found = lists.find(key);
    return found == lists.end() ? kNone : found->second;
  }

  static Json Entry(const std::string& id, const std::string& name, const std::string& state,
                    const std::string& state_info) {
    return {{"id", id}, {"name", name}, {"state", state}, {"state_info", TextOrNull(state_info)}};
  }

  Json ReportTask(const store::TaskExecution& task, int depth) {
    ++total_;
    ++counts_[task.state];
    Json entry = Entry(task.id, task.name, task.state, task.state_info);
    entry["created_at"] = TimeOrNull(task.created_at);
    entry["updated_at"] = TimeOrNull(task.updated_at);
    const Json context = ObjectIn(task.runtime_context);
    if (const auto retry = context.find("retry_task_policy"); retry != context.end()) {
      entry["retry_count"] = retry->value("retry_no", 0);
    }
    Json& actions = entry["action_executions"] = Json::array();
    for (const store::ActionExecution& row : In(tree_.actions, task.id)) {
      Json action = Entry(row.id, row.name, row.state, row.state_info);
      action["accepted"] = row.accepted;
      action["created_at"] = TimeOrNull(row.created_at);
      action["updated_at"] = TimeOrNull(row.updated_at);
      actions.push_back(std::move(action));
    }
    Json executions = Json::array();
    for (const std::string& child : In(tree_.children, task.id)) {
      executions.push_back(ReportExecution(child, depth));
    }
    entry["workflow_executions"] = std::move(executions);
    return entry;
  }

  int Count(std::string_view state) const {
    const auto found = counts_.find(absl::AsciiStrToUpper(base::ToAbsl(state)));
    return found == counts_.end() ? 0 : found->second;
  }

  const Exchange& x_;
  const Tree& tree_;
  const Reach& reach_;
  int total_ = 0;
  std::map<std::string, int> counts_;
};

absl::StatusOr<Tree> ReadTreeOf(const Exchange& x, const std::string& execution_id) {
  return ReadFrom(x.store(), [&](store::Txn& txn) -> absl::StatusOr<Tree> {
    GREGALE_ASSIGN_OR_RETURN(const store::Execution row, FindExecutionFor(txn, x, execution_id));
    return ReadTree(txn, row);
  });
}

Answer ListSubExecutions(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Reach reach, ReadReach(x));
  GREGALE_ASSIGN_OR_RETURN(const Tree tree, ReadTreeOf(x, x.parts[0]));
  Json list = Json::array();
  Walk(x, tree, reach).AddExecutions(x.parts[0], 0, list);
  return JsonAnswer(200, {{"executions", std::move(list)}});
}

Answer ListTaskSubExecutions(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Reach reach, ReadReach(x));
  GREGALE_ASSIGN_OR_RETURN(
      const store::TaskExecution task,
      ReadFrom(x.store(), [&](store::Txn& txn) { return FindTaskFor(txn, x, x.parts[0]); }));
  GREGALE_ASSIGN_OR_RETURN(const Tree tree, ReadTreeOf(x, task.execution_id));
  Json list = Json::array();
  Walk(x, tree, reach).AddBelow(task, 0, list);
  return JsonAnswer(200, {{"executions", std::move(list)}});
}

Answer GetReport(const Exchange& x) {
  GREGALE_ASSIGN_OR_RETURN(const Reach reach, ReadReach(x));
  GREGALE_ASSIGN_OR_RETURN(const Tree tree, ReadTreeOf(x, x.parts[0]));
  Walk walk(x, tree, reach);
  Json root = walk.ReportExecution(x.parts[0], 0);
  Json report = {{"statistics", walk.Statistics()}};
  if (!reach.statistics_only) report["root_workflow_execution"] = std::move(root);
  return JsonAnswer(200, report);
}

constexpr MistralRoute kRoutes[] = {
    {.method = "GET",
     .path = "v2/executions/{}/executions",
     .handle = &ListSubExecutions,
     .id = "listSubExecutions",
     .summary = "An execution and those below it",
     .arguments = "errors_only max_depth include_output"},
    {.method = "GET",
     .path = "v2/executions/{}/report",
     .handle = &GetReport,
     .id = "getExecutionReport",
     .summary = "An execution as a tree, and how its tasks stand",
     .arguments = "errors_only max_depth statistics_only"},
    {.method = "GET",
     .path = "v2/tasks/{}/executions",
     .handle = &ListTaskSubExecutions,
     .id = "listTaskSubExecutions",
     .summary = "The executions below a task",
     .arguments = "errors_only max_depth include_output"},
};

}  // namespace

std::span<const MistralRoute> ExecutionTreeRoutes() { return kRoutes; }

}  // namespace gregale::server
