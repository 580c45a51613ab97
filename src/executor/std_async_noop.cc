#include "executor/known_result.h"
#include "executor/std_actions.h"

namespace gregale::executor {

std::unique_ptr<Action> MakeAsyncNoop(const base::Json&, ActionContext context) {
  return std::make_unique<KnownResult>(ActionOutcome{.kind = ActionOutcome::Kind::kHandedOver},
                                       absl::ZeroDuration(), std::move(context));
}

}  // namespace gregale::executor
