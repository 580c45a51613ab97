#include "policies/action_names.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "policies/action.h"

namespace gregale::policies {
namespace {

using base::Json;

constexpr std::string_view kRecovery = "recovery";
constexpr std::array<std::string_view, 2> kEvents = {"failure", kRecovery};

std::string KnownActions() {
  std::vector<std::string_view> names;
  for (const PolicyAction& action : PolicyActions()) names.push_back(action.name);
  return base::Join(names, ", ");
}

bool Has(const ActionContext& context, const std::string& scaling_policy) {
  return std::ranges::find(context.scaling_policies, scaling_policy) !=
         context.scaling_policies.end();
}

absl::Status NoScalingPolicy(std::string_view field, std::string_view name,
                             const ActionContext& context) {
  const std::string known = base::Join(context.scaling_policies, ", ");
  return base::InvalidInput(field, base::Cat("there is no scaling policy '", name, "'; known are ",
                                             known.empty() ? "none" : known));
}

// The call with the scaling policy that it leaves open.
absl::StatusOr<ActionCall> Settle(ActionCall call, const ActionContext& context,
                                  std::string_view field) {
  if (!call.action->scales) return call;
  if (call.scaling_policy.empty()) {
    if (context.scaling_policy.empty()) {
      return base::InvalidInput(
          field, base::Cat(call.action->name,
                           " needs a scaling policy (tosca.policies.tacker.Scaling) that has the "
                           "VDU among its targets"));
    }
    call.scaling_policy = context.scaling_policy;
  }
  if (Has(context, call.scaling_policy)) return call;
  return NoScalingPolicy(field, call.scaling_policy, context);
}

absl::StatusOr<ActionCall> Read(const std::string& name, std::string_view event,
                                const ActionContext& context, std::string_view field) {
  if (Has(context, name)) return ActionCall{FindPolicyAction("scale-out"), name};
  const ActionCall read = ReadActionCall(name);
  if (read.action == nullptr) {
    return base::InvalidInput(field, base::Cat("no such policy action; known are ", KnownActions(),
                                               ", and <scaling policy>-out and -in"));
  }
  if (event == kRecovery && read.action->destructive) {
    return base::InvalidInput(
        field, base::Cat(name,
                         " would replace what has just recovered; only actions that leave the VDU "
                         "alone may answer a recovery"));
  }
  if (read.action->name == "notify" && !context.has_receivers) {
    return base::InvalidInput(
        field, "notify needs a policy of type tosca.policies.gregale.Notify with the receiver");
  }
  return Settle(read, context, field);
}

}  // namespace

std::span<const std::string_view> MonitorEvents() { return kEvents; }

absl::StatusOr<std::vector<std::string>> ReadActionNames(const Json& value, std::string_view event,
                                                         const ActionContext& context,
                                                         std::string_view field) {
  const Json list = value.is_string() ? Json::array({value}) : value;
  if (!list.is_array() || list.size() > static_cast<size_t>(base::kActionsPerEventMax)) {
    return base::InvalidInput(field, base::Cat("must be the name of a policy action, or a list "
                                               "of at most ",
                                               base::kActionsPerEventMax));
  }
  std::vector<std::string> names;
  for (const Json& name : list) {
    if (!name.is_string()) return base::InvalidInput(field, "must name policy actions");
    GREGALE_ASSIGN_OR_RETURN(const ActionCall call,
                             Read(name.get_ref<const std::string&>(), event, context, field));
    names.push_back(NameOf(call));
  }
  return names;
}

}  // namespace gregale::policies
