#include "executor/std_actions.h"

namespace gregale::executor {
namespace {

class AsyncNoop final : public Action {
 public:
  absl::Status Check(const base::Json&) const override { return absl::OkStatus(); }
  void Update(const base::Json&) override {}
};

}  // namespace

std::unique_ptr<Action> MakeAsyncNoop(const base::Json&, ActionContext) {
  return std::make_unique<AsyncNoop>();
}

}  // namespace gregale::executor
