#pragma once

#include <memory>

#include "base/clock.h"
#include "grpcpp/channel.h"
#include "rpc/server.h"
#include "server/grpc_edge.h"
#include "server/http_server.h"
#include "server/rest_api.h"
#include "world.h"

namespace gregale::server {

// A World that is served on real ports of 127.0.0.1, with a default VIM.
class ServedWorld {
 public:
  explicit ServedWorld(const HttpPatience& patience = {});
  ~ServedWorld();

  int rest_port() const { return rest_->port(); }
  int grpc_port() const { return grpc_->port(); }
  std::shared_ptr<grpc::Channel> channel() const;
  World& world() { return world_; }
  GrpcEdge& edge() { return edge_; }

 private:
  World world_;
  base::SystemClock clock_;
  KnownCaller known_{world_.caller};
  RestApi api_;
  GrpcEdge edge_;
  std::unique_ptr<rpc::Server> grpc_;
  std::unique_ptr<HttpServer> rest_;
};

}  // namespace gregale::server
