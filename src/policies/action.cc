#include "policies/action.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/actions.h"

namespace gregale::policies {
namespace {

std::string KnownNames() {
  std::vector<std::string_view> names;
  for (const PolicyAction& action : PolicyActions()) names.push_back(action.name);
  return base::Join(names, ", ");
}

absl::StatusOr<std::vector<ActionCall>> ReadAll(std::span<const std::string> names) {
  if (names.size() > static_cast<size_t>(base::kActionsPerEventMax)) {
    return base::InvalidInput("policy_actions",
                              base::Cat("at most ", base::kActionsPerEventMax, " actions"));
  }
  std::vector<ActionCall> calls;
  for (const std::string& name : names) {
    calls.push_back(ReadActionCall(name));
    if (calls.back().action == nullptr) {
      return base::InvalidInput("policy_actions",
                                base::Cat("no such policy action; known are ", KnownNames()));
    }
  }
  return calls;
}

bool IsExclusive(const ActionCall& call) { return call.action->exclusive; }

std::vector<ActionCall> InOrderOfEffect(const std::vector<ActionCall>& calls) {
  std::vector<ActionCall> ordered;
  std::ranges::remove_copy_if(calls, std::back_inserter(ordered), IsExclusive);
  const auto exclusive = std::ranges::find_if(calls, IsExclusive);
  if (exclusive != calls.end()) ordered.push_back(*exclusive);
  return ordered;
}

}  // namespace

std::span<const PolicyAction> PolicyActions() {
  static const std::array<PolicyAction, 8> actions = {
      RespawnAction(), VduAutohealAction(), ScaleOutAction(),    ScaleInAction(),
      LogAction(),     LogAndKillAction(),  AutoscalingAction(), NotifyAction()};
  return actions;
}

const PolicyAction* FindPolicyAction(std::string_view name) {
  const auto actions = PolicyActions();
  const auto found = std::ranges::find(actions, name, &PolicyAction::name);
  return found == actions.end() ? nullptr : &*found;
}

ActionCall ReadActionCall(std::string_view name) {
  if (const PolicyAction* action = FindPolicyAction(name)) return {action, ""};
  for (const std::string_view direction : {"scale-out", "scale-in"}) {
    std::string_view policy = name;
    if (base::TakeSuffix(policy, direction.substr(std::string_view("scale").size())) &&
        !policy.empty()) {
      return {FindPolicyAction(direction), std::string(policy)};
    }
  }
  return {};
}

std::string NameOf(const ActionCall& call) {
  if (call.scaling_policy.empty()) return std::string(call.action->name);
  return base::Cat(call.scaling_policy, call.action->name == "scale-in" ? "-in" : "-out");
}

absl::StatusOr<Decision> Decide(const Situation& situation,
                                std::span<const std::string> policy_actions) {
  using Verdict = Decision::Verdict;
  GREGALE_ASSIGN_OR_RETURN(const auto calls, ReadAll(policy_actions));
  if (!situation.action_is_current) return Decision{.verdict = Verdict::kBadAction, .actions = {}};
  if (!situation.incident_is_new) return Decision{.verdict = Verdict::kDuplicate, .actions = {}};
  if (std::ranges::any_of(calls, IsExclusive) && !situation.vnf_is_active) {
    return Decision{.verdict = Verdict::kHeld, .actions = {}};
  }
  return Decision{.verdict = Verdict::kAct, .actions = InOrderOfEffect(calls)};
}

}  // namespace gregale::policies
