#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/event_loop.h"
#include "grpcpp/client_context.h"
#include "rpc/channel.h"
#include "rpc/status.h"

namespace gregale::executor {

// Unary calls whose answers come on the loop. On the loop's thread. Destroying cancels every call
// silently, and waits until gRPC has let go of them.
template <class Request, class Response>
class LoopCalls {
 public:
  // Begins a call: [stub](auto* c, auto* q, auto* a, auto done) { stub->async()->F(c, q, a, done);
  // }.
  using Begin = std::function<void(grpc::ClientContext*, const Request*, Response*,
                                   std::function<void(grpc::Status)>)>;
  using Done = std::function<void(const absl::Status&, const Response&)>;

  // `scheduler` outlives this.
  LoopCalls(base::Scheduler& scheduler, Begin begin)
      : begin_(std::move(begin)), shared_(std::make_shared<Shared>(scheduler, this)) {}

  ~LoopCalls() {
    shared_->owner = nullptr;
    for (auto& [id, call] : calls_) call.attempt->context.TryCancel();
    for (int live = shared_->live; live != 0; live = shared_->live) shared_->live.wait(live);
  }
  LoopCalls(const LoopCalls&) = delete;
  LoopCalls& operator=(const LoopCalls&) = delete;

  // `done` is called once, unless the call is cancelled; it may make and cancel calls.
  uint64_t Call(Request request, absl::Duration timeout, Done done) {
    const uint64_t id = next_id_++;
    auto attempt = std::make_shared<Attempt>();
    attempt->request = std::move(request);
    rpc::SetDeadline(attempt->context, timeout);
    calls_[id] = {attempt, std::move(done)};
    ++shared_->live;
    begin_(&attempt->context, &attempt->request, &attempt->response,
           [shared = shared_, attempt, id](const grpc::Status& status) {
             attempt->status = status;
             shared->scheduler.Post([shared, id] {
               if (shared->owner != nullptr) shared->owner->Finish(id);
             });
             --shared->live;
             shared->live.notify_all();
           });
    return id;
  }

  // Ends a call silently; nothing where it has ended.
  void Cancel(uint64_t id) {
    const auto call = calls_.extract(id);
    if (!call.empty()) call.mapped().attempt->context.TryCancel();
  }

 private:
  struct Attempt {
    grpc::ClientContext context;
    Request request;
    Response response;
    grpc::Status status;
  };
  struct OpenCall {
    std::shared_ptr<Attempt> attempt;
    Done done;
  };
  // What gRPC's threads reach.
  struct Shared {
    Shared(base::Scheduler& s, LoopCalls* o) : scheduler(s), owner(o) {}
    base::Scheduler& scheduler;
    LoopCalls* owner;  // the loop's thread only
    std::atomic<int> live{0};
  };

  void Finish(uint64_t id) {
    const auto call = calls_.extract(id);
    if (call.empty()) return;  // cancelled
    const Attempt& attempt = *call.mapped().attempt;
    call.mapped().done(rpc::FromGrpc(attempt.status), attempt.response);
  }

  const Begin begin_;
  const std::shared_ptr<Shared> shared_;
  std::map<uint64_t, OpenCall> calls_;
  uint64_t next_id_ = 1;
};

}  // namespace gregale::executor
