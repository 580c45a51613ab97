#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/json.h"
#include "workflow/execution_state.h"
#include "workflow/expr/host.h"

namespace gregale::workflow::engine {

// Answers Mistral's functions from the state of an execution: they see the execution with its
// sub-executions, and no other. Everything is borrowed.
class StateHost : public expr::Host {
 public:
  // `task` is what task() means; nullptr outside of tasks. `drawn` counts the random numbers.
  StateHost(const ExecutionState& state, const WorkflowRun& run, const TaskRun* task,
            absl::Time now, uint64_t& drawn)
      : state_(state), run_(run), task_(task), now_(now), drawn_(drawn) {}

  absl::StatusOr<base::Json> Task(std::optional<std::string_view> name) override;
  absl::StatusOr<base::Json> Tasks(const std::vector<base::Json>& arguments) override;
  absl::StatusOr<base::Json> Execution() override;
  absl::StatusOr<base::Json> Executions(const std::vector<base::Json>& arguments) override;
  absl::StatusOr<base::Json> Global(std::string_view name) override;
  absl::StatusOr<int64_t> NowMicros() override;
  absl::StatusOr<uint64_t> RandomBits() override;

 private:
  base::Json Describe(const TaskRun& task) const;
  base::Json Describe(const WorkflowRun& run) const;
  const std::string& root_id() const { return state_.runs.front()->id; }

  const ExecutionState& state_;
  const WorkflowRun& run_;
  const TaskRun* task_;
  absl::Time now_;
  uint64_t& drawn_;
};

// The numbers that an execution's seeds give, one after the other.
uint64_t RandomNumber(const ExecutionState& state, uint64_t index);

}  // namespace gregale::workflow::engine
