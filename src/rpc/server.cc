#include "rpc/server.h"

#include <mutex>
#include <utility>

#include "base/limits.h"
#include "base/text.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "rpc/callback_threads.h"
#include "rpc/deadline.h"
#include "rpc/keepalive.h"

namespace gregale::rpc {
namespace {

// gRPC keeps both as settings of the process for servers made later; neither may be set while one
// is being made.
void EnableHealthAndReflection() {
  static std::once_flag once;
  std::call_once(once, [] {
    // gRPC serves the health service without describing it; to name a message of its description is
    // what links that into the program, where reflection finds it.
    grpc::health::v1::HealthCheckRequest::descriptor();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void SetBounds(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(base::kGrpcMessageBytesMax);
  builder.SetMaxSendMessageSize(base::kGrpcMessageBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, base::kGrpcStreamsPerConnectionMax);
  // Without this, a second server on the same port would start and take half of the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, 0);
  for (const auto& [name, value] : kKeepalive) builder.AddChannelArgument(name, value);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kPingIntervalMillisecondsMin);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const Options& options) {
  EnableHealthAndReflection();
  KeepCallbackThreads();
  auto server = std::unique_ptr<Server>(new Server());
  server->grace_ = options.grace;
  grpc::ServerBuilder builder;
  SetBounds(builder);
  builder.AddListeningPort(options.address, options.transport.ForServer(), &server->port_);
  for (grpc::Service* service : options.services) builder.RegisterService(service);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr || server->port_ == 0) {
    return absl::UnavailableError(base::Cat("cannot listen on ", options.address,
                                            ": the address is in use or not of this machine"));
  }
  server->SetServing(true);
  return server;
}

Server::~Server() { Shutdown(); }

void Server::SetServing(bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(serving);
}

void Server::Shutdown() {
  if (server_ == nullptr) return;
  SetServing(false);
  server_->Shutdown(DeadlineAfter(grace_));
  server_->Wait();
  server_ = nullptr;
}

}  // namespace gregale::rpc
