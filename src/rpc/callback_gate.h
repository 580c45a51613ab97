#pragma once

#include <thread>

#include "base/mutex.h"

namespace gregale::rpc {

// Lets callbacks through, one at a time, until it is shut. Thread-safe.
class CallbackGate {
 public:
  // Runs `callback`, unless the gate is shut.
  template <class Callback>
  void Run(const Callback& callback) {
    {
      base::MutexLock lock(mutex_);
      if (shut_) return;
      running_ = std::this_thread::get_id();
    }
    callback();
    base::MutexLock lock(mutex_);
    running_ = std::thread::id();
    idle_.NotifyAll();
  }

  // Lets nothing through any more, and waits for the callback that is running, unless this is
  // called from inside it.
  void Shut() {
    base::MutexLock lock(mutex_);
    shut_ = true;
    while (running_ != std::thread::id() && running_ != std::this_thread::get_id()) {
      idle_.Wait(mutex_);
    }
  }

 private:
  base::Mutex mutex_;
  base::CondVar idle_;
  bool shut_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread::id running_ ABSL_GUARDED_BY(mutex_);  // the thread inside a callback
};

}  // namespace gregale::rpc
