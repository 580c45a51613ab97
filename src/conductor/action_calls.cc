#include "conductor/action_calls.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "store/execution_run_table.h"
#include "store/placement_table.h"

namespace gregale::conductor {
namespace {

using base::Json;
using workflow::State;

// What one transaction carries, and one turn.
constexpr size_t kResultsPerTransaction = 64;
constexpr size_t kResultsPerTurn = 256;

Json ValueOf(const std::string& text) {
  auto value = base::ParseJson(text);
  return value.ok() ? *std::move(value) : Json(base::FromAbsl(value.status().message()));
}

}  // namespace

absl::Status ActionCalls::Compare(std::map<std::string, int64_t>& inventory) {
  Clear();
  std::string after;
  for (;;) {
    std::vector<store::ActionRun> page;
    GREGALE_RETURN_IF_ERROR(store_.Read([&](store::Txn& txn) -> absl::Status {
      GREGALE_ASSIGN_OR_RETURN(
          page, store::ListActionRunsOf(txn, executor_.id, after, base::kPageRowsMax));
      return absl::OkStatus();
    }));
    if (page.empty()) return absl::OkStatus();
    after = page.back().action_id;
    for (store::ActionRun& run : page) {
      // What an earlier life had is lost, and must not be begun a second time.
      if (run.incarnation != executor_.incarnation) continue;
      if (inventory.erase(run.action_id) == 0) {
        Add(std::move(run));
      } else {
        calls_[run.action_id] = {};
      }
    }
  }
}

void ActionCalls::Add(store::ActionRun run) {
  unsent_.push_back(run.action_id);
  calls_[unsent_.back()] = std::move(run);
}

void ActionCalls::Clear() {
  calls_.clear();
  unsent_.clear();
  results_.clear();
}

void ActionCalls::TakeStarts(v1::SessionCommand& frame) {
  size_t bytes = 0;
  while (!unsent_.empty() && bytes < base::kSessionFrameBytesMax &&
         frame.start_size() < static_cast<int>(base::kActionsPerFrameMax)) {
    const std::string id = std::move(unsent_.front());
    unsent_.pop_front();
    const auto call = calls_.find(id);
    if (call == calls_.end()) continue;
    store::ActionRun run = std::exchange(call->second, {});
    bytes += run.input.size();
    v1::SessionCommand::Start& start = *frame.add_start();
    start.set_action_id(id);
    start.set_version(1);
    start.mutable_spec()->set_action(std::move(run.action));
    start.mutable_call()->set_input(std::move(run.input));
    start.mutable_call()->set_task_id(std::move(run.task_id));
    start.mutable_call()->set_execution_id(std::move(run.execution_id));
    start.mutable_call()->set_workflow_name(std::move(run.workflow_name));
  }
}

void ActionCalls::Take(const Result& result) {
  if (result.outcome() != Result::OUTCOME_RUNNING) results_.push_back(result);
}

absl::Status ActionCalls::End(store::Txn& txn, const Result& result) {
  const std::string& id = result.action_id();
  GREGALE_ASSIGN_OR_RETURN(const auto run, store::GetActionRun(txn, id));
  switch (result.outcome()) {
    case Result::OUTCOME_SUCCEEDED:
      GREGALE_RETURN_IF_ERROR(
          executions_.EndAction(txn, id, State::kSuccess, ValueOf(result.value())));
      break;
    case Result::OUTCOME_FAILED:
      GREGALE_RETURN_IF_ERROR(
          executions_.EndAction(txn, id, State::kError, ValueOf(result.value())));
      break;
    case Result::OUTCOME_HANDED_OVER:
      GREGALE_RETURN_IF_ERROR(store::DeleteActionRun(txn, id).status());
      break;
    case Result::OUTCOME_REFUSED:
      // It did not begin: another executor may have room.
      return run ? store::GiveActionRun(txn, *run, {}) : absl::OkStatus();
    default:
      GREGALE_RETURN_IF_ERROR(executions_.EndAction(txn, id, State::kError, result.error()));
  }
  // This session tells the executor to forget it; the next one would, too.
  const bool ours = run && run->executor_id == executor_.id;
  return ours ? store::DeletePendingCancel(txn, id) : absl::OkStatus();
}

absl::Status ActionCalls::EndFirst(size_t count) {
  return store_.Write([&](store::Txn& txn) -> absl::Status {
    for (size_t i = 0; i < count; ++i) GREGALE_RETURN_IF_ERROR(End(txn, results_[i]));
    return absl::OkStatus();
  });
}

absl::Status ActionCalls::Work(std::vector<std::string>& forgotten) {
  size_t count = kResultsPerTransaction;
  for (size_t done = 0; done < kResultsPerTurn && !results_.empty(); done += count) {
    count = std::min(count, results_.size());
    const absl::Status status = EndFirst(count);
    if (!status.ok() && !executions::IsOfExecution(status)) return status;
    if (!status.ok() && count > 1) {
      count = 1;  // one of them is not wanted any more: the others go one by one
      continue;
    }
    if (!status.ok()) {
      base::LogDebug("the end of an action is not wanted",
                     {{"action", results_[0].action_id()}, {"error", status.ToString()}});
      GREGALE_RETURN_IF_ERROR(store_.Write([&](store::Txn& txn) {
        return store::DeleteActionRun(txn, results_[0].action_id()).status();
      }));
    }
    for (size_t i = 0; i < count; ++i) {
      calls_.erase(results_.front().action_id());
      forgotten.push_back(results_.front().action_id());
      results_.pop_front();
    }
  }
  return absl::OkStatus();
}

}  // namespace gregale::conductor
