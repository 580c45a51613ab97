#include "conductor/grpc_edge.h"

#include "base/error.h"
#include "conductor/executor_registry.h"
#include "conductor/local_vim.h"
#include "conductor/policy_action_handler.h"
#include "gregale/v1/executor_registry.grpc.pb.h"
#include "gregale/v1/local_vim.grpc.pb.h"
#include "gregale/v1/policy_action.grpc.pb.h"
#include "rpc/server.h"
#include "rpc/status.h"

namespace gregale::conductor {
namespace {

constexpr absl::Duration kGrace = absl::Milliseconds(500);

template <class Response>
grpc::Status Answer(absl::StatusOr<Response> result, Response* response) {
  if (!result.ok()) return rpc::ToGrpc(result.status());
  *response = *std::move(result);
  return grpc::Status::OK;
}

class PolicyActionService final : public v1::VNFPolicyActionRPC::Service {
 public:
  explicit PolicyActionService(const GrpcEdge::Options& options) : options_(options) {}
  grpc::Status ExecutePolicyAction(grpc::ServerContext*,
                                   const v1::ExecutePolicyActionRequest* request,
                                   v1::ExecutePolicyActionResponse* response) override {
    return Answer(conductor::ExecutePolicyAction(options_.reports, *request), response);
  }

 private:
  const GrpcEdge::Options options_;
};

class RegistryService final : public v1::ExecutorRegistry::Service {
 public:
  explicit RegistryService(const GrpcEdge::Options& options) : options_(options) {}
  grpc::Status Heartbeat(grpc::ServerContext*, const v1::HeartbeatRequest* request,
                         v1::HeartbeatResponse* response) override {
    return Answer(conductor::Heartbeat(options_.store, options_.executor_lease, *request),
                  response);
  }
  grpc::Status ListExecutors(grpc::ServerContext*, const v1::ListExecutorsRequest* request,
                             v1::ListExecutorsResponse* response) override {
    return Answer(conductor::ListExecutors(options_.store, *request), response);
  }
  grpc::Status DrainExecutor(grpc::ServerContext*, const v1::DrainExecutorRequest* request,
                             v1::Executor* response) override {
    return Answer(conductor::DrainExecutor(options_.store, *request), response);
  }

 private:
  const GrpcEdge::Options options_;
};

class LocalVimService final : public v1::LocalVimRPC::Service {
 public:
  explicit LocalVimService(const GrpcEdge::Options& options) : options_(options) {}
  grpc::Status BreakVdu(grpc::ServerContext*, const v1::BreakVduRequest* request,
                        v1::BreakVduResponse* response) override {
    return Answer(conductor::BreakVdu(options_.store, options_.vims, *request), response);
  }
  grpc::Status MendVdu(grpc::ServerContext*, const v1::MendVduRequest* request,
                       v1::MendVduResponse* response) override {
    return Answer(conductor::MendVdu(options_.store, options_.vims, *request), response);
  }

 private:
  const GrpcEdge::Options options_;
};

class RunningEdge final : public GrpcEdge {
 public:
  explicit RunningEdge(const Options& options)
      : policy_action_(options), registry_(options), local_vim_(options) {}

  absl::Status Start(const GrpcEdge::Options& edge) {
    rpc::Server::Options options;
    options.address = edge.address;
    options.transport = edge.transport;
    options.services = {&policy_action_, &registry_, &local_vim_};
    options.grace = kGrace;
    GREGALE_ASSIGN_OR_RETURN(server_, rpc::Server::Start(options));
    return absl::OkStatus();
  }
  int port() const override { return server_->port(); }

 private:
  PolicyActionService policy_action_;
  RegistryService registry_;
  LocalVimService local_vim_;
  std::unique_ptr<rpc::Server> server_;  // last: it uses the services
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcEdge>> GrpcEdge::Start(const Options& options) {
  auto edge = std::make_unique<RunningEdge>(options);
  GREGALE_RETURN_IF_ERROR(edge->Start(options));
  return std::unique_ptr<GrpcEdge>(std::move(edge));
}

}  // namespace gregale::conductor
