#include "base/limits.h"
#include "workflow/engine/stepper.h"

namespace gregale::workflow::engine {

void Stepper::Settle() {
  for (int round = 0; round < base::kEngineRoundsMax; ++round) {
    if (!changed_.empty()) {
      const std::vector<WorkflowRun*> changed = std::move(changed_);
      changed_.clear();
      for (const WorkflowRun* run : changed) OnChildChanged(*run);
    } else if (!ended_.empty()) {
      const std::vector<WorkflowRun*> ended = std::move(ended_);
      ended_.clear();
      for (const WorkflowRun* run : ended) {
        if (run == state_.root()) {
          commands_.push_back(Finish{run->state, run->output});
        } else {
          TellParent(*run);
        }
      }
    } else if (!touched_.empty()) {
      const std::vector<WorkflowRun*> touched = std::move(touched_);
      touched_.clear();
      for (WorkflowRun* run : touched) CheckCompletion(*run);
    } else {
      return;
    }
  }
}

}  // namespace gregale::workflow::engine
