#pragma once

#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "executor/short_time.h"

namespace gregale::executor {

// The books of one target's probes: which are open, and how many in a row were good or bad. Pure:
// time is an argument. A probe is open from Sent() until it is answered, has failed, or has
// expired; probes may overlap, and an answer to a newer one makes older ones of no consequence.
class ProbeLedger {
 public:
  // At most `open_max` probes are open at once; the oldest counts as failed when there would be
  // more.
  explicit ProbeLedger(size_t open_max) { Reset(open_max); }

  // A probe is sent; returns its number, from 1.
  uint32_t Sent(base::MonoTime now);
  // An open probe was really sent at `when`, which is later than Sent() was told.
  void Left(uint32_t sequence, base::MonoTime when);
  // The round-trip time, if the answer counts: the probe is open, and `received` is not later than
  // `timeout` after it was sent.
  std::optional<absl::Duration> Answered(uint32_t sequence, base::MonoTime received,
                                         absl::Duration timeout);
  // The probe has failed before its time. false: it was not open.
  bool Failed(uint32_t sequence);
  // The probe never left: it counts neither way. false: it was not open.
  bool Forgotten(uint32_t sequence);
  // Fails the open probes that were sent at or before `now` - `age`; returns how many.
  int Expire(base::MonoTime now, absl::Duration age);
  // When the oldest open probe was sent; Never() if none is open.
  base::MonoTime OldestOpen() const;

  // Nothing is known any more; open probes are forgotten, numbers go on.
  void Reset(size_t open_max);

  uint32_t failures_in_row() const { return failures_in_row_; }
  uint32_t good_in_row() const { return good_in_row_; }
  // When the first of failures_in_row() was sent.
  base::MonoTime first_failure() const { return first_failure_.get(); }

 private:
  enum class State : uint8_t { kOpen, kAnswered, kFailed, kForgotten };
  // In eight bytes: the time of sending, and the state in its last two bits.
  class Probe {
   public:
    Probe() = default;
    Probe(ShortTime sent, State state)
        : bits_(sent.nanoseconds() * 4 + static_cast<int64_t>(state)) {}
    ShortTime sent() const { return ShortTime::FromNanoseconds(bits_ >> 2); }
    State state() const { return static_cast<State>(bits_ & 3); }
    void set_state(State state) { *this = Probe(sent(), state); }

   private:
    int64_t bits_ = static_cast<int64_t>(State::kForgotten);
  };
  // As many as a target has that is probed no faster than it times out.
  static constexpr size_t kUsualOpenMax = 5;

  Probe& At(uint32_t sequence) { return ring_[sequence % ring_.size()]; }
  const Probe& At(uint32_t sequence) const { return ring_[sequence % ring_.size()]; }
  Probe* FindOpen(uint32_t sequence);
  void CountFailure(uint32_t sequence);
  void CountAnswer(uint32_t sequence);
  void DropClosed();

  uint32_t oldest_ = 1;
  uint32_t next_ = 1;
  uint32_t last_good_ = 0;
  uint32_t failures_in_row_ = 0;
  uint32_t good_in_row_ = 0;
  ShortTime first_failure_;
  // The probes oldest_ .. next_ - 1; the oldest is open.
  absl::InlinedVector<Probe, kUsualOpenMax> ring_;
};

}  // namespace gregale::executor
