#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/event_loop.h"

namespace gregale::base {

// The alarms of an EventLoop, in ticks of 1 ms: setting and cancelling cost O(1) and allocate
// nothing, a million alarms included. Single-threaded; knows no clock, is told the time.
//
// Four levels of slots, each slot 256 times as wide as one of the level below. A level covers the
// window it is in and the next one (2 x 256 slots), so the next window's alarms can come down from
// the level above little by little while the present one runs: no tick has to move a whole coarse
// slot.
class TimerWheel {
 public:
  explicit TimerWheel(MonoTime now);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  // Arms an alarm, armed or not. A time in the past is due at the next Advance, any time off is
  // allowed.
  void Arm(Alarm& alarm, MonoTime when) { ArmIn(PlaceOf(when), alarm, when); }
  // The same for a time that has come: due at the next Advance, whatever the tick.
  void ArmDue(Alarm& alarm, MonoTime when) { ArmIn(due_, alarm, when); }
  // Disarms an armed alarm.
  void Disarm(Alarm& alarm);

  // Fires every alarm whose time has come, tick by tick, those of a tick in no particular order.
  // Alarms that become due while it runs wait for the next call, so that it ends.
  void Advance(MonoTime now);

  // No alarm is due before this time; Never where none is armed. At most 256 ms ahead, otherwise.
  MonoTime NextWake() const;

  size_t armed() const { return armed_; }

 private:
  struct Slot {
    Alarm* first = nullptr;
    Alarm* last = nullptr;
    size_t count = 0;
  };
  static constexpr int kLevels = 4;
  static constexpr int kBits = 8;
  static constexpr int64_t kWindow = int64_t{1} << kBits;
  using Level = std::array<Slot, size_t{2 * kWindow}>;

  Slot& SlotFor(int level, int64_t unit);
  const Slot& SlotFor(int level, int64_t unit) const;
  Slot& PlaceOf(MonoTime when);
  void ArmIn(Slot& slot, Alarm& alarm, MonoTime when);
  static void Append(Slot& slot, Alarm& alarm);
  static void Unlink(Alarm& alarm);
  void Drain(int level);
  void FireAll(Slot& slot);

  int64_t tick_;  // every alarm of this tick and of those before has fired
  size_t armed_ = 0;
  Slot due_;     // set to a time that had come
  Slot firing_;  // being fired
  std::array<Level, kLevels> levels_;
};

}  // namespace gregale::base
