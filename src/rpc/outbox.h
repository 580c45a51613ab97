#pragma once

#include <cstddef>
#include <deque>
#include <utility>

#include "absl/status/status.h"
#include "base/mutex.h"

namespace gregale::rpc {

// Where messages go. Thread-safe; may outlive the stream.
template <class Message>
class Sink {
 public:
  virtual ~Sink() = default;
  // Queues a message. false: the stream has ended, or its queue is full (then it is ended with
  // RESOURCE_EXHAUSTED: a reader that slow has lost the thread).
  virtual bool Send(Message message) = 0;
  // Ends the stream after what is queued. Later sends return false. Only the first call counts. On
  // a client's side, OK closes this direction and leaves the other open; an error cancels the call.
  virtual void Finish(absl::Status status) = 0;
};

// The operations of a gRPC reactor that an Outbox starts. Called with the outbox's lock held; gRPC
// reports their completion later, never from inside.
template <class Message>
class WritePort {
 public:
  virtual void StartOne(const Message& message) = 0;
  // Starts the end of the stream's outgoing side; nothing is started after it.
  virtual void StartEnd(const absl::Status& status) = 0;

 protected:
  ~WritePort() = default;
};

// The outgoing side of a stream, where the races are decided: one lock, one write in flight, one
// end. `port` is used only until the end was started or Close was called; until then the reactor
// behind it cannot go away.
template <class Message>
class Outbox : public Sink<Message> {
 public:
  // `port` may be used as soon as the first message is sent.
  Outbox(size_t queue_max, WritePort<Message>& port) : queue_max_(queue_max), port_(port) {}

  bool Send(Message message) override {
    base::MutexLock lock(mutex_);
    if (state_ != State::kOpen) return false;
    if (queue_.size() >= queue_max_) {
      End(absl::ResourceExhaustedError("the reader is too slow: the stream's queue is full"));
      return false;
    }
    queue_.push_back(std::move(message));
    if (!writing_) StartNext();
    return true;
  }

  void Finish(absl::Status status) override {
    base::MutexLock lock(mutex_);
    if (state_ != State::kOpen) return;
    state_ = State::kEnding;
    status_ = std::move(status);
    if (!writing_) End(status_);
  }

  // The reactor's side from here.

  // The write in flight is done.
  void OnWritten() {
    base::MutexLock lock(mutex_);
    writing_ = false;
    if (state_ == State::kEnded) return;
    if (!queue_.empty()) {
      StartNext();
    } else if (state_ == State::kEnding) {
      End(status_);
    }
  }

  // Ends at once, dropping what is queued, unless the end has been started.
  void Abort(absl::Status status) {
    base::MutexLock lock(mutex_);
    if (state_ != State::kEnded) End(std::move(status));
  }

  // Ends without telling the port: the stream is broken or over. After it, the port is not used any
  // more.
  void Close() {
    base::MutexLock lock(mutex_);
    state_ = State::kEnded;
    queue_.clear();
  }

  bool ended() {
    base::MutexLock lock(mutex_);
    return state_ == State::kEnded;
  }

  // The error with which this side ended the stream, OK for none.
  absl::Status status() {
    base::MutexLock lock(mutex_);
    return status_;
  }

 private:
  // kEnding: Finish was called, what is queued goes first.
  enum class State { kOpen, kEnding, kEnded };

  void StartNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    writing_ = true;
    in_flight_ = std::move(queue_.front());
    queue_.pop_front();
    port_.StartOne(in_flight_);
  }

  void End(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    state_ = State::kEnded;
    queue_.clear();
    status_ = std::move(status);
    port_.StartEnd(status_);
  }

  const size_t queue_max_;
  WritePort<Message>& port_;
  base::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kOpen;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Message> queue_ ABSL_GUARDED_BY(mutex_);
  Message in_flight_ ABSL_GUARDED_BY(mutex_);  // stays until it is written
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace gregale::rpc
