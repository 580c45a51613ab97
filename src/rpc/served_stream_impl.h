#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"
#include "rpc/baton.h"
#include "rpc/outbox.h"
#include "rpc/status.h"
#include "rpc/stream.h"

// The server's reactors behind rpc/stream.h.
namespace gregale::rpc::stream_internal {

// What both server reactors do with the outgoing side. Reactor: grpc::ServerWriteReactor<Out> or
// ServerBidiReactor.
template <class Reactor, class Out>
class ServerReactor : public Reactor, public WritePort<Out> {
 public:
  ServerReactor(size_t queue_max, std::function<void()> on_gone)
      : outbox_(std::make_shared<Outbox<Out>>(queue_max, *this)), on_gone_(std::move(on_gone)) {
    baton_.Pass();
  }

  const std::shared_ptr<Outbox<Out>>& outbox() { return outbox_; }

  void StartOne(const Out& message) override {
    baton_.Pass();
    this->StartWrite(&message);
  }
  void StartEnd(const absl::Status& status) override {
    baton_.Pass();
    this->Reactor::Finish(ToGrpc(status));
  }

  void OnWriteDone(bool ok) override {
    baton_.Pass();
    if (ok) {
      outbox_->OnWritten();
    } else {
      outbox_->Abort(absl::CancelledError("the client is gone"));
    }
  }
  void OnCancel() override {
    baton_.Pass();
    outbox_->Abort(absl::CancelledError("the call was cancelled"));
  }
  void OnDone() override {
    baton_.Pass();
    outbox_->Close();
    if (on_gone_) on_gone_();
    delete this;
  }

 protected:
  ~ServerReactor() override = default;

  Baton baton_;

 private:
  const std::shared_ptr<Outbox<Out>> outbox_;
  const std::function<void()> on_gone_;
};

template <class Out>
class ServerWriter final : public ServerReactor<grpc::ServerWriteReactor<Out>, Out> {
 public:
  using ServerReactor<grpc::ServerWriteReactor<Out>, Out>::ServerReactor;
};

template <class In, class Out>
class ServerBidi final : public ServerReactor<grpc::ServerBidiReactor<In, Out>, Out> {
 public:
  ServerBidi(size_t queue_max, std::function<void(In)> on_message, std::function<void()> on_gone)
      : ServerReactor<grpc::ServerBidiReactor<In, Out>, Out>(queue_max, std::move(on_gone)),
        on_message_(std::move(on_message)) {
    this->baton_.Pass();
    this->StartRead(&in_);
  }

  void OnReadDone(bool ok) override {
    this->baton_.Pass();
    // A stream that this side has ended takes no more messages, though some may still arrive.
    if (this->outbox()->ended()) return;
    if (!ok) {
      this->outbox()->Finish(absl::OkStatus());
      return;
    }
    on_message_(std::move(in_));
    in_ = In();
    this->baton_.Pass();
    this->StartRead(&in_);
  }

 private:
  const std::function<void(In)> on_message_;
  In in_;
};

}  // namespace gregale::rpc::stream_internal
