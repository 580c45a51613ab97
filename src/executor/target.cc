#include "executor/target.h"

#include <algorithm>
#include <cmath>

namespace gregale::executor {
namespace {

using base::MonoTime;
using policies::MonitorParameters;

// The first probe comes at most this long after the monitoring delay.
constexpr absl::Duration kFirstProbeSpreadMax = absl::Milliseconds(250);
// After so many random gaps the phases of any number of targets are spread over the interval.
constexpr int kShuffles = 4;
// Each probe is put off by a random part of this, or of a twentieth of the interval.
constexpr absl::Duration kJitterMax = absl::Milliseconds(20);
// An open probe is judged this long after its timeout, so that an answer in the socket is read
// first. (Whether an answer counts depends on when it arrived, not on this.)
constexpr absl::Duration kReadingTime = absl::Milliseconds(5);
// A probe that we failed to send is repeated after this.
constexpr absl::Duration kUnsentRetry = absl::Milliseconds(50);
// Jitter and an early first probe can have this many more probes open than timeout / interval.
constexpr size_t kOpenProbesSpare = 3;

size_t OpenProbesMax(const policies::ProbeTiming& timing) {
  return static_cast<size_t>(
             std::ceil(absl::FDivDuration(timing.timeout + kReadingTime, timing.interval))) +
         kOpenProbesSpare;
}

}  // namespace

Target::Target(const ProbeEnvironment& environment, const IpAddress& address,
               const MonitorParameters& parameters, TargetObserver& observer)
    : environment_(environment),
      address_(address),
      parameters_(&parameters),
      observer_(observer),
      place_(environment.table, *this),
      ledger_(parameters.timing.timeout, OpenProbesMax(parameters.timing)),
      next_probe_(environment.scheduler, [this] { SendProbe(); }),
      expiry_(environment.scheduler, [this] { Expire(); }) {
  Restart();
}

void Target::Restart() {
  const policies::ProbeTiming& timing = parameters_->timing;
  ledger_.Reset(timing.timeout, OpenProbesMax(timing));
  expiry_.Cancel();
  phase_ = Phase::kWaiting;
  statistics_.longest_gap = absl::ZeroDuration();
  complaint_.clear();
  const MonoTime first = environment_.scheduler.Now() + timing.monitoring_delay +
                         UpTo(std::min(timing.interval, kFirstProbeSpreadMax));
  grid_ = first;
  shuffles_left_ = kShuffles;
  next_probe_.Set(first);
}

void Target::UseParameters(const MonitorParameters& parameters) {
  const policies::ProbeTiming before = parameters_->timing;
  const policies::ProbeTiming& timing = parameters.timing;
  parameters_ = &parameters;
  statistics_.longest_gap = absl::ZeroDuration();
  if (before.interval == timing.interval && before.timeout == timing.timeout) return;
  ledger_.Reset(timing.timeout, OpenProbesMax(timing));
  expiry_.Cancel();
  if (phase_ == Phase::kWaiting) return;
  shuffles_left_ = kShuffles;
  grid_ = std::max(environment_.scheduler.Now(), statistics_.last_sent + ShuffledInterval());
  next_probe_.Set(grid_);
}

absl::Duration Target::ShuffledInterval() {
  const absl::Duration half = parameters_->timing.interval / 2;
  return half + UpTo(half);
}

absl::Duration Target::UpTo(absl::Duration limit) {
  const auto nanoseconds =
      static_cast<uint64_t>(std::max<int64_t>(limit / absl::Nanoseconds(1), 1));
  return absl::Nanoseconds(static_cast<int64_t>(environment_.random.Below(nanoseconds) + 1));
}

void Target::SendProbe() {
  const MonoTime now = environment_.scheduler.Now();
  if (phase_ == Phase::kWaiting) {
    phase_ = Phase::kUp;
  } else if (statistics_.last_sent < now) {
    statistics_.longest_gap = std::max(statistics_.longest_gap, now - statistics_.last_sent);
  }
  statistics_.last_sent = now;
  ++statistics_.probes_sent;
  const uint32_t sequence = ledger_.Sent(now);
  environment_.prober.Probe({.id = place_.Name(sequence),
                             .address = address_,
                             .parameters = parameters_,
                             .deadline = now + parameters_->timing.timeout});
  if (!expiry_.armed()) SetExpiry();
  ScheduleNext(now);
}

void Target::ScheduleNext(MonoTime now) {
  const absl::Duration interval = parameters_->timing.interval;
  if (shuffles_left_ > 0) {
    --shuffles_left_;
    grid_ = now + ShuffledInterval();
  } else if (grid_ <= now) {  // points that passed while the loop did not run are left out
    grid_ = grid_ + interval * (std::floor(absl::FDivDuration(now - grid_, interval)) + 1);
  }
  next_probe_.Set(grid_ + UpTo(std::min(interval / 20, kJitterMax)));
}

void Target::SetExpiry() {
  const MonoTime oldest = ledger_.OldestOpen();
  if (oldest == MonoTime::Never()) {
    expiry_.Cancel();
  } else {
    expiry_.Set(oldest + parameters_->timing.timeout + kReadingTime);
  }
}

void Target::Expire() {
  environment_.prober.Poll();
  const MonoTime now = environment_.scheduler.Now();
  const int expired = ledger_.Expire(now, parameters_->timing.timeout + kReadingTime);
  SetExpiry();
  if (expired == 0) return;
  last_failure_ = now;
  statistics_.last_error = complaint_.empty() ? "timeout" : complaint_;
  complaint_.clear();
  observer_.OnProbe(*this, statistics_.last_error);
  Judge();
}

void Target::OnAnswer(uint32_t sequence, const IpAddress& from, MonoTime received) {
  if (from != address_) return;
  const auto latency = ledger_.Answered(sequence, received);
  if (!latency) return;
  ++statistics_.probes_answered;
  statistics_.last_latency = *latency;
  complaint_.clear();
  SetExpiry();
  observer_.OnProbe(*this, {});
  Judge();
}

void Target::OnProbeFailure(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Failed(sequence)) return;
  SetExpiry();
  last_failure_ = environment_.scheduler.Now();
  statistics_.last_error = reason;
  observer_.OnProbe(*this, reason);
  Judge();
}

void Target::OnComplaint(uint32_t, std::string_view reason) { complaint_ = reason; }

void Target::OnUnsent(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Forgotten(sequence)) return;
  SetExpiry();
  statistics_.last_error = reason;
  --statistics_.probes_sent;
  const MonoTime retry = environment_.scheduler.Now() + kUnsentRetry;
  if (retry < next_probe_.when()) next_probe_.Set(retry);
}

void Target::OnUnknown(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Forgotten(sequence)) return;
  SetExpiry();
  statistics_.last_error = reason;
}

void Target::OnOutput(std::string_view output) { statistics_.last_output = output; }

void Target::Judge() {
  const policies::ProbeTiming& timing = parameters_->timing;
  const auto failures = static_cast<int64_t>(ledger_.failures_in_row());
  if (phase_ == Phase::kFailed) {
    if (static_cast<int64_t>(ledger_.good_in_row()) < timing.recovery_count) return;
    phase_ = Phase::kUp;
    observer_.OnRecovered(*this);
  } else if (failures >= timing.threshold()) {
    phase_ = Phase::kFailed;
    observer_.OnFailed(*this);
  } else {
    phase_ = failures > 0 ? Phase::kSuspect : Phase::kUp;
  }
}

}  // namespace gregale::executor
