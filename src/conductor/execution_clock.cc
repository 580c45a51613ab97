#include "conductor/execution_clock.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "executions/cron_pattern.h"
#include "store/cron_trigger_table.h"
#include "store/execution_run_table.h"

namespace gregale::conductor {
namespace {

using base::Json;

// What one transaction carries.
constexpr int kTimersMax = 64;
constexpr int kLostMax = 64;
constexpr int kTriggersMax = 100;
constexpr absl::Duration kLookPause = absl::Seconds(1);
// Mistral's words, for what its heartbeat checker finds.
constexpr char kLost[] = "Heartbeat wasn't received.";

// The trigger as it is after it has fired at `now`. However often it was missed, it has fired once,
// and goes on from now. Its next time is InfiniteFuture where it is over.
store::CronTrigger Advanced(store::CronTrigger trigger, absl::Time now) {
  if (trigger.remaining_executions > 0) --trigger.remaining_executions;
  const auto pattern = executions::CronPattern::Parse(trigger.pattern);
  const auto next = pattern.ok() ? pattern->Next(now) : std::nullopt;
  const bool over = trigger.remaining_executions == 0 || !next.has_value();
  trigger.next_execution_time = over ? absl::InfiniteFuture() : *next;
  return trigger;
}

Json ObjectOf(const std::string& text) {
  Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return value.is_object() ? value : Json::object();
}

executions::NewExecution ExecutionOf(const store::CronTrigger& trigger) {
  executions::NewExecution execution{.tenant_id = trigger.tenant_id,
                                     .workflow = trigger.workflow_id,
                                     .input = ObjectOf(trigger.workflow_input),
                                     .params = ObjectOf(trigger.workflow_params)};
  if (execution.workflow.empty()) execution.workflow = trigger.workflow_name;
  const Json description = {
      {"description",
       base::Cat("Workflow execution created by cron trigger '(", trigger.id, ")'.")},
      {"triggered_by", {{"type", "cron_trigger"}, {"id", trigger.id}, {"name", trigger.name}}}};
  execution.description = base::DumpJson(description);
  return execution;
}

}  // namespace

ExecutionClock::ExecutionClock(store::Store& store, executions::Executions& executions,
                               const base::Clock& clock, absl::Duration lease)
    : store_(store),
      executions_(executions),
      clock_(clock),
      lease_(lease),
      next_look_(clock.Mono() + 2 * lease) {}

absl::StatusOr<absl::Duration> ExecutionClock::Tick() {
  absl::Duration idle = absl::ZeroDuration();
  absl::Status status = FireTimers();
  if (status.ok()) status = FireTriggers();
  if (status.ok()) status = EndLost();
  if (status.ok()) {
    status = store_.Read([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(const absl::Time timer, store::NextExecutionTime(txn));
      GREGALE_ASSIGN_OR_RETURN(const absl::Time trigger, store::NextCronTriggerTime(txn));
      idle = std::max(std::min(timer, trigger) - txn.now(), absl::ZeroDuration());
      return absl::OkStatus();
    });
  }
  if (status.ok()) return std::min(idle, std::max(next_look_ - clock_.Mono(), absl::Seconds(0)));
  // Executors could not say that they live either: they get their time again.
  next_look_ = clock_.Mono() + 2 * lease_;
  return status;
}

absl::Status ExecutionClock::FireTimers() {
  std::vector<store::ExecutionTimer> due;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(due, store::ListDueTimers(txn, kTimersMax));
    return absl::OkStatus();
  }));
  const auto fire = [&](size_t begin, size_t end) {
    return store_.Write([&](store::Txn& txn) -> absl::Status {
      for (size_t i = begin; i < end; ++i) {
        GREGALE_RETURN_IF_ERROR(executions_.FireTimer(txn, due[i]));
      }
      return absl::OkStatus();
    });
  };
  const absl::Status all = due.empty() ? absl::OkStatus() : fire(0, due.size());
  if (!executions::IsOfExecution(all)) return all;
  // One execution that cannot go on keeps no other one.
  for (size_t i = 0; i < due.size(); ++i) {
    const absl::Status status = fire(i, i + 1);
    if (status.ok()) continue;
    if (!executions::IsOfExecution(status)) return status;
    base::LogWarning("a timer of an execution cannot fire",
                     {{"execution", due[i].root_id}, {"error", status.ToString()}});
    GREGALE_RETURN_IF_ERROR(
        store_.Write([&](store::Txn& txn) { return store::TakeTimer(txn, due[i]).status(); }));
  }
  return absl::OkStatus();
}

absl::Status ExecutionClock::FireTriggers() {
  std::vector<store::CronTrigger> due;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(due, store::ListDueCronTriggers(txn, kTriggersMax));
    return absl::OkStatus();
  }));
  for (const store::CronTrigger& trigger : due) GREGALE_RETURN_IF_ERROR(FireTrigger(trigger));
  return absl::OkStatus();
}

absl::Status ExecutionClock::FireTrigger(const store::CronTrigger& trigger) {
  enum class Start { kYes, kNo };
  const auto fire = [&](Start start) {
    return store_.Write([&](store::Txn& txn) -> absl::Status {
      const store::CronTrigger next = Advanced(trigger, txn.now());
      GREGALE_ASSIGN_OR_RETURN(const bool ours,
                               store::AdvanceCronTrigger(txn, next, trigger.next_execution_time));
      if (!ours) return absl::OkStatus();
      if (next.next_execution_time == absl::InfiniteFuture()) {
        GREGALE_RETURN_IF_ERROR(store::DeleteCronTrigger(txn, trigger.id));
      }
      if (start == Start::kNo) return absl::OkStatus();
      return executions_.Start(txn, ExecutionOf(trigger)).status();
    });
  };
  const absl::Status status = fire(Start::kYes);
  if (!executions::IsOfExecution(status)) return status;
  base::LogWarning("a cron trigger cannot start its workflow",
                   {{"trigger", trigger.id}, {"error", status.ToString()}});
  return fire(Start::kNo);
}

absl::StatusOr<int> ExecutionClock::EndSomeLost(int limit) {
  int ended = 0;
  const absl::Status written = store_.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto lost, store::ListLostActionRuns(txn, limit));
    ended = static_cast<int>(lost.size());
    for (const store::ActionRun& run : lost) {
      const absl::Status status =
          run.safe_rerun
              ? store::GiveActionRun(txn, run, {})
              : executions_.EndAction(txn, run.action_id, workflow::State::kError, kLost);
      GREGALE_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  });
  if (written.ok()) return ended;
  if (!executions::IsOfExecution(written)) return written;
  // One execution that cannot go on keeps no other one.
  if (limit > 1) return EndSomeLost(1);
  base::LogWarning("the loss of an action cannot be told", {{"error", written.ToString()}});
  GREGALE_RETURN_IF_ERROR(store_.Write([](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto lost, store::ListLostActionRuns(txn, 1));
    return lost.empty() ? absl::OkStatus()
                        : store::DeleteActionRun(txn, lost.front().action_id).status();
  }));
  return 1;
}

absl::Status ExecutionClock::EndLost() {
  if (clock_.Mono() < next_look_) return absl::OkStatus();
  bool needed = false;
  GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const auto lost, store::ListLostActionRuns(txn, 1));
    needed = !lost.empty();
    return absl::OkStatus();
  }));
  int count = 0;
  while (needed) {
    GREGALE_ASSIGN_OR_RETURN(const int ended, EndSomeLost(kLostMax));
    count += ended;
    needed = ended > 0;
  }
  if (count > 0)
    base::LogWarning("actions lost with their executor", {{"count", base::Cat(count)}});
  next_look_ = clock_.Mono() + kLookPause;
  return absl::OkStatus();
}

}  // namespace gregale::conductor
