#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/mutex.h"
#include "gregale/v1/monitor.pb.h"
#include "store/guard_table.h"
#include "store/store.h"

// Asking a second executor whether it, too, sees what a monitor has reported.
namespace gregale::conductor {

// How conductors reach executors for one probe: gRPC, or a fake in tests. Thread-safe.
class WitnessLine {
 public:
  using Done = std::function<void(absl::StatusOr<v1::ProbeResponse>)>;
  virtual ~WitnessLine() = default;
  // `done` is called once, on any thread, never inside this call; not after the line is destroyed.
  virtual void Probe(const std::string& address, const v1::ProbeRequest& request,
                     absl::Duration timeout, Done done) = 0;
};

// How to probe what a policy of the VNF watches, and how long that takes at most. kNotFound: the
// VNF has no such policy, or it is none that probes.
struct WitnessQuestion {
  v1::ProbeRequest request;
  absl::Duration timeout;
};
absl::StatusOr<WitnessQuestion> MakeWitnessQuestion(const store::Vnf& vnf,
                                                    const store::IncidentKey& key);

// What store::Suspicion::verdict says.
inline constexpr std::string_view kAgrees = "agrees";
inline constexpr std::string_view kDisagrees = "disagrees";

// Asks, and writes the answers into the suspicions' rows. A question that gets no answer is found
// by its row's answer_by, also where this process is gone.
class WitnessDesk {
 public:
  // `wake`: Tick() has something to do; called on any thread. References outlive this.
  WitnessDesk(store::Store& store, WitnessLine& line, std::function<void()> wake)
      : store_(store), line_(line), wake_(std::move(wake)) {}

  // Asks the executor at `address`, as `asked` (witness_id, asked_at) was written. Thread-safe.
  void Ask(const store::Suspicion& asked, const std::string& address,
           const WitnessQuestion& question);
  // Writes what was answered. By one thread.
  absl::Status Tick();

 private:
  struct Answer {
    store::Suspicion asked;
    absl::StatusOr<v1::ProbeResponse> response;
  };
  static absl::Status Write(store::Txn& txn, const Answer& answer);

  store::Store& store_;
  WitnessLine& line_;
  const std::function<void()> wake_;
  base::Mutex mutex_;
  std::vector<Answer> answers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::conductor
