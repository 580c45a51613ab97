#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "grpcpp/support/client_callback.h"
#include "rpc/baton.h"
#include "rpc/callback_gate.h"
#include "rpc/outbox.h"
#include "rpc/status.h"
#include "rpc/stream.h"

// The client's reactor behind rpc/stream.h.
namespace gregale::rpc::stream_internal {

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
