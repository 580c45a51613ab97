#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/server_callback.h"
#include "rpc/baton.h"
#include "rpc/callback_gate.h"
#include "rpc/outbox.h"
#include "rpc/status.h"
#include "rpc/stream.h"

// The reactors behind rpc/stream.h. The rules of gRPC's callback API that they keep:
//  - one read and one write in flight, nothing started after Finish, Finish exactly once: Outbox
//  sees to it;
//  - a server's reactor lives until OnDone, which comes only after Finish and after every
//  operation, so an Outbox that
//    has not ended may use it from any thread;
//  - a client's reactor may be used from other threads only while a hold keeps the call from being
//  done;
//  - every reaction begins by taking a lock of ours, so that what one thread of gRPC's wrote the
//  next one sees.
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

// A call from the client's side. Lives until the call is done and the handle is gone, whichever is
// later.
template <class Out, class In>
class BidiCall final : public grpc::ClientBidiReactor<Out, In>, public WritePort<Out> {
 public:
  BidiCall(size_t queue_max, std::function<void(In)> on_message,
           std::function<void(absl::Status)> on_gone)
      : outbox_(queue_max, *this),
        on_message_(std::move(on_message)),
        on_gone_(std::move(on_gone)) {}

  // `self` owns this object until the call is done.
  template <class Open>
  void Start(std::shared_ptr<BidiCall> self, const Open& open) {
    self_ = std::move(self);
    open(&context_, this);
    this->AddHold();  // for the outbox; OnReadDone removes it
    this->StartRead(&in_);
    baton_.Pass();
    this->StartCall();
  }

  Outbox<Out>& outbox() { return outbox_; }

  void Abandon() {
    gate_.Shut();
    context_.TryCancel();
  }

  void StartOne(const Out& message) override {
    baton_.Pass();
    this->StartWrite(&message);
  }
  void StartEnd(const absl::Status& status) override {
    baton_.Pass();
    if (status.ok()) {
      this->StartWritesDone();
    } else {
      context_.TryCancel();
    }
  }

  void OnWriteDone(bool ok) override {
    baton_.Pass();
    if (ok) {
      outbox_.OnWritten();
    } else {
      outbox_.Close();
    }
  }

  void OnReadDone(bool ok) override {
    baton_.Pass();
    if (!ok) {
      // The server has finished or the call is broken. Once closed, the outbox starts nothing.
      outbox_.Close();
      this->RemoveHold();
      return;
    }
    gate_.Run([this] { on_message_(std::move(in_)); });
    in_ = In();
    baton_.Pass();
    this->StartRead(&in_);
  }

  void OnDone(const grpc::Status& status) override {
    baton_.Pass();
    const std::shared_ptr<BidiCall> self = std::move(self_);
    const absl::Status ours = outbox_.status();
    gate_.Run([&] { on_gone_(ours.ok() ? FromGrpc(status) : ours); });
  }

 private:
  grpc::ClientContext context_;
  Outbox<Out> outbox_;
  CallbackGate gate_;
  const std::function<void(In)> on_message_;
  const std::function<void(absl::Status)> on_gone_;
  In in_;
  Baton baton_;
  std::shared_ptr<BidiCall> self_;
};

template <class Out, class In>
class ClientHandle final : public ClientBidi<Out, In> {
 public:
  explicit ClientHandle(std::shared_ptr<BidiCall<Out, In>> call) : call_(std::move(call)) {}
  ~ClientHandle() override { call_->Abandon(); }
  Sink<Out>& sink() override { return call_->outbox(); }

 private:
  const std::shared_ptr<BidiCall<Out, In>> call_;
};

}  // namespace gregale::rpc::stream_internal

namespace gregale::rpc {

template <class Out>
ServedStream<Out> ServeStream(size_t queue_max, std::function<void()> on_gone) {
  using Reactor = stream_internal::ServerWriter<Out>;
  auto* reactor = new Reactor(queue_max, std::move(on_gone));
  return {reactor, reactor->outbox()};
}

template <class In, class Out>
ServedBidi<In, Out> ServeBidi(size_t queue_max, std::function<void(In)> on_message,
                              std::function<void()> on_gone) {
  using Reactor = stream_internal::ServerBidi<In, Out>;
  auto* reactor = new Reactor(queue_max, std::move(on_message), std::move(on_gone));
  return {reactor, reactor->outbox()};
}

template <class Out, class In>
std::unique_ptr<ClientBidi<Out, In>> OpenBidi(
    size_t queue_max,
    const std::function<void(grpc::ClientContext*, grpc::ClientBidiReactor<Out, In>*)>& open,
    std::function<void(In)> on_message, std::function<void(absl::Status)> on_gone) {
  auto call = std::make_shared<stream_internal::BidiCall<Out, In>>(queue_max, std::move(on_message),
                                                                   std::move(on_gone));
  call->Start(call, open);
  return std::make_unique<stream_internal::ClientHandle<Out, In>>(call);
}

}  // namespace gregale::rpc
