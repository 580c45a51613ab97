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
constexpr uint8_t kShuffles = 4;
// Each probe is put off by a random part of this, or of this share of the interval: enough not to
// stay in step with something else that is periodic.
constexpr int64_t kJitterNanosecondsMax = 20'000'000;
constexpr int64_t kJitterShare = 1000;
// An open probe is judged this long after its timeout, so that an answer in the socket is read
// first. (Whether an answer counts depends on when it arrived, not on this.)
constexpr absl::Duration kReadingTime = absl::Milliseconds(5);
// A probe that we failed to send is repeated after half an interval, within these bounds: soon, but
// not so that very many of them make the want worse.
constexpr absl::Duration kUnsentRetryMin = absl::Milliseconds(50);
constexpr absl::Duration kUnsentRetryMax = absl::Seconds(30);
// Jitter and an early first probe can have this many more probes open than timeout / interval.
constexpr size_t kOpenProbesSpare = 3;

size_t OpenProbesMax(const policies::ProbeTiming& timing) {
  return static_cast<size_t>(
             std::ceil(absl::FDivDuration(timing.timeout + kReadingTime, timing.interval))) +
         kOpenProbesSpare;
}

ShortTime Later(ShortTime time, int64_t nanoseconds) {
  return ShortTime::FromNanoseconds(time.nanoseconds() + nanoseconds);
}

}  // namespace

Target::Target(ProbeTable& table, Prober& prober, const IpAddress& address,
               const MonitorParameters& parameters, TargetObserver& observer)
    : place_(table, *this),
      prober_(prober),
      parameters_(&parameters),
      address_(address),
      ledger_(OpenProbesMax(parameters.timing)),
      observer_(observer) {
  Restart();
}

Target::~Target() = default;

void Target::Restart() { BeginAfter(parameters_->timing.monitoring_delay); }

void Target::ShortenDelay(absl::Duration age) {
  BeginAfter(std::max(parameters_->timing.monitoring_delay - age, absl::ZeroDuration()));
}

void Target::BeginAfter(absl::Duration delay) {
  const policies::ProbeTiming& timing = parameters_->timing;
  ledger_.Reset(OpenProbesMax(timing));
  phase_ = Phase::kWaiting;
  statistics_.ForgetGap();
  if (texts_ != nullptr) texts_->complaint.clear();
  const absl::Duration spread = std::min(timing.interval, kFirstProbeSpreadMax);
  const MonoTime begin = place_.table().scheduler().Now() + delay;
  grid_ = Later(ShortTime(begin), UpTo(absl::ToInt64Nanoseconds(spread)));
  shuffles_left_ = kShuffles;
  SetNext(grid_);
}

void Target::UseParameters(const MonitorParameters& parameters) {
  const policies::ProbeTiming before = parameters_->timing;
  const policies::ProbeTiming& timing = parameters.timing;
  parameters_ = &parameters;
  statistics_.ForgetGap();
  if (before.interval == timing.interval && before.timeout == timing.timeout) return;
  ledger_.Reset(OpenProbesMax(timing));
  if (phase_ == Phase::kWaiting) return;
  shuffles_left_ = kShuffles;
  const ShortTime now(place_.table().scheduler().Now());
  grid_ = std::max(now, Later(ShortTime(statistics_.last_sent()), ShuffledInterval()));
  SetNext(grid_);
}

std::string_view Target::last_error() const {
  if (error_ == ReasonBook::kUnlisted) return texts_->error;
  return place_.table().reasons().TextOf(error_);
}

void Target::SetError(std::string_view reason) {
  error_ = place_.table().reasons().NumberOf(reason);
  if (error_ == ReasonBook::kUnlisted) texts().error = reason;
}

std::string_view Target::last_output() const {
  return texts_ == nullptr ? std::string_view() : texts_->output;
}

Target::Texts& Target::texts() {
  if (texts_ == nullptr) texts_ = std::make_unique<Texts>();
  return *texts_;
}

int64_t Target::ShuffledInterval() {
  const int64_t half = absl::ToInt64Nanoseconds(parameters_->timing.interval / 2);
  return half + UpTo(half);
}

int64_t Target::UpTo(int64_t nanoseconds) {
  const auto bound = static_cast<uint64_t>(std::max<int64_t>(nanoseconds, 1));
  return static_cast<int64_t>(place_.table().random().Below(bound) + 1);
}

void Target::OnTime() {
  const MonoTime now = place_.table().scheduler().Now();
  if (Expiry() <= now) Expire(now);
  if (next_probe_ <= ShortTime(now)) {
    SendProbe(now);
    ScheduleNext(now);
  }
  SetTime();
}

MonoTime Target::Expiry() const {
  return ledger_.OldestOpen() + parameters_->timing.timeout + kReadingTime;
}

void Target::SetTime() { place_.WakeAt(std::min(next_probe_.get(), Expiry())); }

void Target::SetNext(ShortTime when) {
  next_probe_ = when;
  SetTime();
}

void Target::SendProbe(MonoTime now) {
  if (phase_ == Phase::kWaiting) phase_ = Phase::kUp;
  statistics_.Sent(now, totals());
  prober_.Probe({.id = place_.Name(ledger_.Sent(now)),
                 .address = address_,
                 .parameters = parameters_,
                 .deadline = now + parameters_->timing.timeout});
}

void Target::ScheduleNext(MonoTime now) {
  const ShortTime sent(now);
  const int64_t interval = absl::ToInt64Nanoseconds(parameters_->timing.interval);
  if (shuffles_left_ > 0) {
    --shuffles_left_;
    grid_ = Later(sent, ShuffledInterval());
  } else if (grid_ <= sent) {  // points that passed while the loop did not run are left out
    const int64_t late = sent.nanoseconds() - grid_.nanoseconds();
    grid_ = Later(grid_, interval * (late / interval + 1));
  }
  next_probe_ = Later(grid_, UpTo(std::min(interval / kJitterShare, kJitterNanosecondsMax)));
}

void Target::Expire(MonoTime now) {
  prober_.Poll();
  const int expired = ledger_.Expire(now, parameters_->timing.timeout + kReadingTime);
  if (expired == 0) return;
  const bool complained = texts_ != nullptr && !texts_->complaint.empty();
  SetError(complained ? texts_->complaint : "timeout");
  if (complained) texts_->complaint.clear();
  Failed(static_cast<uint32_t>(expired));
}

void Target::Failed(uint32_t probes) {
  last_failure_ = ShortTime(place_.table().scheduler().Now());
  statistics_.Failed(probes, totals());
  Tell(last_error());
  Judge();
}

void Target::Tell(std::string_view error) {
  if (place_.table().watched()) observer_.OnProbe(*this, error);
}

void Target::OnSent(uint32_t sequence, MonoTime when) { ledger_.Left(sequence, when); }

void Target::OnAnswer(uint32_t sequence, const IpAddress& from, MonoTime received) {
  if (from != address_) return;
  const auto latency = ledger_.Answered(sequence, received, parameters_->timing.timeout);
  if (!latency) return;
  statistics_.Answered(*latency, totals());
  if (texts_ != nullptr) texts_->complaint.clear();
  Tell({});
  Judge();
}

void Target::OnProbeFailure(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Failed(sequence)) return;
  SetError(reason);
  Failed(1);
}

void Target::OnComplaint(uint32_t, std::string_view reason) { texts().complaint = reason; }

void Target::OnUnsent(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Forgotten(sequence)) return;
  SetError(reason);
  statistics_.Unsent(totals());
  const absl::Duration after =
      std::clamp(parameters_->timing.interval / 2, kUnsentRetryMin, kUnsentRetryMax);
  const ShortTime retry(place_.table().scheduler().Now() + after);
  if (retry < next_probe_) SetNext(retry);
}

void Target::OnUnknown(uint32_t sequence, std::string_view reason) {
  if (!ledger_.Forgotten(sequence)) return;
  SetError(reason);
}

void Target::OnOutput(std::string_view output) { texts().output = output; }

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
