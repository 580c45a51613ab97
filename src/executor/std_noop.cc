#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {

std::unique_ptr<Action> MakeNoop(const base::Json&, ActionContext context) {
  return SucceedWith(nullptr, absl::ZeroDuration(), std::move(context));
}

}  // namespace gregale::executor
