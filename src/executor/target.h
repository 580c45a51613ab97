#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "base/event_loop.h"
#include "base/random.h"
#include "executor/ip_address.h"
#include "executor/probe_ledger.h"
#include "executor/probe_table.h"
#include "executor/prober.h"
#include "policies/monitoring.h"

namespace gregale::executor {

class Target;

// Hears of its targets, on the loop. Must not destroy the target inside a call.
class TargetObserver {
 public:
  virtual ~TargetObserver() = default;
  // A probe was answered in time (`error` is empty) or has failed.
  virtual void OnProbe(Target& target, std::string_view error) = 0;
  // threshold() probes in a row have failed.
  virtual void OnFailed(Target& target) = 0;
  // A target that had failed has given recovery_count good answers in a row.
  virtual void OnRecovered(Target& target) = 0;
};

// Where probes go and time comes from; everything outlives the targets.
struct ProbeEnvironment {
  base::Scheduler& scheduler;
  base::Random& random;
  ProbeTable& table;
  Prober& prober;
};

// One address that is probed, from construction to destruction; failed or not, it is probed on. The
// first probe comes monitoring_delay after the start and at most a quarter of a second later, the
// next few after a half to a whole interval each, which spreads targets that started together; from
// then on they come on a grid of `interval`, each at most 20 ms late on purpose. So a target that
// breaks is found after at most threshold() * interval + timeout + 20 ms, and never on less than
// half the evidence.
class Target final : private ProbeOwner {
 public:
  enum class Phase { kWaiting, kUp, kSuspect, kFailed };
  struct Statistics {
    uint64_t probes_sent = 0;
    uint64_t probes_answered = 0;
    absl::Duration last_latency = absl::InfiniteDuration();  // infinite: none yet
    base::MonoTime last_sent = base::MonoTime::Never();      // Never: none yet
    absl::Duration longest_gap;
    std::string last_error;
    std::string last_output;  // of a check program
  };

  // `parameters` is read until the target is destroyed or given others.
  Target(const ProbeEnvironment& environment, const IpAddress& address,
         const policies::MonitorParameters& parameters, TargetObserver& observer);
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // From now on probed as `parameters` say. The verdict so far stays.
  void UseParameters(const policies::MonitorParameters& parameters);
  // Begins anew with the monitoring delay: what was at this address has been replaced. Statistics
  // stay.
  void Restart();

  const IpAddress& address() const { return address_; }
  Phase phase() const { return phase_; }
  const Statistics& statistics() const { return statistics_; }
  const policies::MonitorParameters& parameters() const { return *parameters_; }
  uint32_t failures_in_row() const { return ledger_.failures_in_row(); }
  // When the first of failures_in_row() was sent.
  base::MonoTime first_failure() const { return ledger_.first_failure(); }
  base::MonoTime last_failure() const { return last_failure_; }

 private:
  void OnAnswer(uint32_t sequence, const IpAddress& from, base::MonoTime received) override;
  void OnProbeFailure(uint32_t sequence, std::string_view reason) override;
  void OnComplaint(uint32_t sequence, std::string_view reason) override;
  void OnUnsent(uint32_t sequence, std::string_view reason) override;
  void OnUnknown(uint32_t sequence, std::string_view reason) override;
  void OnOutput(std::string_view output) override;

  void SendProbe();
  void ScheduleNext(base::MonoTime now);
  // A random time between a half and a whole interval.
  absl::Duration ShuffledInterval();
  void Expire();
  void SetExpiry();
  void Judge();
  absl::Duration UpTo(absl::Duration limit);  // random in (0, limit]

  ProbeEnvironment environment_;
  IpAddress address_;
  const policies::MonitorParameters* parameters_;
  TargetObserver& observer_;
  ProbeTable::Place place_;
  ProbeLedger ledger_;
  Phase phase_ = Phase::kWaiting;
  Statistics statistics_;
  std::string complaint_;        // of the network, about a probe that is still open
  base::MonoTime grid_;          // the grid's next point, which the next probe follows
  int shuffles_left_ = 0;        // probes until the grid stands still
  base::MonoTime last_failure_;  // when the last probe that failed was judged
  base::Alarm next_probe_;
  base::Alarm expiry_;
};

}  // namespace gregale::executor
