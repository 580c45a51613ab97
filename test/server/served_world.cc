#include "served_world.h"

#include <catch2/catch.hpp>
#include <utility>

#include "base/text.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/tacker_error.h"
#include "server/vim_handlers.h"

namespace gregale::server {

ServedWorld::ServedWorld(const HttpPatience& patience)
    : api_({.tacker = {.store = world_.store(),
                       .handlers = world_.handlers(),
                       .authenticator = known_}}),
      edge_({.store = world_.store(), .handlers = world_.handlers(), .authenticator = known_}) {
  HandlerContext handlers = world_.handlers();
  REQUIRE(world_.store()
              .Write([&](store::Txn& txn) {
                return EnsureDefaultLocalVim(txn, world_.caller, handlers);
              })
              .ok());
  auto grpc = rpc::Server::Start({.address = "127.0.0.1:0", .services = edge_.services()});
  REQUIRE(grpc.ok());
  grpc_ = *std::move(grpc);
  auto rest = HttpServer::Start({.address = "127.0.0.1:0",
                                 .patience = patience,
                                 .handle = [this](const HttpRequest& r) { return api_.Handle(r); },
                                 .refuse = TackerError},
                                clock_);
  REQUIRE(rest.ok());
  rest_ = *std::move(rest);
}

ServedWorld::~ServedWorld() { edge_.EndWatches(); }

std::shared_ptr<grpc::Channel> ServedWorld::channel() const {
  return grpc::CreateChannel(base::Cat("127.0.0.1:", grpc_port()),
                             grpc::InsecureChannelCredentials());
}

}  // namespace gregale::server
