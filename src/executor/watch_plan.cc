#include "executor/watch_plan.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "policies/monitoring.h"
#include "workflow/model.h"

namespace gregale::executor {
namespace {

using base::Json;
using workflow::expr::Tree;

constexpr char kAddresses[] = "addresses";

bool HasExpression(const Json& json) {
  if (json.is_string()) {
    return workflow::expr::HasExpression(json.get_ref<const std::string&>());
  }
  return json.is_structured() && std::any_of(json.begin(), json.end(), HasExpression);
}

bool IsPlain(const workflow::Policies& policies) {
  return !policies.retry && !policies.wait_before && !policies.wait_after && !policies.timeout &&
         !policies.pause_before && !policies.concurrency && !policies.fail_on;
}

// The task is one action that starts at once and leads nowhere.
bool IsPlain(const workflow::Task& task) {
  return task.kind == workflow::Task::Kind::kAction && task.items.empty() && !task.join &&
         task.requirements.empty() && !task.on_success && !task.on_error && !task.on_complete &&
         !task.executor && IsPlain(task.policies);
}

bool IsPlain(const workflow::Workflow& workflow) {
  const auto has_fallback = [](const auto& parameter) { return parameter.fallback.has_value(); };
  const auto is_plain = [](const workflow::Task& task) { return IsPlain(task); };
  return workflow.type == workflow::Workflow::Type::kDirect && !workflow.vars &&
         !workflow.tasks.empty() &&
         std::none_of(workflow.input.begin(), workflow.input.end(), has_fallback) &&
         std::all_of(workflow.tasks.begin(), workflow.tasks.end(), is_plain);
}

// The settings of a task whose addresses alone are not known yet.
std::optional<MonitorSettings> SettingsOf(const workflow::Task& task) {
  const Json& name = task.target.json();
  const Json& input = task.input.json();
  if (!name.is_string() || !input.is_object() || !input.contains(kAddresses)) return std::nullopt;
  const auto* driver = policies::FindMonitorAction(name.get_ref<const std::string&>());
  if (driver == nullptr) return std::nullopt;
  Json constant = input;
  constant[kAddresses] = Json::array();
  if (HasExpression(constant)) return std::nullopt;
  auto parsed = ParseMonitorInput(*driver, constant);
  if (!parsed.ok()) return std::nullopt;
  return std::move(parsed->settings);
}

}  // namespace

std::shared_ptr<const WatchPlan> WatchPlan::Of(std::shared_ptr<const workflow::Workflow> workflow) {
  if (!IsPlain(*workflow)) return nullptr;
  std::vector<Task> tasks;
  for (const workflow::Task& task : workflow->tasks) {
    auto settings = SettingsOf(task);
    if (!settings) return nullptr;
    tasks.push_back({std::make_shared<const MonitorSettings>(*std::move(settings)),
                     Tree::Compile(task.input.json().at(kAddresses))});
  }
  return std::shared_ptr<const WatchPlan>(new WatchPlan(std::move(workflow), std::move(tasks)));
}

absl::StatusOr<WatchPlan::Addresses> WatchPlan::AddressesFor(const Json& input) const {
  const auto& parameters = workflow_->input;
  const auto is_given = [&](const auto& p) { return input.contains(p.name); };
  if (!input.is_object() || input.size() != parameters.size() ||
      !std::all_of(parameters.begin(), parameters.end(), is_given)) {
    return base::InvalidInput("input", "must have just what the workflow asks for");
  }
  Addresses all;
  all.reserve(tasks_.size());
  for (const Task& task : tasks_) {
    GREGALE_ASSIGN_OR_RETURN(const Json addresses, task.addresses.Evaluate({.layers = {&input}}));
    GREGALE_ASSIGN_OR_RETURN(all.emplace_back(), ParseAddresses(addresses));
  }
  return all;
}

}  // namespace gregale::executor
