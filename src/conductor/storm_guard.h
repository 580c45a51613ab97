#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "policies/guards.h"
#include "policies/hold.h"
#include "store/guard_table.h"
#include "store/store.h"

namespace gregale::conductor {

// Tells single failures from storms, in which so many VNFs fail at once that the network or the
// executor is to blame. What is failing, and which storms go on, is in the store; only the number
// of monitored VNFs, which changes slowly, is remembered for a while. Thread-safe but for Tick().
class StormGuard {
 public:
  // `settings`: what makes a storm. References outlive this.
  StormGuard(store::Store& store, const base::Clock& clock, const policies::GuardSettings& settings)
      : store_(store), clock_(clock), settings_(settings) {}

  // Brings the number of monitored VNFs up to date, where it is old. Outside of transactions.
  absl::Status Refresh();

  // What a failure is part of.
  struct Weather {
    bool storm = false;
    bool storm_possible = false;  // enough VNFs are monitored
    int64_t failing = 0;          // in the storm
    std::string words;            // "storm: 40 of 100 VNFs on VIM ... fail"
  };
  // Looks at a failure, whose row is written, by the VNF's own settings; begins a storm, with its
  // event, where this failure makes one by the settings of all. In the transaction of the report.
  absl::StatusOr<Weather> Look(store::Txn& txn, const store::Suspicion& suspicion,
                               const policies::GuardSettings& settings);

  // Ends the storms that are over, each with an event. About once a second, by one thread.
  absl::Status Tick();

 private:
  // All monitored VNFs, those of an executor, or those on a VIM.
  struct Scope {
    enum class Kind { kAll, kExecutor, kVim };
    Kind kind = Kind::kAll;
    std::string id;  // of the executor or VIM

    static Scope FromText(std::string_view text);
    std::string ToText() const;
  };
  struct Monitored {
    base::MonoTime counted_at = base::MonoTime::Never();
    int64_t all = 0;
    std::map<std::string, int64_t> by_executor;
    std::map<std::string, int64_t> by_vim;
  };

  struct Failing {
    base::MonoTime at;
    int64_t count = 0;
  };

  absl::StatusOr<policies::Census> Count(store::Txn& txn, const Scope& scope);
  absl::Status Begin(store::Txn& txn, const Scope& scope, const policies::Census& census);
  static absl::Status AddEvent(store::Txn& txn, const Scope& scope, std::string_view state,
                               std::string_view details);
  static std::string Words(const Scope& scope, const policies::Census& census);

  store::Store& store_;
  const base::Clock& clock_;
  const policies::GuardSettings settings_;
  base::Mutex mutex_;
  Monitored monitored_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Failing> failing_ ABSL_GUARDED_BY(mutex_);  // by scope
};

}  // namespace gregale::conductor
