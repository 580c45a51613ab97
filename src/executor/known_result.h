#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/event_loop.h"
#include "base/text.h"
#include "executor/action.h"

namespace gregale::executor {

// An action whose outcome is known from the start; it comes after a delay.
class KnownResult final : public Action {
 public:
  KnownResult(ActionOutcome outcome, absl::Duration delay, ActionContext context)
      : outcome_(std::move(outcome)),
        done_(std::move(context.done)),
        alarm_(context.environment.scheduler, [this] { Finish(); }) {
    alarm_.SetAfter(delay);
  }
  absl::Status Check(const base::Json&) const override { return absl::OkStatus(); }
  void Update(const base::Json&) override {}  // too late: it has its outcome

 private:
  void Finish() {
    const auto done = std::move(done_);
    done(std::move(outcome_));
  }

  ActionOutcome outcome_;
  std::function<void(ActionOutcome)> done_;
  base::Alarm alarm_;
};

inline std::unique_ptr<Action> SucceedWith(base::Json value, absl::Duration delay,
                                           ActionContext context) {
  return std::make_unique<KnownResult>(
      ActionOutcome{.kind = ActionOutcome::Kind::kSucceeded, .value = std::move(value)}, delay,
      std::move(context));
}

inline std::unique_ptr<Action> FailWith(base::Json error, ActionContext context) {
  return std::make_unique<KnownResult>(
      ActionOutcome{.kind = ActionOutcome::Kind::kFailed, .value = std::move(error)},
      absl::ZeroDuration(), std::move(context));
}

// Where this process has no ActionServices.
inline std::unique_ptr<Action> CannotRun(ActionContext context) {
  return FailWith("this action is not run here", std::move(context));
}

// The error of an action that could not do its work, in Mistral's words.
inline std::string RaisedText(std::string_view action, const ActionCall& call,
                              std::string_view message) {
  return base::Cat("The action raised an exception [action=", action,
                   ", action_ex_id=", call.action_execution_id, ", msg='", message, "']");
}

}  // namespace gregale::executor
