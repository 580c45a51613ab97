#include "executor/workers.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "base/mutex.h"
#include "executor/action_limits.h"

namespace gregale::executor {

Cancellation::Cancellation() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Cancellation::Cancel() {
  const uint64_t one = 1;
  (void)!write(fd_.get(), &one, sizeof one);
}

bool Cancellation::cancelled() const {
  pollfd watched{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  return poll(&watched, 1, 0) != 0;
}

// The threads, made as they are needed.
class Workers::Pool {
 public:
  Pool(base::Scheduler& scheduler, Workers& owner)
      : shared_(std::make_shared<Shared>(Shared{scheduler, &owner})) {}
  ~Pool() {
    shared_->owner = nullptr;
    {
      base::MutexLock lock(mutex_);
      stop_ = true;
      queue_.clear();
      changed_.NotifyAll();
    }
    for (std::thread& thread : threads_) thread.join();
  }

  // false: too many wait.
  bool Begin(uint64_t id, Job job, std::shared_ptr<Cancellation> cancellation) {
    base::MutexLock lock(mutex_);
    if (queue_.size() >= kJobsWaitingMax) return false;
    queue_.push_back({id, std::move(job), std::move(cancellation)});
    if (idle_ >= queue_.size() || threads_.size() >= kWorkersMax) {
      changed_.NotifyAll();
    } else {
      threads_.emplace_back([this] { Serve(); });
    }
    return true;
  }

  void Tell(uint64_t id, ActionOutcome outcome) {
    shared_->scheduler.Post([shared = shared_, id, outcome = std::move(outcome)]() mutable {
      if (shared->owner != nullptr) shared->owner->Finish(id, std::move(outcome));
    });
  }

 private:
  struct Order {
    uint64_t id;
    Job job;
    std::shared_ptr<Cancellation> cancellation;
  };
  // What results reach on the loop, which may outlive the workers.
  struct Shared {
    base::Scheduler& scheduler;
    Workers* owner;  // the loop's thread only
  };

  void Serve() {
    while (true) {
      Order order;
      {
        base::MutexLock lock(mutex_);
        ++idle_;
        while (queue_.empty() && !stop_) changed_.Wait(mutex_);
        --idle_;
        if (stop_) return;
        order = std::move(queue_.front());
        queue_.pop_front();
      }
      if (order.cancellation->cancelled()) continue;
      Tell(order.id, order.job(*order.cancellation));
    }
  }

  const std::shared_ptr<Shared> shared_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::deque<Order> queue_ ABSL_GUARDED_BY(mutex_);
  size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stop_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;  // the loop's thread only
};

Workers::Workers(base::Scheduler& scheduler) : pool_(std::make_unique<Pool>(scheduler, *this)) {}

Workers::~Workers() {
  for (auto& [id, job] : waiting_) job.cancellation->Cancel();
  pool_.reset();
}

std::unique_ptr<Workers::Handle> Workers::Start(Job job, Done done) {
  const uint64_t id = next_id_++;
  auto cancellation = std::make_shared<Cancellation>();
  waiting_[id] = {std::move(done), cancellation};
  auto handle = std::make_unique<Handle>(*this, id);
  if (!pool_->Begin(id, std::move(job), std::move(cancellation))) {
    pool_->Tell(id, {.kind = ActionOutcome::Kind::kFailed, .value = "too many jobs wait already"});
  }
  return handle;
}

void Workers::Cancel(uint64_t id) {
  const auto job = waiting_.extract(id);
  if (!job.empty()) job.mapped().cancellation->Cancel();
}

void Workers::Finish(uint64_t id, ActionOutcome outcome) {
  const auto job = waiting_.extract(id);
  if (!job.empty()) job.mapped().done(std::move(outcome));
}

}  // namespace gregale::executor
