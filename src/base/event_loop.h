#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "base/clock.h"

namespace gregale::base {

class Alarm;

// Runs callbacks, one at a time, on one thread: at a time (Alarm) or as soon as possible (Post). The real one is
// EventLoop; tests use a simulated one (test/support).
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  virtual MonoTime Now() const = 0;
  virtual absl::Time WallNow() const = 0;
  // Runs `callback` once on the loop, soon, never inside this call. The only method that any thread may call.
  virtual void Post(std::function<void()> callback) = 0;

 protected:
  friend class Alarm;
  virtual void Arm(Alarm& alarm, MonoTime when) = 0;
  virtual void Disarm(Alarm& alarm) = 0;
};

// A timer that belongs to its owner: a member object, set as often as needed. Its callback runs on the loop, once for
// each time it was set, not before the time; it may set, cancel or destroy the alarm. Destroying cancels silently.
// Only on the loop's thread.
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
  MonoTime when() const { return when_; }

 private:
  friend class TimerWheel;
  friend class EventLoop;
  friend class SimScheduler;

  Scheduler& scheduler_;
  std::function<void()> callback_;
  MonoTime when_;
  // Intrusive list of a wheel slot; slot_ is null while not armed.
  Alarm* next_ = nullptr;
  Alarm* prev_ = nullptr;
  void* slot_ = nullptr;
};

}  // namespace gregale::base
