#include <algorithm>
#include <utility>

#include "base/error.h"
#include "workflow/builder.h"
#include "workflow/inline_call.h"
#include "workflow/schema.h"
#include "workflow/spec_node.h"

namespace gregale::workflow {
namespace {

using base::Json;
using base::YamlNode;
using expr::Tree;

// A task in the text.
struct Source {
  const YamlNode& name;
  const YamlNode& body;
  const YamlNode* defaults;  // nullptr: none
};

// More than a workflow can have tasks.
constexpr double kJoinCountMax = 1e9;

constexpr std::string_view kDefaultAction = "std.noop";

// Mistral drops the condition of the only way on where it is no item of a list; the check warns.
const YamlNode* ConditionOf(const YamlNode& item) {
  return item.entries.empty() ? nullptr : &item.entries[0].second;
}

absl::StatusOr<Transition> BuildTransition(const YamlNode& name, const YamlNode* condition) {
  Transition transition;
  transition.place = PlaceOf(name);
  GREGALE_ASSIGN_OR_RETURN(InlineCall call, ParseInlineCall(name.text));
  transition.target = std::move(call.name);
  transition.parameters = Tree::Compile(call.parameters);
  if (condition != nullptr) transition.condition = Tree::Compile(condition->text);
  return transition;
}

// The ways on that a clause names: a name, a list, or {next: ...}. {name: condition} alone names
// none: Mistral takes it for a clause that has no `next`.
absl::StatusOr<std::vector<Transition>> BuildTransitions(const YamlNode& clause) {
  std::vector<Transition> transitions;
  const YamlNode* next = TypeOf(clause) == NodeType::kDict ? clause.Find("next") : &clause;
  if (next == nullptr) return transitions;
  const auto add = [&](const YamlNode& name, const YamlNode* condition) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(Transition transition, BuildTransition(name, condition));
    transitions.push_back(std::move(transition));
    return absl::OkStatus();
  };
  if (TypeOf(*next) == NodeType::kText) GREGALE_RETURN_IF_ERROR(add(*next, nullptr));
  for (const auto& [name, condition] : next->entries) GREGALE_RETURN_IF_ERROR(add(name, nullptr));
  for (const YamlNode& item : next->items) {
    const bool plain = item.entries.empty();
    GREGALE_RETURN_IF_ERROR(add(plain ? item : item.entries[0].first, ConditionOf(item)));
  }
  return transitions;
}

// The clause's ways on, or else those of task-defaults, which lead no task to itself.
absl::StatusOr<std::optional<Clause>> BuildClause(const Source& source,
                                                  std::string_view attribute) {
  if (const YamlNode* own = source.body.Find(attribute)) {
    GREGALE_ASSIGN_OR_RETURN(std::vector<Transition> next, BuildTransitions(*own));
    if (!next.empty()) return Clause{std::move(next)};
  }
  const YamlNode* common = source.defaults == nullptr ? nullptr : source.defaults->Find(attribute);
  if (common == nullptr) return std::nullopt;
  GREGALE_ASSIGN_OR_RETURN(std::vector<Transition> next, BuildTransitions(*common));
  std::erase_if(next, [&](const Transition& way) { return way.target == source.name.text; });
  if (next.empty()) return std::nullopt;
  return Clause{std::move(next)};
}

// 0 and false switch a policy off, as if the task did not have it.
bool IsOff(const Json& value) { return value == Json(0) || value == Json(false); }

absl::StatusOr<std::optional<Tree>> BuildPolicy(const Source& source, std::string_view attribute) {
  for (const YamlNode* node : {&source.body, source.defaults}) {
    if (node == nullptr) continue;
    GREGALE_ASSIGN_OR_RETURN(std::optional<Tree> tree, BuildTree(*node, attribute));
    if (tree && !IsOff(tree->json())) return tree;
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<Retry>> BuildRetry(const Source& source) {
  const YamlNode* node = source.body.Find("retry");
  if (node == nullptr && source.defaults != nullptr) node = source.defaults->Find("retry");
  if (node == nullptr) return std::nullopt;
  YamlNode expanded;
  if (TypeOf(*node) == NodeType::kText) {
    GREGALE_ASSIGN_OR_RETURN(expanded, ExpandRetry(*node));
    node = &expanded;
  }
  Retry retry;
  GREGALE_ASSIGN_OR_RETURN(std::optional<Tree> count, BuildTree(*node, "count"));
  GREGALE_ASSIGN_OR_RETURN(std::optional<Tree> delay, BuildTree(*node, "delay"));
  if (count) retry.count = *std::move(count);
  if (delay) retry.delay = *std::move(delay);
  GREGALE_ASSIGN_OR_RETURN(retry.break_on, BuildTree(*node, "break-on"));
  GREGALE_ASSIGN_OR_RETURN(retry.continue_on, BuildTree(*node, "continue-on"));
  return retry;
}

absl::StatusOr<Policies> BuildPolicies(const Source& source) {
  Policies policies;
  GREGALE_ASSIGN_OR_RETURN(policies.retry, BuildRetry(source));
  GREGALE_ASSIGN_OR_RETURN(policies.wait_before, BuildPolicy(source, "wait-before"));
  GREGALE_ASSIGN_OR_RETURN(policies.wait_after, BuildPolicy(source, "wait-after"));
  GREGALE_ASSIGN_OR_RETURN(policies.timeout, BuildPolicy(source, "timeout"));
  GREGALE_ASSIGN_OR_RETURN(policies.pause_before, BuildPolicy(source, "pause-before"));
  GREGALE_ASSIGN_OR_RETURN(policies.concurrency, BuildPolicy(source, "concurrency"));
  GREGALE_ASSIGN_OR_RETURN(policies.fail_on, BuildPolicy(source, "fail-on"));
  return policies;
}

// What is run, and with what.
absl::Status BuildCall(const YamlNode& body, Task& task) {
  const YamlNode* action = body.Find("action");
  const YamlNode* workflow = body.Find("workflow");
  const YamlNode* called = action != nullptr ? action : workflow;
  task.kind = workflow != nullptr ? Task::Kind::kWorkflow : Task::Kind::kAction;
  InlineCall call{std::string(kDefaultAction), Json::object(), ""};
  if (called != nullptr) {
    GREGALE_ASSIGN_OR_RETURN(call, ParseInlineCall(called->text));
  }
  task.target = Tree::Compile(call.name);
  Json input = call.parameters.empty() ? Json() : Json::object();
  if (const YamlNode* node = body.Find("input")) {
    GREGALE_ASSIGN_OR_RETURN(input, base::YamlToJson(*node));
  }
  if (input.is_object()) MergeDicts(input, call.parameters);
  task.input = Tree::Compile(input);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ItemSource>> BuildItems(const YamlNode& body) {
  std::vector<ItemSource> sources;
  const YamlNode* node = body.Find("with-items");
  if (node == nullptr) return sources;
  const auto add = [&](const YamlNode& text) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(WithItems items, ParseWithItems(text.text));
    std::erase_if(sources, [&](const auto& old) { return old.variable == items.variable; });
    sources.push_back({std::move(items.variable), Tree::Compile(items.source)});
    return absl::OkStatus();
  };
  if (TypeOf(*node) == NodeType::kText) GREGALE_RETURN_IF_ERROR(add(*node));
  for (const YamlNode& item : node->items) GREGALE_RETURN_IF_ERROR(add(item));
  return sources;
}

absl::StatusOr<std::optional<Join>> BuildJoin(const YamlNode& body) {
  const YamlNode* node = body.Find("join");
  if (node == nullptr) return std::nullopt;
  if (node->text == "all") return Join{.all = true};
  if (node->text == "one") return Join{.count = 1};
  GREGALE_ASSIGN_OR_RETURN(const Json count, base::YamlToJson(*node));
  // 0 is no join: every task that leads here starts the task.
  if (!count.is_number() || count == Json(0)) return std::nullopt;
  return Join{.count = static_cast<int>(std::min(count.get<double>(), kJoinCountMax))};
}

std::vector<Requirement> BuildRequirements(const Source& source) {
  std::vector<Requirement> required;
  const auto add = [&](const YamlNode& node) {
    const bool known = std::any_of(required.begin(), required.end(),
                                   [&](const Requirement& old) { return old.task == node.text; });
    if (!known && node.text != source.name.text) required.push_back({node.text, PlaceOf(node)});
  };
  for (const YamlNode* node : {&source.body, source.defaults}) {
    const YamlNode* names = node == nullptr ? nullptr : node->Find("requires");
    if (names == nullptr) continue;
    if (TypeOf(*names) == NodeType::kText) add(*names);
    for (const YamlNode& item : names->items) add(item);
  }
  return required;
}

// What is published, by scope: dicts, or null.
struct Scopes {
  Json branch;
  Json global;
};

// The publish of a clause; the clauses of task-defaults have none in Mistral.
absl::StatusOr<std::optional<Scopes>> ReadScopes(const YamlNode& body, std::string_view attribute) {
  const YamlNode* clause = body.Find(attribute);
  const YamlNode* publish = clause == nullptr ? nullptr : clause->Find("publish");
  if (publish == nullptr || TypeOf(*publish) != NodeType::kDict) return std::nullopt;
  Scopes scopes;
  if (const YamlNode* branch = publish->Find("branch")) {
    GREGALE_ASSIGN_OR_RETURN(scopes.branch, base::YamlToJson(*branch));
  }
  if (const YamlNode* global = publish->Find("global")) {
    GREGALE_ASSIGN_OR_RETURN(scopes.global, base::YamlToJson(*global));
  }
  return scopes;
}

// Mistral adds only to a scope that is there already: else what is added is lost. The check warns.
void AddScopes(Scopes& target, const Scopes& more) {
  if (target.branch.is_object() && more.branch.is_object()) MergeDicts(target.branch, more.branch);
  if (target.global.is_object() && more.global.is_object()) MergeDicts(target.global, more.global);
}

// The task's own publish, then that of on-complete, added to that of the clause that is taken.
absl::StatusOr<Publish> BuildPublish(const YamlNode& body, std::string_view own_attribute,
                                     std::string_view clause) {
  std::optional<Scopes> all;
  if (const YamlNode* own = body.Find(own_attribute)) {
    all.emplace();
    GREGALE_ASSIGN_OR_RETURN(all->branch, base::YamlToJson(*own));
  }
  GREGALE_ASSIGN_OR_RETURN(const std::optional<Scopes> always, ReadScopes(body, "on-complete"));
  if (always && all) AddScopes(*all, *always);
  if (always && !all) all = always;
  GREGALE_ASSIGN_OR_RETURN(std::optional<Scopes> taken, ReadScopes(body, clause));
  if (taken && all) AddScopes(*taken, *all);
  if (taken) all = std::move(taken);
  Publish publish;
  if (all && !all->branch.is_null()) publish.branch = Tree::Compile(all->branch);
  if (all && !all->global.is_null()) publish.global = Tree::Compile(all->global);
  return publish;
}

}  // namespace

absl::StatusOr<Task> BuildTask(const YamlNode& name, const YamlNode& body,
                               const YamlNode* defaults) {
  const Source source{name, body, defaults};
  Task task;
  task.name = name.text;
  task.place = PlaceOf(name);
  GREGALE_RETURN_IF_ERROR(BuildCall(body, task));
  GREGALE_ASSIGN_OR_RETURN(task.items, BuildItems(body));
  GREGALE_ASSIGN_OR_RETURN(task.join, BuildJoin(body));
  task.requirements = BuildRequirements(source);
  GREGALE_ASSIGN_OR_RETURN(task.publish, BuildPublish(body, "publish", "on-success"));
  GREGALE_ASSIGN_OR_RETURN(task.publish_on_error,
                           BuildPublish(body, "publish-on-error", "on-error"));
  GREGALE_ASSIGN_OR_RETURN(task.on_success, BuildClause(source, "on-success"));
  GREGALE_ASSIGN_OR_RETURN(task.on_error, BuildClause(source, "on-error"));
  GREGALE_ASSIGN_OR_RETURN(task.on_complete, BuildClause(source, "on-complete"));
  GREGALE_ASSIGN_OR_RETURN(task.policies, BuildPolicies(source));
  GREGALE_ASSIGN_OR_RETURN(task.executor, BuildTree(body, "target"));
  GREGALE_ASSIGN_OR_RETURN(task.keep_result, BuildTree(body, "keep-result"));
  GREGALE_ASSIGN_OR_RETURN(task.safe_rerun, BuildTree(body, "safe-rerun"));
  if (!task.safe_rerun && defaults != nullptr) {
    GREGALE_ASSIGN_OR_RETURN(task.safe_rerun, BuildTree(*defaults, "safe-rerun"));
  }
  return task;
}

}  // namespace gregale::workflow
