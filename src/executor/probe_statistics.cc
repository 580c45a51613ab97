#include "executor/probe_statistics.h"

#include <algorithm>
#include <limits>

namespace gregale::executor {
namespace {

// The weights of the newest value in the averages.
constexpr int64_t kLatencyShare = 8;
constexpr float kLossShare = 1.0F / 64;

}  // namespace

size_t LatencyHistogram::BucketOf(absl::Duration latency) {
  size_t bucket = 0;
  for (absl::Duration bound = kFirstBound; bucket + 1 < kBuckets && latency >= bound; ++bucket) {
    bound *= kFactor;
  }
  return bucket;
}

void LatencyHistogram::Add(size_t bucket) {
  if (++counts_[bucket] < std::numeric_limits<uint16_t>::max()) return;
  for (uint16_t& count : counts_) count /= 2;
}

void ProbeStatistics::Sent(base::MonoTime when, ProbeTotals& totals) {
  const ShortTime now(when);
  if (last_sent_ < now) {  // not Never
    longest_gap_ = std::max(longest_gap_, now.nanoseconds() - last_sent_.nanoseconds());
  }
  last_sent_ = now;
  ++sent_;
  ++totals.sent;
}

void ProbeStatistics::Unsent(ProbeTotals& totals) {
  --sent_;
  --totals.sent;
}

void ProbeStatistics::Answered(absl::Duration latency, ProbeTotals& totals) {
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(latency);
  mean_latency_ = last_latency_ == kNone
                      ? nanoseconds
                      : mean_latency_ + (nanoseconds - mean_latency_) / kLatencyShare;
  last_latency_ = nanoseconds;
  loss_ -= loss_ * kLossShare;
  ++answered_;
  ++totals.answered;
  const size_t bucket = LatencyHistogram::BucketOf(latency);
  latencies_.Add(bucket);
  ++totals.latencies[bucket];
}

void ProbeStatistics::Failed(uint32_t probes, ProbeTotals& totals) {
  totals.failed += probes;
  for (uint32_t i = 0; i < probes; ++i) loss_ += (1 - loss_) * kLossShare;
}

absl::Duration ProbeStatistics::last_latency() const {
  return last_latency_ == kNone ? absl::InfiniteDuration() : absl::Nanoseconds(last_latency_);
}

absl::Duration ProbeStatistics::mean_latency() const {
  return last_latency_ == kNone ? absl::InfiniteDuration() : absl::Nanoseconds(mean_latency_);
}

}  // namespace gregale::executor
