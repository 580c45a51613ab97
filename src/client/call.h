#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>

#include <chrono>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/channel.h"

// How the clients call; not installed.
namespace gregale::client {

inline absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

void SetDeadline(grpc::ClientContext& context, absl::Duration timeout);
// Says who calls.
void SetToken(grpc::ClientContext& context, const Channel& channel);

// A channel with the stub of one service, shared by the copies of a client.
template <class Service>
struct Connection {
  explicit Connection(Channel to) : channel(std::move(to)), stub(channel.grpc()) {}

  template <class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (Service::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    SetDeadline(context, channel.timeout());
    SetToken(context, channel);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return FromGrpc(status);
    return response;
  }

  Channel channel;
  typename Service::Stub stub;
};

}  // namespace gregale::client
