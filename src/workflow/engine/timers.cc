#include "base/text.h"
#include "workflow/engine/stepper.h"

// What happens when the time has come.
namespace gregale::workflow::engine {

void Stepper::Wake(int64_t seconds, Timer timer) {
  const uint64_t id = state_.next_timer++;
  state_.timers.emplace(id, std::move(timer));
  commands_.push_back(SetTimer{id, absl::Seconds(seconds)});
}

absl::Status Stepper::On(const TimerFired& event) {
  const auto found = state_.timers.extract(event.timer);
  if (found.empty()) return absl::OkStatus();
  const Timer& timer = found.mapped();
  TaskRun* task = state_.FindTask(timer.task_id);
  if (task == nullptr) return absl::OkStatus();
  switch (timer.kind) {
    case Timer::Kind::kRefresh:
      Refresh(*task);
      break;
    case Timer::Kind::kContinue:
      if (task->state == State::kDelayed && !IsCompleted(task->run->state)) Continue(*task);
      break;
    case Timer::Kind::kComplete:
      CompleteOrFail(*task, timer.state, timer.state_info);
      break;
    case Timer::Kind::kTimeout:
      if (IsCompleted(task->state) || timer.retry_no != task->retry_no) break;
      CancelAttempts(*task);
      CompleteOrFail(*task, State::kError,
                     base::Cat("Task timed out [timeout(s)=", timer.seconds, "]."));
      break;
  }
  return absl::OkStatus();
}

}  // namespace gregale::workflow::engine
