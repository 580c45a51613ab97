#include "executor/probe_ledger.h"

#include <algorithm>

namespace gregale::executor {

using base::MonoTime;

ProbeLedger::ProbeLedger(absl::Duration timeout, size_t open_max)
    : timeout_(timeout), ring_(std::max<size_t>(open_max, 1)) {}

void ProbeLedger::Reset(absl::Duration timeout, size_t open_max) {
  timeout_ = timeout;
  ring_.assign(std::max<size_t>(open_max, 1), Probe{});
  oldest_ = next_;
  last_good_ = next_ - 1;
  failures_in_row_ = 0;
  good_in_row_ = 0;
}

uint32_t ProbeLedger::Sent(MonoTime now) {
  if (next_ - oldest_ == ring_.size()) Failed(oldest_);
  const uint32_t sequence = next_++;
  At(sequence) = {now, State::kOpen};
  return sequence;
}

ProbeLedger::Probe* ProbeLedger::FindOpen(uint32_t sequence) {
  if (sequence - oldest_ >= next_ - oldest_) return nullptr;
  Probe& probe = At(sequence);
  return probe.state == State::kOpen ? &probe : nullptr;
}

std::optional<absl::Duration> ProbeLedger::Answered(uint32_t sequence, MonoTime received) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr || received - probe->sent > timeout_) return std::nullopt;
  const absl::Duration latency = std::max(received - probe->sent, absl::ZeroDuration());
  probe->state = State::kAnswered;
  CountAnswer(sequence);
  DropClosed();
  return latency;
}

bool ProbeLedger::Failed(uint32_t sequence) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr) return false;
  probe->state = State::kFailed;
  CountFailure(sequence);
  DropClosed();
  return true;
}

bool ProbeLedger::Forgotten(uint32_t sequence) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr) return false;
  probe->state = State::kForgotten;
  DropClosed();
  return true;
}

int ProbeLedger::Expire(MonoTime now, absl::Duration age) {
  int expired = 0;
  while (oldest_ != next_ && At(oldest_).sent + age <= now) {
    Failed(oldest_);  // moves oldest_ on: the oldest is always open
    ++expired;
  }
  return expired;
}

MonoTime ProbeLedger::OldestOpen() const {
  return oldest_ == next_ ? MonoTime::Never() : At(oldest_).sent;
}

void ProbeLedger::CountFailure(uint32_t sequence) {
  if (sequence <= last_good_) return;  // a newer probe was answered: the target was alive since
  if (failures_in_row_ == 0 || At(sequence).sent < first_failure_)
    first_failure_ = At(sequence).sent;
  ++failures_in_row_;
  good_in_row_ = 0;
}

void ProbeLedger::CountAnswer(uint32_t sequence) {
  ++good_in_row_;
  if (sequence <= last_good_) return;
  last_good_ = sequence;
  failures_in_row_ = 0;
  for (uint32_t later = sequence + 1; later != next_; ++later) {
    if (At(later).state == State::kFailed) CountFailure(later);
  }
}

void ProbeLedger::DropClosed() {
  while (oldest_ != next_ && At(oldest_).state != State::kOpen) ++oldest_;
}

}  // namespace gregale::executor
