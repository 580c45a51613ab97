#include "executor/probe_ledger.h"

#include <algorithm>

namespace gregale::executor {

using base::MonoTime;

void ProbeLedger::Reset(size_t open_max) {
  ring_.assign(std::max<size_t>(open_max, 1), Probe{});
  oldest_ = next_;
  last_good_ = next_ - 1;
  failures_in_row_ = 0;
  good_in_row_ = 0;
}

uint32_t ProbeLedger::Sent(MonoTime now) {
  if (next_ - oldest_ == ring_.size()) Failed(oldest_);
  const uint32_t sequence = next_++;
  At(sequence) = Probe(ShortTime(now), State::kOpen);
  return sequence;
}

void ProbeLedger::Left(uint32_t sequence, MonoTime when) {
  if (Probe* probe = FindOpen(sequence)) *probe = Probe(ShortTime(when), State::kOpen);
}

ProbeLedger::Probe* ProbeLedger::FindOpen(uint32_t sequence) {
  if (sequence - oldest_ >= next_ - oldest_) return nullptr;
  Probe& probe = At(sequence);
  return probe.state() == State::kOpen ? &probe : nullptr;
}

std::optional<absl::Duration> ProbeLedger::Answered(uint32_t sequence, MonoTime received,
                                                    absl::Duration timeout) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr) return std::nullopt;
  const int64_t waited = ShortTime(received).nanoseconds() - probe->sent().nanoseconds();
  if (waited > absl::ToInt64Nanoseconds(timeout)) return std::nullopt;
  const absl::Duration latency = absl::Nanoseconds(std::max<int64_t>(waited, 0));
  probe->set_state(State::kAnswered);
  CountAnswer(sequence);
  DropClosed();
  return latency;
}

bool ProbeLedger::Failed(uint32_t sequence) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr) return false;
  probe->set_state(State::kFailed);
  CountFailure(sequence);
  DropClosed();
  return true;
}

bool ProbeLedger::Forgotten(uint32_t sequence) {
  Probe* probe = FindOpen(sequence);
  if (probe == nullptr) return false;
  probe->set_state(State::kForgotten);
  DropClosed();
  return true;
}

int ProbeLedger::Expire(MonoTime now, absl::Duration age) {
  int expired = 0;
  const ShortTime limit(now - age);
  while (oldest_ != next_ && At(oldest_).sent() <= limit) {
    Failed(oldest_);  // moves oldest_ on: the oldest is always open
    ++expired;
  }
  return expired;
}

MonoTime ProbeLedger::OldestOpen() const {
  return oldest_ == next_ ? MonoTime::Never() : At(oldest_).sent().get();
}

void ProbeLedger::CountFailure(uint32_t sequence) {
  if (sequence <= last_good_) return;  // a newer probe was answered: the target was alive since
  const ShortTime sent = At(sequence).sent();
  if (failures_in_row_ == 0 || sent < first_failure_) first_failure_ = sent;
  ++failures_in_row_;
  good_in_row_ = 0;
}

void ProbeLedger::CountAnswer(uint32_t sequence) {
  ++good_in_row_;
  if (sequence <= last_good_) return;
  last_good_ = sequence;
  failures_in_row_ = 0;
  for (uint32_t later = sequence + 1; later != next_; ++later) {
    if (At(later).state() == State::kFailed) CountFailure(later);
  }
}

void ProbeLedger::DropClosed() {
  while (oldest_ != next_ && At(oldest_).state() != State::kOpen) ++oldest_;
}

}  // namespace gregale::executor
