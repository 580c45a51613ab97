#include "server/connection_pool.h"

#include <utility>

namespace gregale::server {

void ConnectionPool::Run(std::function<void()> job) {
  base::MutexLock lock(mutex_);
  while (waiting_.size() >= waiting_max_) job_taken_.Wait(mutex_);
  waiting_.push_back(std::move(job));
  if (waiting_.size() > idle_ && threads_.size() < threads_max_) {
    threads_.emplace_back([this] { Work(); });
  }
  job_came_.NotifyOne();
}

void ConnectionPool::Finish() {
  std::vector<std::thread> threads;
  {
    base::MutexLock lock(mutex_);
    finishing_ = true;
    threads = std::exchange(threads_, {});
    job_came_.NotifyAll();
  }
  for (std::thread& thread : threads) thread.join();
}

void ConnectionPool::Work() {
  while (true) {
    std::function<void()> job;
    {
      base::MutexLock lock(mutex_);
      ++idle_;
      while (!finishing_ && waiting_.empty()) job_came_.Wait(mutex_);
      --idle_;
      if (waiting_.empty()) return;
      job = std::move(waiting_.front());
      waiting_.pop_front();
      job_taken_.NotifyOne();
    }
    job();
  }
}

}  // namespace gregale::server
