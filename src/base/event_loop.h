#pragma once

#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"

namespace gregale::base {

class Alarm;

// Runs callbacks, one at a time, on one thread: at a time (Alarm) or as soon as possible (Post).
// The real one is EventLoop (epoll_loop.h); tests use a simulated one (test/support). Alarms die
// before their scheduler.
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual MonoTime Now() const = 0;
  virtual absl::Time WallNow() const = 0;
  // Runs `callback` once on the loop, soon, never inside this call, in the order of the calls.
  // Dropped where the loop ends first. The only method that any thread may call.
  virtual void Post(std::function<void()> callback) = 0;

 protected:
  friend class Alarm;
  // Arms an alarm, armed or not.
  virtual void Arm(Alarm& alarm, MonoTime when) = 0;
  // Disarms an armed alarm.
  virtual void Disarm(Alarm& alarm) = 0;
};

// A timer that belongs to its owner: a member object, set as often as needed. Its callback runs on
// the loop, once for each time it was set, not before the time, never inside Set; it may set,
// cancel or destroy the alarm. Setting an armed alarm moves it. Destroying cancels silently. Only
// on the loop's thread.
class Alarm {
 public:
  Alarm(Scheduler& scheduler, std::function<void()> callback)
      : scheduler_(scheduler), callback_(std::move(callback)) {}
  ~Alarm() { Cancel(); }
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  void Set(MonoTime when) { scheduler_.Arm(*this, when); }
  void SetAfter(absl::Duration delay) { Set(scheduler_.Now() + delay); }
  void Cancel() {
    if (armed()) scheduler_.Disarm(*this);
  }
  bool armed() const { return slot_ != nullptr; }
  // The time it was last set to.
  MonoTime when() const { return when_; }

 private:
  friend class TimerWheel;
  friend class SimScheduler;

  // Runs the callback from a copy, since the callback may destroy this alarm and itself with it.
  void Fire() {
    const std::function<void()> callback = callback_;
    callback();
  }

  Scheduler& scheduler_;
  std::function<void()> callback_;
  MonoTime when_;
  // Intrusive list of a wheel slot; slot_ is null while not armed.
  Alarm* next_ = nullptr;
  Alarm* prev_ = nullptr;
  void* slot_ = nullptr;
};

}  // namespace gregale::base
