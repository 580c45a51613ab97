#include "rpc/callback_threads.h"

#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/byte_buffer.h"

namespace gregale::rpc {
namespace {

// A call that is never freed, and its channel with it. The target is none that gRPC could ever
// connect to, so the call fails at once; having been made with a callback, it has claimed the
// threads.
struct EternalCall {
  EternalCall() : stub(grpc::CreateChannel("none:", grpc::InsecureChannelCredentials())) {
    stub.UnaryCall(&context, "/gregale/none", grpc::StubOptions(), &request, &response,
                   [](const grpc::Status&) {});
  }
  grpc::GenericStub stub;
  grpc::ClientContext context;
  // A message of no bytes; a default ByteBuffer is no message at all.
  grpc::Slice no_bytes;
  grpc::ByteBuffer request{&no_bytes, 1};
  grpc::ByteBuffer response;
};

}  // namespace

void KeepCallbackThreads() { [[maybe_unused]] static const auto* const call = new EternalCall; }

}  // namespace gregale::rpc
