#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "base/mutex.h"
#include "base/timer_wheel.h"
#include "base/unique_fd.h"

namespace gregale::base {

class FdWatch;

// The real Scheduler: one thread in epoll_wait, with alarms in a timer wheel (an alarm fires within
// about 2 ms of its time) and file descriptors (FdWatch). Made once at the start of a process or
// thread; aborts where the kernel has no descriptors left for it.
class EventLoop : public Scheduler {
 public:
  // `clock` must outlive the loop.
  explicit EventLoop(const Clock& clock);
  ~EventLoop() override;
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Runs until Stop, on the calling thread, which is the loop's thread from now on.
  void Run();
  // Makes Run return after the round it is in; a Run that comes later returns at once, once. Any
  // thread.
  void Stop();
  // One round: waits for something to do, at most `wait_max`, and does it. For tests and special
  // loops.
  void RunOnce(absl::Duration wait_max);

  MonoTime Now() const override { return clock_.Mono(); }
  absl::Time WallNow() const override { return clock_.Wall(); }
  void Post(std::function<void()> callback) override;

 private:
  friend class FdWatch;
  static constexpr size_t kEventsPerRoundMax = 256;

  void Arm(Alarm& alarm, MonoTime when) override {
    // What is due now waits for no tick.
    when <= Now() ? wheel_.ArmDue(alarm, when) : wheel_.Arm(alarm, when);
  }
  void Disarm(Alarm& alarm) override { wheel_.Disarm(alarm); }
  absl::Status Control(int operation, FdWatch& watch, uint32_t events);
  void Forget(const FdWatch& watch);
  int WaitMilliseconds(absl::Duration wait_max) const;
  void Dispatch();
  void RunPosted();
  void Wake();

  const Clock& clock_;
  UniqueFd epoll_;
  UniqueFd wake_;
  TimerWheel wheel_;
  // This round's events; an entry whose watch was stopped meanwhile is cleared.
  std::array<epoll_event, kEventsPerRoundMax> events_;
  size_t events_count_ = 0;
  std::atomic<bool> stop_{false};

  Mutex mutex_;
  std::vector<std::function<void()>> posted_ ABSL_GUARDED_BY(mutex_);
};

// Tells its owner when a file descriptor, which stays the owner's, can be read or written:
// level-triggered, with epoll's bits (EPOLLIN, EPOLLOUT; EPOLLERR and EPOLLHUP come unasked). A
// member object like Alarm: the callback may stop or destroy it, destroying stops it silently. Stop
// it before closing the descriptor. Only on the loop's thread.
class FdWatch {
 public:
  using Callback = std::function<void(uint32_t events)>;
  FdWatch(EventLoop& loop, Callback callback);
  ~FdWatch() { Stop(); }
  FdWatch(const FdWatch&) = delete;
  FdWatch& operator=(const FdWatch&) = delete;

  // Watches `fd` for `events`, instead of what it watched before. An error (the kernel's bound on
  // watches; a descriptor that cannot be polled) leaves it stopped.
  absl::Status Watch(int fd, uint32_t events);
  void Stop();
  bool watching() const { return fd_ >= 0; }

 private:
  friend class EventLoop;

  EventLoop& loop_;
  Callback callback_;
  int fd_ = -1;
};

}  // namespace gregale::base
