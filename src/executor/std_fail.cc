#include "base/text.h"
#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {

std::unique_ptr<Action> MakeFail(const base::Json& input, ActionContext context) {
  base::Json error = input.value("error_data", base::Json());
  if (error.is_null()) {
    error = base::Cat("The action raised an exception [action=Fail action, action_ex_id=",
                      context.call.action_execution_id, ", msg='Fail action expected exception.']");
  }
  return FailWith(std::move(error), std::move(context));
}

}  // namespace gregale::executor
