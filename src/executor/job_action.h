#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "executor/action_services.h"

namespace gregale::executor {

// An action whose work is a job on a thread of its own.
class JobAction final : public Action {
 public:
  JobAction(Workers::Job job, ActionContext context)
      : done_(std::move(context.done)),
        handle_(context.environment.services->workers.Start(
            std::move(job), [this](ActionOutcome outcome) { OnDone(std::move(outcome)); })) {}

  absl::Status Check(const base::Json&) const override { return absl::OkStatus(); }
  void Update(const base::Json&) override {}  // too late: it has begun

 private:
  void OnDone(ActionOutcome outcome) {
    const auto done = std::move(done_);
    done(std::move(outcome));
  }

  std::function<void(ActionOutcome)> done_;
  const std::unique_ptr<Workers::Handle> handle_;
};

}  // namespace gregale::executor
