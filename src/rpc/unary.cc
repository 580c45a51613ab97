#include "rpc/unary.h"

#include <utility>

#include "rpc/baton.h"
#include "rpc/status.h"

namespace gregale::rpc {
namespace {

class UnaryReactor final : public grpc::ServerUnaryReactor, public UnaryCall {
 public:
  explicit UnaryReactor(std::function<void()> on_cancel) : on_cancel_(std::move(on_cancel)) {
    baton_.Pass();
  }

  void Finish(const absl::Status& status) override {
    baton_.Pass();
    grpc::ServerUnaryReactor::Finish(ToGrpc(status));
  }
  void OnCancel() override {
    baton_.Pass();
    on_cancel_();
    baton_.Pass();
  }
  void OnDone() override {
    baton_.Pass();
    delete this;
  }

 private:
  ~UnaryReactor() override = default;

  Baton baton_;
  const std::function<void()> on_cancel_;
};

}  // namespace

ServedUnary ServeUnary(std::function<void()> on_cancel) {
  auto* reactor = new UnaryReactor(std::move(on_cancel));
  return {.reactor = reactor, .call = reactor};
}

}  // namespace gregale::rpc
