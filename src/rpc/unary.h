#pragma once

#include <functional>

#include "absl/status/status.h"
#include "grpcpp/support/server_callback.h"

namespace gregale::rpc {

// A unary call that is answered later, on any thread. Request and response live until Finish.
class UnaryCall {
 public:
  // Ends the call, once; not to be used any more after that.
  virtual void Finish(const absl::Status& status) = 0;

 protected:
  ~UnaryCall() = default;
};

struct ServedUnary {
  grpc::ServerUnaryReactor* reactor = nullptr;  // to be returned to gRPC; deletes itself
  UnaryCall* call = nullptr;
};
// `on_cancel` is called at most once, on a thread of gRPC, perhaps after Finish: nobody waits for
// the answer any more. The call must be finished all the same.
ServedUnary ServeUnary(std::function<void()> on_cancel);

}  // namespace gregale::rpc
