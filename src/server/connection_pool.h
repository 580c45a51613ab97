#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"

namespace gregale::server {

// Runs jobs, each on a thread of its own for as long as it takes; threads are made as they are
// needed, up to a bound, and kept. Beyond that jobs wait, up to a second bound; beyond that Run()
// blocks its caller. Thread-safe.
class ConnectionPool {
 public:
  ConnectionPool(size_t threads_max, size_t waiting_max)
      : threads_max_(threads_max), waiting_max_(waiting_max) {}
  ~ConnectionPool() { Finish(); }

  void Run(std::function<void()> job);
  // Runs what waits, and returns when every job has ended. Run() must not be called any more.
  void Finish();

 private:
  void Work();

  const size_t threads_max_;
  const size_t waiting_max_;
  base::Mutex mutex_;
  base::CondVar job_came_;
  base::CondVar job_taken_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace gregale::server
