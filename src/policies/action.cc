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

absl::StatusOr<std::vector<const PolicyAction*>> FindAll(std::span<const std::string> names) {
  if (names.size() > static_cast<size_t>(base::kActionsPerEventMax)) {
    return base::InvalidInput("policy_actions",
                              base::Cat("at most ", base::kActionsPerEventMax, " actions"));
  }
  std::vector<const PolicyAction*> actions;
  for (const std::string& name : names) {
    const PolicyAction* action = FindPolicyAction(name);
    if (action == nullptr) {
      return base::InvalidInput("policy_actions",
                                base::Cat("no such policy action; known are ", KnownNames()));
    }
    actions.push_back(action);
  }
  return actions;
}

std::vector<const PolicyAction*> InOrderOfEffect(const std::vector<const PolicyAction*>& actions) {
  std::vector<const PolicyAction*> ordered;
  std::ranges::copy_if(actions, std::back_inserter(ordered),
                       [](const PolicyAction* action) { return !action->destructive; });
  const auto destructive = std::ranges::find(actions, true, &PolicyAction::destructive);
  if (destructive != actions.end()) ordered.push_back(*destructive);
  return ordered;
}

}  // namespace

std::span<const PolicyAction> PolicyActions() {
  static const std::array<PolicyAction, 2> actions = {RespawnAction(), LogAction()};
  return actions;
}

const PolicyAction* FindPolicyAction(std::string_view name) {
  const auto actions = PolicyActions();
  const auto found = std::ranges::find(actions, name, &PolicyAction::name);
  return found == actions.end() ? nullptr : &*found;
}

absl::StatusOr<Decision> Decide(const Situation& situation,
                                std::span<const std::string> policy_actions) {
  using Verdict = Decision::Verdict;
  GREGALE_ASSIGN_OR_RETURN(const auto actions, FindAll(policy_actions));
  if (!situation.action_is_current) return Decision{.verdict = Verdict::kBadAction, .actions = {}};
  if (!situation.incident_is_new) return Decision{.verdict = Verdict::kDuplicate, .actions = {}};
  const bool destructive = std::ranges::any_of(actions, &PolicyAction::destructive);
  if (destructive && !situation.vnf_is_active) {
    return Decision{.verdict = Verdict::kHeld, .actions = {}};
  }
  return Decision{.verdict = Verdict::kAct, .actions = InOrderOfEffect(actions)};
}

}  // namespace gregale::policies
