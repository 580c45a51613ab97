#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "client/call.h"
#include "client/stream.h"

// What is inside a Stream; not installed.
namespace gregale::client {

class Stream::Call {
 public:
  // Cancels and waits until gRPC has let go of this object.
  virtual ~Call() = default;
  void Cancel() { context_.TryCancel(); }
  absl::Status Wait() {
    done_.WaitForNotification();
    return status_;
  }
  bool WaitFor(absl::Duration timeout) { return done_.WaitForNotificationWithTimeout(timeout); }

 protected:
  grpc::ClientContext context_;
  absl::Status status_;      // written before done_
  absl::Notification done_;  // gRPC's last word
};

template <class Request, class Message>
class StreamCall final : public Stream::Call, private grpc::ClientReadReactor<Message> {
 public:
  using OnMessage = std::function<void(const Message&)>;

  StreamCall(const Request& request, OnMessage on_message)
      : request_(request), on_message_(std::move(on_message)) {}
  ~StreamCall() override {
    this->Cancel();
    this->Wait().IgnoreError();
  }

  // `open` begins the call with the context, request and reactor it is given. Once, before anything
  // else.
  template <class Open>
  void Begin(Open open) {
    open(&this->context_, &request_, static_cast<grpc::ClientReadReactor<Message>*>(this));
    this->StartRead(&message_);
    this->StartCall();
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) return;
    on_message_(message_);
    this->StartRead(&message_);
  }
  void OnDone(const grpc::Status& status) override {
    this->status_ = FromGrpc(status);
    this->done_.Notify();
  }

  const Request request_;
  const OnMessage on_message_;
  Message message_;
};

// A stream whose call `open` begins.
template <class Message, class Request, class Open>
Stream OpenStream(const Request& request, std::function<void(const Message&)> on_message,
                  Open open) {
  auto call = std::make_unique<StreamCall<Request, Message>>(request, std::move(on_message));
  call->Begin(open);
  return Stream(std::move(call));
}

}  // namespace gregale::client
