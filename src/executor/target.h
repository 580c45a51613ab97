#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "executor/ip_address.h"
#include "executor/probe_ledger.h"
#include "executor/probe_statistics.h"
#include "executor/probe_table.h"
#include "executor/prober.h"
#include "executor/reason_book.h"
#include "executor/short_time.h"
#include "policies/monitoring.h"

namespace gregale::executor {

class Target;

// Hears of its targets, on the loop. Must not destroy the target inside a call.
class TargetObserver {
 public:
  virtual ~TargetObserver() = default;
  // A probe was answered in time (`error` is empty) or has failed. Only called while the table is
  // watched.
  virtual void OnProbe(Target& target, std::string_view error) = 0;
  // threshold() probes in a row have failed.
  virtual void OnFailed(Target& target) = 0;
  // A target that had failed has given recovery_count good answers in a row.
  virtual void OnRecovered(Target& target) = 0;
};

// One address that is probed, from construction to destruction; failed or not, it is probed on. The
// first probe comes monitoring_delay after the start and at most a quarter of a second later, the
// next few after a half to a whole interval each, which spreads targets that started together; from
// then on they come on a grid of `interval`, each at most 0.1 % of it late on purpose. So a
// target that breaks is found after at most threshold() * interval + timeout + 20 ms, and never on
// less than half the evidence.
//
// There may be a million of them: it is small, and one time is set for it at once (for the next
// probe, or for the verdict on the oldest open one, whichever comes first).
class Target : private ProbeOwner {
 public:
  enum class Phase : uint8_t { kWaiting, kUp, kSuspect, kFailed };
  // `parameters` is read until the target is destroyed or given others.
  // The table and the prober outlive the target.
  Target(ProbeTable& table, Prober& prober, const IpAddress& address,
         const policies::MonitorParameters& parameters, TargetObserver& observer);
  ~Target() override;
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  // From now on probed as `parameters` say. The verdict so far stays.
  void UseParameters(const policies::MonitorParameters& parameters);
  // Begins anew with the monitoring delay: what was at this address has been replaced. Statistics
  // stay.
  void Restart();
  // Begins anew, as if it had begun so long ago.
  void ShortenDelay(absl::Duration age);

  const IpAddress& address() const { return address_; }
  Phase phase() const { return phase_; }
  const ProbeStatistics& statistics() const { return statistics_; }
  // Why the newest of the probes that failed did.
  std::string_view last_error() const;
  // Of a check program.
  std::string_view last_output() const;
  const policies::MonitorParameters& parameters() const { return *parameters_; }
  uint32_t failures_in_row() const { return ledger_.failures_in_row(); }
  // When the first of failures_in_row() was sent.
  base::MonoTime first_failure() const { return ledger_.first_failure(); }
  base::MonoTime last_failure() const { return last_failure_.get(); }

 private:
  // What most targets never have.
  struct Texts {
    std::string error;  // that the book does not take
    std::string output;
    std::string complaint;  // of the network, about a probe that is still open
  };

  void OnTime() override;
  void OnSent(uint32_t sequence, base::MonoTime when) override;
  void OnAnswer(uint32_t sequence, const IpAddress& from, base::MonoTime received) override;
  void OnProbeFailure(uint32_t sequence, std::string_view reason) override;
  void OnComplaint(uint32_t sequence, std::string_view reason) override;
  void OnUnsent(uint32_t sequence, std::string_view reason) override;
  void OnUnknown(uint32_t sequence, std::string_view reason) override;
  void OnOutput(std::string_view output) override;

  void BeginAfter(absl::Duration delay);
  void SendProbe(base::MonoTime now);
  void ScheduleNext(base::MonoTime now);
  void SetNext(ShortTime when);
  // A random time between a half and a whole interval, in nanoseconds.
  int64_t ShuffledInterval();
  // Never where no probe is open.
  base::MonoTime Expiry() const;
  void Expire(base::MonoTime now);
  void SetTime();
  void Failed(uint32_t probes);
  void SetError(std::string_view reason);
  void Tell(std::string_view error);
  void Judge();
  int64_t UpTo(int64_t nanoseconds);  // random in (0, nanoseconds]
  Texts& texts();
  ProbeTotals& totals() { return place_.table().totals(); }

  // In the order in which a probe needs them.
  ProbeTable::Place place_;
  Prober& prober_;
  const policies::MonitorParameters* parameters_;
  ShortTime next_probe_;
  ShortTime grid_;  // the grid's next point, which the next probe follows
  IpAddress address_;
  uint8_t shuffles_left_ = 0;  // probes until the grid stands still
  Phase phase_ = Phase::kWaiting;
  ReasonBook::Number error_ = ReasonBook::kNone;
  ProbeLedger ledger_;
  ProbeStatistics statistics_;
  std::unique_ptr<Texts> texts_;
  TargetObserver& observer_;
  ShortTime last_failure_;  // when the last probe that failed was judged
};

}  // namespace gregale::executor
