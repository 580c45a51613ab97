#include "conductor/operation_worker.h"

#include <algorithm>

#include "base/error.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/text.h"
#include "conductor/vnf_event.h"
#include "store/operation_table.h"
#include "store/vnf_table.h"

namespace gregale::conductor {
namespace {

constexpr absl::Duration kRetryDelayMin = absl::Milliseconds(200);
constexpr absl::Duration kRetryDelayMax = absl::Seconds(10);
constexpr size_t kErrorBytesMax = 1024;

// Doubles with each attempt, and varies by a quarter so that many operations do not come back
// together.
absl::Duration RetryDelay(int attempt, base::Random& random) {
  const absl::Duration delay =
      std::min(kRetryDelayMax, kRetryDelayMin * (1 << std::min(attempt, 10)));
  return delay + delay * static_cast<double>(random.Below(1000)) / 4000.0;
}

// An error as people read it: which field, if any, and what is wrong.
std::string ReasonOf(const absl::Status& error) {
  const std::string field = base::ErrorField(error);
  const std::string_view message = base::FromAbsl(error.message());
  return OneLine(field.empty() ? std::string(message) : base::Cat(field, ": ", message),
                 kErrorBytesMax);
}

void LogOperation(std::string_view message, const store::Operation& operation,
                  std::string_view why) {
  base::LogInfo(message, {{"operation", operation.id},
                          {"kind", operation.kind},
                          {"vnf", operation.vnf_id},
                          {"step", operation.step},
                          {"why", std::string(why)}});
}

}  // namespace

absl::StatusOr<absl::Duration> OperationWorker::RunOne() {
  // Looking costs less than claiming: a claim holds the right to write.
  absl::Duration idle = absl::InfiniteDuration();
  GREGALE_RETURN_IF_ERROR(env_.store.Read([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(const absl::Time next, store::NextOperationTime(txn));
    idle = next - txn.now();
    return absl::OkStatus();
  }));
  if (idle > absl::ZeroDuration() || stopping_) return std::max(idle, absl::Milliseconds(1));

  const base::MonoTime claimed_at = env_.clock.Mono();
  GREGALE_ASSIGN_OR_RETURN(std::optional<store::Operation> operation, Claim());
  // Somebody else was quicker.
  if (!operation.has_value()) return absl::Milliseconds(10);

  const auto lease = env_.leases.Hold(*operation, claimed_at);
  while (lease->Valid() && !stopping_) {
    GREGALE_ASSIGN_OR_RETURN(const Progress progress, RunStep(*operation));
    if (progress == Progress::kReleased) return absl::ZeroDuration();
  }
  // Between two steps: told to stop, or the lease is lost.
  GREGALE_RETURN_IF_ERROR(Release(*operation));
  return absl::ZeroDuration();
}

absl::StatusOr<std::optional<store::Operation>> OperationWorker::Claim() {
  std::optional<store::Operation> operation;
  GREGALE_RETURN_IF_ERROR(env_.store.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_ASSIGN_OR_RETURN(operation,
                             store::ClaimOperation(txn, env_.conductor_id, env_.leases.lease()));
    return absl::OkStatus();
  }));
  return operation;
}

absl::StatusOr<OperationWorker::Progress> OperationWorker::RunStep(store::Operation& operation) {
  const OperationKind* kind = FindOperationKind(operation.kind);
  absl::StatusOr<OperationState> state = OperationState::Parse(operation.state);
  const OperationStep* step = kind != nullptr ? FindStep(*kind, operation.step) : nullptr;
  if (!state.ok() || step == nullptr) {
    const absl::Status error =
        !state.ok() ? state.status()
                    : absl::UnimplementedError(base::Cat("this conductor knows no operation '",
                                                         operation.kind, "' with a step '",
                                                         operation.step, "'"));
    return Fail(operation, kind, OperationState(), error);
  }
  StepContext context{operation,   *state,       env_.store,   env_.vims,
                      env_.random, env_.webhook, env_.policies};
  const absl::StatusOr<StepOutcome> outcome = step->run(context);
  absl::StatusOr<Progress> progress = Progress::kReleased;
  if (outcome.ok()) {
    progress = Commit(operation, *state, *outcome);
  } else if (absl::IsCancelled(outcome.status())) {
    progress = Abandon(operation, base::FromAbsl(outcome.status().message()));
  } else if (IsPermanent(outcome.status()) ||
             operation.attempt + 1 >= base::kOperationAttemptsMax) {
    progress = Fail(operation, kind, *state, outcome.status());
  } else {
    progress = TryLater(operation, *state, outcome.status());
  }
  if (absl::IsAborted(progress.status())) {
    LogOperation("operation is left to others", operation,
                 base::FromAbsl(progress.status().message()));
    CleanUpAfterLoss(operation, *state);
    // We have surely stopped: the VNF's next operation need not wait for our lease to run out.
    GREGALE_RETURN_IF_ERROR(Release(operation));
    return Progress::kReleased;
  }
  return progress;
}

absl::StatusOr<OperationWorker::Progress> OperationWorker::Commit(store::Operation& operation,
                                                                  const OperationState& state,
                                                                  const StepOutcome& outcome) {
  store::Operation next = operation;
  next.state = state.ToText();
  next.step = outcome.step;
  next.error = "";
  next.attempt = 0;
  const absl::Status written = env_.store.Write([&](store::Txn& txn) -> absl::Status {
    // The operation's row first: whoever lost it rolls back before anything else is written.
    switch (outcome.then) {
      case StepOutcome::Then::kContinue:
        GREGALE_RETURN_IF_ERROR(store::SaveOperation(txn, next));
        break;
      case StepOutcome::Then::kWait:
        next.run_at = txn.now() + outcome.delay;
        GREGALE_RETURN_IF_ERROR(store::RequeueOperation(txn, next));
        break;
      case StepOutcome::Then::kFinish:
        next.status = "done";
        GREGALE_RETURN_IF_ERROR(store::FinishOperation(txn, next));
        break;
    }
    return outcome.writes ? outcome.writes(txn) : absl::OkStatus();
  });
  if (absl::IsCancelled(written)) return Abandon(operation, base::FromAbsl(written.message()));
  GREGALE_RETURN_IF_ERROR(written);
  operation = next;
  if (outcome.then == StepOutcome::Then::kFinish) {
    base::LogInfo(
        "operation is done",
        {{"operation", operation.id}, {"kind", operation.kind}, {"vnf", operation.vnf_id}});
  }
  return outcome.then == StepOutcome::Then::kContinue ? Progress::kContinue : Progress::kReleased;
}

absl::StatusOr<OperationWorker::Progress> OperationWorker::TryLater(store::Operation& operation,
                                                                    const OperationState& state,
                                                                    const absl::Status& error) {
  const absl::Duration delay = RetryDelay(operation.attempt, env_.random);
  store::Operation next = operation;
  next.state = state.ToText();
  ++next.attempt;
  next.error = ReasonOf(error);
  GREGALE_RETURN_IF_ERROR(env_.store.Write([&](store::Txn& txn) {
    next.run_at = txn.now() + delay;
    return store::RequeueOperation(txn, next);
  }));
  operation = next;
  LogOperation("operation's step failed and will be tried again", operation, operation.error);
  return Progress::kReleased;
}

absl::StatusOr<OperationWorker::Progress> OperationWorker::Fail(store::Operation& operation,
                                                                const OperationKind* kind,
                                                                const OperationState& state,
                                                                const absl::Status& error) {
  const std::string reason = ReasonOf(error);
  store::Operation next = operation;
  next.state = state.ToText();
  next.status = "failed";
  next.error = reason;
  const absl::Status written = env_.store.Write([&](store::Txn& txn) -> absl::Status {
    GREGALE_RETURN_IF_ERROR(store::FinishOperation(txn, next));
    return kind != nullptr ? kind->fail(txn, next, state, reason) : absl::OkStatus();
  });
  if (absl::IsCancelled(written)) return Abandon(operation, base::FromAbsl(written.message()));
  GREGALE_RETURN_IF_ERROR(written);
  operation = next;
  base::LogError("operation failed", {{"operation", operation.id},
                                      {"kind", operation.kind},
                                      {"vnf", operation.vnf_id},
                                      {"step", operation.step},
                                      {"error", reason}});
  return Progress::kReleased;
}

absl::StatusOr<OperationWorker::Progress> OperationWorker::Abandon(store::Operation& operation,
                                                                   std::string_view why) {
  operation.status = "failed";
  operation.error = std::string(why);
  GREGALE_RETURN_IF_ERROR(
      env_.store.Write([&](store::Txn& txn) { return store::FinishOperation(txn, operation); }));
  LogOperation("operation has nothing to do any more", operation, why);
  return Progress::kReleased;
}

absl::Status OperationWorker::Release(const store::Operation& operation) {
  return env_.store.Write([&](store::Txn& txn) { return store::ReleaseOperation(txn, operation); });
}

void OperationWorker::CleanUpAfterLoss(const store::Operation& operation,
                                       const OperationState& state) {
  // A delete may have looked for deployments before our call to the VIM made one: then it is ours
  // to remove, because nobody else will look again.
  const std::string instance_id = state.Text("instance_id");
  if (instance_id.empty() || operation.kind == kDeleteOperation.name) return;
  std::string vim_id;
  const absl::Status read = env_.store.Read([&](store::Txn& txn) -> absl::Status {
    const absl::StatusOr<store::Vnf> vnf = store::GetVnf(txn, operation.vnf_id);
    const bool unwanted =
        vnf.ok() ? vnf->status == store::VnfStatus::kPendingDelete : absl::IsNotFound(vnf.status());
    if (unwanted) vim_id = state.Text("vim_id");
    return absl::OkStatus();
  });
  if (!read.ok() || vim_id.empty()) return;
  const absl::StatusOr<VimAccessor::Vim> vim = env_.vims.Resolve(env_.store, vim_id);
  const absl::Status removed =
      vim.ok() ? vim->driver->Destroy(vim->access, instance_id) : vim.status();
  if (!removed.ok()) {
    base::LogError("a deployment of a deleted VNF may be left",
                   {{"vnf", operation.vnf_id},
                    {"instance", instance_id},
                    {"error", std::string(removed.message())}});
  }
}

}  // namespace gregale::conductor
