#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/time/time.h"
#include "base/clock.h"
#include "executor/short_time.h"

namespace gregale::executor {

// How many answers took how long: below 0.25 ms, 1 ms, 4 ms, ..., and at least 1,024 ms. When a
// count is full, all are halved: the shape stays, old answers weigh less.
class LatencyHistogram {
 public:
  static constexpr size_t kBuckets = 8;
  static constexpr absl::Duration kFirstBound = absl::Microseconds(250);
  static constexpr int kFactor = 4;

  static size_t BucketOf(absl::Duration latency);
  void Add(size_t bucket);
  uint32_t count(size_t bucket) const { return counts_[bucket]; }

 private:
  std::array<uint16_t, kBuckets> counts_{};
};

// What has become of the probes of all targets.
struct ProbeTotals {
  uint64_t sent = 0;
  uint64_t answered = 0;
  uint64_t failed = 0;
  std::array<uint64_t, LatencyHistogram::kBuckets> latencies{};  // never halved
};

// What has become of one target's probes. All that is counted here is counted in `totals`, too.
class ProbeStatistics {
 public:
  void Sent(base::MonoTime when, ProbeTotals& totals);
  // The probe that was counted last was not sent after all.
  void Unsent(ProbeTotals& totals);
  void Answered(absl::Duration latency, ProbeTotals& totals);
  void Failed(uint32_t probes, ProbeTotals& totals);
  void ForgetGap() { longest_gap_ = 0; }

  uint64_t sent() const { return sent_; }
  uint64_t answered() const { return answered_; }
  // Infinite where there was no answer yet.
  absl::Duration last_latency() const;
  // The newest answers count most (an exponential average over about eight).
  absl::Duration mean_latency() const;
  // The share of probes that were lost, 0 to 1, likewise over about sixty-four.
  double loss() const { return static_cast<double>(loss_); }
  const LatencyHistogram& latencies() const { return latencies_; }
  // Never where none was sent yet.
  base::MonoTime last_sent() const { return last_sent_.get(); }
  // The longest time between two probes since ForgetGap.
  absl::Duration longest_gap() const { return absl::Nanoseconds(longest_gap_); }

 private:
  static constexpr int64_t kNone = -1;

  uint64_t sent_ = 0;
  uint64_t answered_ = 0;
  int64_t last_latency_ = kNone;  // nanoseconds, as the others
  int64_t mean_latency_ = 0;
  int64_t longest_gap_ = 0;
  ShortTime last_sent_ = ShortTime::Never();
  LatencyHistogram latencies_;
  float loss_ = 0;
};

}  // namespace gregale::executor
