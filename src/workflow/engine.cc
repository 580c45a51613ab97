#include "workflow/engine.h"

#include <type_traits>
#include <utility>

#include "base/error.h"
#include "workflow/engine/stepper.h"
#include "workflow/execution_state.h"
#include "workflow/saved_state.h"

namespace gregale::workflow {

std::shared_ptr<const Workflow> Library::FindWorkflow(const std::string&) const { return nullptr; }

std::shared_ptr<const AdHocAction> Library::FindAdHocAction(const std::string&) const {
  return nullptr;
}

std::optional<base::Json> Library::FindEnvironment(const std::string&) const {
  return std::nullopt;
}

Execution::Execution(std::shared_ptr<const Workflow> workflow, const Library& library)
    : workflow_(std::move(workflow)),
      library_(&library),
      state_(std::make_unique<ExecutionState>()) {}

Execution::~Execution() = default;
Execution::Execution(Execution&&) noexcept = default;
Execution& Execution::operator=(Execution&&) noexcept = default;

absl::Status Execution::Load(const base::Json& saved) {
  GREGALE_ASSIGN_OR_RETURN(*state_, LoadState(saved, workflow_, *library_));
  return absl::OkStatus();
}

base::Json Execution::Save() const { return SaveState(*state_); }

absl::StatusOr<std::vector<Command>> Execution::Step(const Event& event) {
  engine::Stepper stepper(*state_, *library_, event.now);
  const auto carry_out = [&](const auto& what) {
    if constexpr (std::is_same_v<std::decay_t<decltype(what)>, Start>) {
      const bool first = state_->runs.empty();
      const absl::Status status = stepper.On(what, workflow_);
      if (!status.ok() && first) *state_ = ExecutionState();
      return status;
    } else {
      return stepper.On(what);
    }
  };
  GREGALE_RETURN_IF_ERROR(std::visit(carry_out, event.what));
  stepper.Settle();
  return stepper.TakeCommands();
}

}  // namespace gregale::workflow
