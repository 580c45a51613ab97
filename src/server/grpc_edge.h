#pragma once

#include <memory>
#include <vector>

#include "grpcpp/impl/codegen/service_type.h"
#include "server/authenticator.h"
#include "server/requests.h"
#include "store/store.h"

namespace gregale::server {

// VnfService and WorkflowService: the REST API's handlers, for gRPC. Thread-safe; keeps nothing
// between calls.
class GrpcEdge {
 public:
  struct Options {
    store::Store& store;
    HandlerContext handlers;
    Authenticator& authenticator;
  };
  explicit GrpcEdge(const Options& options);
  ~GrpcEdge();

  // To be served; they live as long as this object.
  std::vector<grpc::Service*> services();
  // Ends the calls of WatchEvents, now and later, with UNAVAILABLE, so that a server that stops
  // need not wait for them.
  void EndWatches();

 private:
  class Vnfs;
  class Workflows;
  std::unique_ptr<Vnfs> vnfs_;
  std::unique_ptr<Workflows> workflows_;
};

}  // namespace gregale::server
