#include "workflow/instant_action.h"

#include "base/text.h"

namespace gregale::workflow {

std::optional<ActionDone> EndInstantly(const StartAction& action) {
  if (action.action == "std.noop") return ActionDone{action.action_id, State::kSuccess, nullptr};
  if (action.action == "std.echo" && !action.input.contains("delay")) {
    return ActionDone{action.action_id, State::kSuccess, action.input.at("output")};
  }
  if (action.action != "std.fail") return std::nullopt;
  base::Json error = action.input.value("error_data", base::Json());
  if (error.is_null()) {
    error = base::Cat("The action raised an exception [action=Fail action, action_ex_id=",
                      action.action_id, ", msg='Fail action expected exception.']");
  }
  return ActionDone{action.action_id, State::kError, std::move(error)};
}

bool NeedsExecutor(const StartAction& action) { return action.action != "std.async_noop"; }

}  // namespace gregale::workflow
