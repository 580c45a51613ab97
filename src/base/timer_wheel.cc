#include "base/timer_wheel.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace gregale::base {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(1);

int64_t TickAt(MonoTime time) { return absl::ToInt64Milliseconds(time.since_start()); }

// The first tick that is not before `time`; the last one of all for what is further away.
int64_t TickNotBefore(MonoTime time) {
  const int64_t tick = TickAt(time);
  const bool representable = tick < std::numeric_limits<int64_t>::max();
  return representable && kTick * tick < time.since_start() ? tick + 1 : tick;
}

}  // namespace

TimerWheel::TimerWheel(MonoTime now) : tick_(TickAt(now)) {}

TimerWheel::Slot& TimerWheel::SlotFor(int level, int64_t unit) {
  return levels_[static_cast<size_t>(level)][static_cast<size_t>(unit % (2 * kWindow))];
}

const TimerWheel::Slot& TimerWheel::SlotFor(int level, int64_t unit) const {
  return const_cast<TimerWheel*>(this)->SlotFor(level, unit);
}

// The slot of the finest level whose present or next window holds the time. What lies beyond the
// coarsest level waits in its last slot and is placed anew from there.
TimerWheel::Slot& TimerWheel::PlaceOf(MonoTime when) {
  int64_t tick = TickNotBefore(when);
  if (tick <= tick_) return due_;
  constexpr int kTop = kLevels - 1;
  for (int level = 0; level < kTop; ++level) {
    const int window_bits = kBits * (level + 1);
    if ((tick >> window_bits) <= (tick_ >> window_bits) + 1) {
      return SlotFor(level, tick >> (kBits * level));
    }
  }
  const int64_t last_unit = ((((tick_ >> (kBits * kLevels)) + 2) << kBits)) - 1;
  return SlotFor(kTop, std::min(tick >> (kBits * kTop), last_unit));
}

void TimerWheel::Append(Slot& slot, Alarm& alarm) {
  alarm.slot_ = &slot;
  alarm.next_ = nullptr;
  alarm.prev_ = slot.last;
  (slot.last == nullptr ? slot.first : slot.last->next_) = &alarm;
  slot.last = &alarm;
  ++slot.count;
}

void TimerWheel::Unlink(Alarm& alarm) {
  Slot& slot = *static_cast<Slot*>(std::exchange(alarm.slot_, nullptr));
  (alarm.prev_ == nullptr ? slot.first : alarm.prev_->next_) = alarm.next_;
  (alarm.next_ == nullptr ? slot.last : alarm.next_->prev_) = alarm.prev_;
  --slot.count;
}

void TimerWheel::ArmIn(Slot& slot, Alarm& alarm, MonoTime when) {
  if (alarm.armed()) Disarm(alarm);
  alarm.when_ = when;
  Append(slot, alarm);
  ++armed_;
}

void TimerWheel::Disarm(Alarm& alarm) {
  Unlink(alarm);
  --armed_;
}

// Moves this tick's share of the slot whose time comes next in `level` to where its alarms belong
// now: all of it is moved when that time comes.
void TimerWheel::Drain(int level) {
  const int64_t unit = tick_ >> (kBits * level);
  Slot& slot = SlotFor(level, unit + 1);
  if (slot.count == 0) return;
  const int64_t ticks_left = ((unit + 1) << (kBits * level)) - tick_;
  const size_t share = slot.count / static_cast<size_t>(ticks_left) + 1;
  for (size_t i = 0; i < share && slot.first != nullptr; ++i) {
    Alarm& alarm = *slot.first;
    Unlink(alarm);
    Append(PlaceOf(alarm.when_), alarm);
  }
}

// Fires what is in the slot now. It goes by way of `firing_`, so that what callbacks add to the
// slot waits, while callbacks can still cancel what has not fired yet.
void TimerWheel::FireAll(Slot& slot) {
  while (slot.first != nullptr) {
    Alarm& alarm = *slot.first;
    Unlink(alarm);
    Append(firing_, alarm);
  }
  while (firing_.first != nullptr) {
    Alarm& alarm = *firing_.first;
    Disarm(alarm);
    alarm.Fire();
  }
}

void TimerWheel::Advance(MonoTime now) {
  FireAll(due_);
  const int64_t end = TickAt(now);
  while (tick_ < end) {
    if (armed_ == 0) {
      tick_ = end;
      return;
    }
    for (int level = kLevels - 1; level > 0; --level) Drain(level);
    ++tick_;
    FireAll(SlotFor(0, tick_));
  }
}

MonoTime TimerWheel::NextWake() const {
  if (armed_ == 0) return MonoTime::Never();
  int64_t tick = tick_;
  if (due_.count == 0) {
    // Beyond the present window, alarms may still be on their way down.
    const int64_t window_end = (tick_ >> kBits << kBits) + kWindow;
    do {
      ++tick;
    } while (tick < window_end && SlotFor(0, tick).count == 0);
  }
  return MonoTime::FromDuration(kTick * tick);
}

}  // namespace gregale::base
