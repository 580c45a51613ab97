#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "base/event_loop.h"
#include "base/json.h"
#include "base/unique_fd.h"
#include "executor/action.h"

namespace gregale::executor {

// How a job hears that nobody wants it any more. Thread-safe.
class Cancellation {
 public:
  Cancellation();
  void Cancel();
  bool cancelled() const;
  // Readable from the cancellation on: for poll(), beside what the job waits for.
  int fd() const { return fd_.get(); }

 private:
  base::UniqueFd fd_;
};

// Runs jobs that need a thread each, because a library or a program keeps it waiting: at most
// kWorkersMax at a time, the others wait for their turn. On the loop's thread.
class Workers {
 public:
  // Runs on a thread of its own; returns soon after `cancellation` says so.
  using Job = std::function<ActionOutcome(const Cancellation& cancellation)>;
  using Done = std::function<void(ActionOutcome)>;
  // A job that waits or runs; destroying it cancels it silently.
  class Handle {
   public:
    Handle(Workers& workers, uint64_t id) : workers_(workers), id_(id) {}
    ~Handle() { workers_.Cancel(id_); }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

   private:
    Workers& workers_;
    const uint64_t id_;
  };

  // `scheduler` outlives this.
  explicit Workers(base::Scheduler& scheduler);
  // Cancels all jobs and waits for them. After the handles.
  ~Workers();

  // `done` is called once, on the loop, never inside this call; it may destroy the handle.
  std::unique_ptr<Handle> Start(Job job, Done done);

 private:
  class Pool;

  void Cancel(uint64_t id);
  void Finish(uint64_t id, ActionOutcome outcome);

  struct Waiting {
    Done done;
    std::shared_ptr<Cancellation> cancellation;  // shared with the thread of the job
  };

  uint64_t next_id_ = 1;
  std::map<uint64_t, Waiting> waiting_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace gregale::executor
