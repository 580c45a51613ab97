#include "executor/known_result.h"
#include "executor/std_actions.h"
#include "workflow/instant_action.h"

namespace gregale::executor {

std::unique_ptr<Action> MakeFail(const base::Json& input, ActionContext context) {
  auto end = workflow::EndInstantly(
      {.action_id = context.call.action_execution_id, .action = "std.fail", .input = input});
  return FailWith(std::move(end->value), std::move(context));
}

}  // namespace gregale::executor
