#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "base/clock.h"
#include "base/event_loop.h"
#include "base/mutex.h"

namespace gregale::base {

// A Scheduler whose time is simulated: it passes only while RunFor or RunUntil runs, and jumps from
// event to event. What is due at the same time runs in the order in which it was asked for, so a
// run repeats exactly. It is a Clock, too, for what shares the simulated time. Post may come from
// any thread.
class SimScheduler : public Scheduler, public Clock {
 public:
  SimScheduler() = default;
  SimScheduler(const SimScheduler&) = delete;
  SimScheduler& operator=(const SimScheduler&) = delete;

  MonoTime Now() const override { return Mono(); }
  absl::Time WallNow() const override { return Wall(); }
  MonoTime Mono() const override {
    MutexLock lock(mutex_);
    return now_;
  }
  absl::Time Wall() const override {
    return absl::FromUnixSeconds(1'700'000'000) + Mono().since_start() + wall_error_;
  }
  // The calendar is wrong by this much.
  void SetWallError(absl::Duration error) { wall_error_ = error; }
  void Post(std::function<void()> callback) override {
    MutexLock lock(mutex_);
    posted_.insert({now_, sequence_++, std::move(callback)});
  }

  // Lets `duration` pass, and everything happen that belongs into it.
  void RunFor(absl::Duration duration) {
    const MonoTime end = Now() + duration;
    while (RunNext(end)) {
    }
    SetNow(std::max(end, Now()));
  }

  // Runs until `predicate` holds, which is asked before the first event and after each; false where
  // it does not within `limit` of simulated time.
  bool RunUntil(const std::function<bool()>& predicate, absl::Duration limit) {
    const MonoTime end = Now() + limit;
    while (!predicate()) {
      if (!RunNext(end)) {
        SetNow(end);
        return predicate();
      }
    }
    return true;
  }

  // Time passes, and nothing happens: the process did not run. What was due comes late.
  void Sleep(absl::Duration duration) { SetNow(Now() + duration); }

  // Runs what is due now, and what that makes due now.
  void RunReady() { RunFor(absl::ZeroDuration()); }

  size_t armed() const { return alarms_.size(); }

 private:
  struct ArmedAlarm {
    MonoTime when;
    uint64_t sequence;
    Alarm* alarm;
    bool operator<(const ArmedAlarm& other) const {
      return std::tie(when, sequence) < std::tie(other.when, other.sequence);
    }
  };
  struct Posted {
    MonoTime when;
    uint64_t sequence;
    std::function<void()> callback;
    bool operator<(const Posted& other) const { return sequence < other.sequence; }
  };

  void Arm(Alarm& alarm, MonoTime when) override {
    if (alarm.armed()) Disarm(alarm);
    MutexLock lock(mutex_);
    alarm.when_ = when;
    // A time in the past is now.
    const auto [place, inserted] = alarms_.insert({std::max(when, now_), sequence_++, &alarm});
    alarm.slot_ = const_cast<ArmedAlarm*>(&*place);
  }
  void Disarm(Alarm& alarm) override {
    alarms_.erase(alarms_.find(*static_cast<ArmedAlarm*>(alarm.slot_)));
    alarm.slot_ = nullptr;
  }

  void SetNow(MonoTime now) {
    MutexLock lock(mutex_);
    now_ = now;
  }

  // Runs the next event that is due by `end`; false where there is none.
  bool RunNext(MonoTime end) {
    if (std::function<void()> callback = TakePosted()) {
      callback();
      return true;
    }
    if (alarms_.empty() || alarms_.begin()->when > end) return false;
    const ArmedAlarm next = *alarms_.begin();
    SetNow(std::max(next.when, Now()));
    Disarm(*next.alarm);
    next.alarm->Fire();
    return true;
  }

  // The first posted callback, where it comes before the first alarm.
  std::function<void()> TakePosted() {
    MutexLock lock(mutex_);
    if (posted_.empty()) return nullptr;
    const auto first = posted_.begin();
    const bool after_alarm =
        !alarms_.empty() && std::tie(alarms_.begin()->when, alarms_.begin()->sequence) <
                                std::tie(first->when, first->sequence);
    if (after_alarm) return nullptr;
    return std::move(posted_.extract(first).value().callback);
  }

  mutable Mutex mutex_;
  MonoTime now_ ABSL_GUARDED_BY(mutex_) = MonoTime::FromDuration(absl::Hours(1));
  uint64_t sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Duration wall_error_;
  std::set<Posted> posted_ ABSL_GUARDED_BY(mutex_);
  std::set<ArmedAlarm> alarms_;  // the loop's thread only
};

}  // namespace gregale::base
