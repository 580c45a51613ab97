#pragma once

#include "absl/status/status.h"
#include "grpcpp/support/status.h"

namespace gregale::rpc {

// The only conversions between our errors and gRPC's. The kind and field of base::MakeError travel
// as a google.rpc.ErrorInfo / BadRequest in the status details; messages are cut at 1,024 bytes.
grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace gregale::rpc
