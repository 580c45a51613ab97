#include "conductor/witness_choice.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "store/member_table.h"

namespace gregale::conductor {
namespace {

using policies::Witness;

// After the time of a probe, for the answer to be written.
constexpr absl::Duration kAnswerTime = absl::Seconds(1);
// What a witness has said is not believed for longer than that.
constexpr absl::Duration kVerdictLife = absl::Seconds(4);
constexpr int kSilentMax = 2;

// Everybody who is alive and neither sees the failure nor is in a storm itself.
absl::StatusOr<std::vector<store::Executor>> Candidates(store::Txn& txn,
                                                        const store::Suspicion& suspicion) {
  GREGALE_ASSIGN_OR_RETURN(std::vector<store::Executor> executors, store::ListExecutors(txn));
  GREGALE_ASSIGN_OR_RETURN(const std::vector<store::Storm> storms, store::ListStorms(txn));
  std::erase_if(executors, [&](const store::Executor& executor) {
    return executor.id == suspicion.executor_id || executor.draining ||
           executor.lease_until <= txn.now() ||
           std::ranges::find(storms, base::Cat("executor ", executor.id), &store::Storm::scope) !=
               storms.end();
  });
  return executors;
}

}  // namespace

absl::StatusOr<WitnessState> LookForWitness(store::Txn& txn, const store::Vnf& vnf,
                                            store::Suspicion& suspicion) {
  WitnessState state;
  if (!suspicion.verdict.empty() && txn.now() < suspicion.answer_by + kVerdictLife) {
    state.witness = suspicion.verdict == kAgrees ? Witness::kAgrees : Witness::kDisagrees;
    return state;
  }
  if (!suspicion.witness_id.empty() && suspicion.verdict.empty()) {
    if (txn.now() < suspicion.answer_by) {
      state.witness = Witness::kAsked;
      return state;
    }
    ++suspicion.silent_witnesses;
    suspicion.witness_id.clear();
  }
  if (suspicion.silent_witnesses >= kSilentMax) return state;
  GREGALE_ASSIGN_OR_RETURN(const auto candidates, Candidates(txn, suspicion));
  const absl::StatusOr<WitnessQuestion> question = MakeWitnessQuestion(vnf, suspicion.key);
  if (candidates.empty() || !question.ok()) return state;
  // Different VNFs ask different executors, and who was silent is not asked again.
  const size_t choice =
      std::hash<std::string>()(vnf.id) + static_cast<size_t>(suspicion.silent_witnesses);
  const store::Executor& chosen = candidates[choice % candidates.size()];
  state.witness = Witness::kUnasked;
  state.executor_id = chosen.id;
  state.address = chosen.address;
  state.question = *question;
  return state;
}

void NoteAsked(const WitnessState& state, absl::Time now, store::Suspicion& suspicion) {
  suspicion.witness_id = state.executor_id;
  suspicion.asked_at = now;
  suspicion.answer_by = now + state.question.timeout + kAnswerTime;
  suspicion.verdict.clear();
  suspicion.verdict_reason.clear();
}

}  // namespace gregale::conductor
