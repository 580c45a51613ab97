#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/random.h"
#include "conductor/vim_access.h"
#include "conductor/webhook.h"
#include "lifecycle/operation_state.h"
#include "store/records.h"
#include "store/store.h"

// Durable operations: a kind is a table of steps. A step looks at the store, talks to the VIM, and
// says what to write and how to go on; the worker commits that in one transaction which only the
// newest claim of the operation can make. A step that is cut off anywhere is run again, by whoever
// claims the operation next: so an id is saved by an earlier step than the one that uses it, and
// what a step does to the VIM may be done twice.
namespace gregale::conductor {

using lifecycle::OperationState;
struct PolicyActionEnvironment;

// What a step may use. Lives for one run of the step.
struct StepContext {
  const store::Operation& operation;
  OperationState& state;  // committed with the outcome
  store::Store& store;
  const VimAccessor& vims;
  base::Random& random;
  Webhook* webhook = nullptr;                         // nullptr: there is none
  const PolicyActionEnvironment* policies = nullptr;  // nullptr: alarms are not answered
};

// How an operation goes on after a step.
struct StepOutcome {
  enum class Then {
    kContinue,  // with `step`, at once
    kWait,      // with `step`, after `delay`, by anybody
    kFinish,    // done
  };
  Then then = Then::kFinish;
  std::string step;
  absl::Duration delay;
  // Committed together with the operation's row; may be empty. May run more than once, so it has no
  // effect but on the transaction. kCancelled: the VNF is no longer in the state that the operation
  // works on; it ends, as failed.
  std::function<absl::Status(store::Txn&)> writes;

  static StepOutcome Continue(std::string_view step,
                              std::function<absl::Status(store::Txn&)> writes = {}) {
    return {Then::kContinue, std::string(step), absl::ZeroDuration(), std::move(writes)};
  }
  static StepOutcome Wait(std::string_view step, absl::Duration delay) {
    return {Then::kWait, std::string(step), delay, {}};
  }
  static StepOutcome Finish(std::function<absl::Status(store::Txn&)> writes) {
    return {Then::kFinish, "", absl::ZeroDuration(), std::move(writes)};
  }
};

// A step. Errors: kCancelled as above; IsPermanent(): the operation has failed; others: the step is
// tried again later, up to kOperationAttemptsMax times.
struct OperationStep {
  std::string_view name;  // the first is ""
  absl::StatusOr<StepOutcome> (*run)(StepContext& context);
};

struct OperationKind {
  std::string_view name;
  std::span<const OperationStep> steps;
  // What is written when the operation has failed for good, together with the operation's row.
  absl::Status (*fail)(store::Txn& txn, const store::Operation& operation,
                       const OperationState& state, std::string_view reason);
};

// Trying again cannot help.
bool IsPermanent(const absl::Status& status);

// One per file <kind>_operation.cc.
extern const OperationKind kCreateOperation;
extern const OperationKind kRespawnOperation;
extern const OperationKind kScaleOperation;
extern const OperationKind kHealOperation;
extern const OperationKind kUpdateOperation;
extern const OperationKind kDeleteOperation;
extern const OperationKind kNotifyOperation;
extern const OperationKind kAlarmOperation;

// The table; nullptr for an unknown kind.
const OperationKind* FindOperationKind(std::string_view name);
// nullptr for an unknown step.
const OperationStep* FindStep(const OperationKind& kind, std::string_view name);

}  // namespace gregale::conductor
