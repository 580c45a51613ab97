#include <cmath>

#include "base/error.h"
#include "base/text.h"
#include "workflow/engine/stepper.h"

// The policies of tasks, in Mistral's order: pause-before, wait-before, wait-after, fail-on, retry,
// timeout, concurrency. Those that need no result are evaluated before the task begins, so that a
// wrong one is found then.
namespace gregale::workflow::engine {
namespace {

absl::Status WrongType(std::string_view policy, const Json& value, std::string_view type) {
  const std::string shown =
      value.is_string() ? base::Cat("'", value.get<std::string>(), "'") : PythonText(value);
  return absl::InvalidArgumentError(
      base::Cat("Invalid data type in ", policy, ": ", shown, " is not of type '", type, "'"));
}

}  // namespace

absl::StatusOr<int64_t> Stepper::Seconds(const TaskRun& task, const expr::Tree& tree,
                                         std::string_view policy) const {
  GREGALE_ASSIGN_OR_RETURN(const Json value, Evaluate(tree, TaskScope(task, nullptr)));
  const bool whole = value.is_number_integer() ||
                     (value.is_number_float() && std::trunc(value.get<double>()) == value &&
                      std::abs(value.get<double>()) < 1e15);
  if (!whole) return WrongType(policy, value, "integer");
  const int64_t seconds = value.get<int64_t>();
  if (seconds >= 0) return seconds;
  return absl::InvalidArgumentError(
      base::Cat("Invalid data type in ", policy, ": ", seconds, " is less than the minimum of 0"));
}

absl::StatusOr<bool> Stepper::Flag(const TaskRun& task, const expr::Tree& tree,
                                   std::string_view policy) const {
  GREGALE_ASSIGN_OR_RETURN(const Json value, Evaluate(tree, TaskScope(task, nullptr)));
  if (!value.is_boolean()) return WrongType(policy, value, "boolean");
  return value.get<bool>();
}

absl::Status Stepper::BeforeStart(TaskRun& task) {
  const Policies& policies = task.spec->policies;
  if (policies.pause_before) {
    GREGALE_ASSIGN_OR_RETURN(const bool pause,
                             Flag(task, *policies.pause_before, "PauseBeforePolicy"));
    if (pause) {
      SetTaskState(task, State::kIdle, "Set by 'pause-before' policy");
      PauseRun(*task.run, std::nullopt);
    }
  }
  if (policies.wait_before) GREGALE_RETURN_IF_ERROR(WaitBefore(task, *policies.wait_before));
  GREGALE_RETURN_IF_ERROR(CheckLater(task));
  GREGALE_RETURN_IF_ERROR(LimitTime(task));
  if (policies.concurrency) {
    GREGALE_ASSIGN_OR_RETURN(const int64_t concurrency,
                             Seconds(task, *policies.concurrency, "ConcurrencyPolicy"));
    task.concurrency.reset();
    if (concurrency > 0) task.concurrency = concurrency;
  }
  return absl::OkStatus();
}

absl::Status Stepper::WaitBefore(TaskRun& task, const expr::Tree& tree) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t delay, Seconds(task, tree, "WaitBeforePolicy"));
  if (delay == 0 || task.waited_before || task.state == State::kIdle) return absl::OkStatus();
  task.waited_before = true;
  SetTaskState(task, State::kDelayed,
               base::Cat("Delayed by 'wait-before' policy [delay=", delay, "]"));
  Wake(delay, {.kind = Timer::Kind::kContinue, .task_id = task.id});
  return absl::OkStatus();
}

// Lets the attempt that begins take no longer than it may.
absl::Status Stepper::LimitTime(TaskRun& task) {
  if (!task.spec->policies.timeout) return absl::OkStatus();
  GREGALE_ASSIGN_OR_RETURN(const int64_t seconds,
                           Seconds(task, *task.spec->policies.timeout, "TimeoutPolicy"));
  if (seconds == 0) return absl::OkStatus();
  Wake(seconds, {.kind = Timer::Kind::kTimeout,
                 .task_id = task.id,
                 .seconds = seconds,
                 .retry_no = task.retry_no});
  return absl::OkStatus();
}

// The policies that are needed only after the task.
absl::Status Stepper::CheckLater(const TaskRun& task) const {
  const Policies& policies = task.spec->policies;
  if (policies.wait_after) {
    GREGALE_RETURN_IF_ERROR(Seconds(task, *policies.wait_after, "WaitAfterPolicy").status());
  }
  if (!policies.retry) return absl::OkStatus();
  GREGALE_RETURN_IF_ERROR(Seconds(task, policies.retry->count, "RetryPolicy").status());
  return Seconds(task, policies.retry->delay, "RetryPolicy").status();
}

absl::Status Stepper::WaitAfter(TaskRun& task, const expr::Tree& tree) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t delay, Seconds(task, tree, "WaitAfterPolicy"));
  if (delay == 0 || task.waited_after) return absl::OkStatus();
  task.waited_after = true;
  Wake(delay, {.kind = Timer::Kind::kComplete,
               .task_id = task.id,
               .state = task.state,
               .state_info = task.state_info});
  SetTaskState(task, State::kDelayed,
               base::Cat("Delayed by 'wait-after' policy [delay=", delay, "]"));
  return absl::OkStatus();
}

absl::Status Stepper::AfterComplete(TaskRun& task) {
  const Policies& policies = task.spec->policies;
  if (policies.wait_after) GREGALE_RETURN_IF_ERROR(WaitAfter(task, *policies.wait_after));
  if (policies.fail_on) {
    GREGALE_ASSIGN_OR_RETURN(const bool fails, Flag(task, *policies.fail_on, "FailOnPolicy"));
    if (fails && task.state == State::kSuccess) {
      SetTaskState(task, State::kError, "Failed by 'fail-on' policy");
    }
  }
  return policies.retry ? RetryAgain(task, *policies.retry) : absl::OkStatus();
}

// Whether the retry policy asks for another attempt, were there one left.
absl::StatusOr<bool> Stepper::WantsRetry(const TaskRun& task, const Retry& policy) const {
  const Json outbound = OutboundContext(task);
  const Scope scope{
      .run = task.run,
      .task = &task,
      .layers = {&outbound, &state_.environment, &task.run->context, &task.run->input}};
  bool go_on = task.state == State::kError;
  if (policy.continue_on) {
    GREGALE_ASSIGN_OR_RETURN(go_on, Holds(*policy.continue_on, scope));
  }
  bool stop = false;
  if (policy.break_on) {
    GREGALE_ASSIGN_OR_RETURN(stop, Holds(*policy.break_on, scope));
  }
  return go_on && !(stop && task.state == State::kError);
}

absl::Status Stepper::RetryAgain(TaskRun& task, const Retry& policy) {
  GREGALE_ASSIGN_OR_RETURN(const int64_t count, Seconds(task, policy.count, "RetryPolicy"));
  GREGALE_ASSIGN_OR_RETURN(const int64_t delay, Seconds(task, policy.delay, "RetryPolicy"));
  if (task.state != State::kSuccess && task.state != State::kError) return absl::OkStatus();
  if (count == 0) return absl::OkStatus();
  if (task.spec->join && task.attempts.empty()) return absl::OkStatus();  // never came together
  GREGALE_ASSIGN_OR_RETURN(const bool wanted, WantsRetry(task, policy));
  if (!wanted || task.retry_no >= count) return absl::OkStatus();
  ++task.retry_no;
  Invalidate(task);
  SetTaskState(task, State::kDelayed, base::Cat("Delayed by 'retry' policy [delay=", delay, "]"));
  Wake(delay, {.kind = Timer::Kind::kContinue, .task_id = task.id});
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
