#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/impl/codegen/service_type.h"
#include "grpcpp/server.h"
#include "rpc/transport.h"

namespace gregale::rpc {

// A running gRPC server with health checking, reflection and every bound set (message size, streams
// per connection, keepalive enforcement). Binding a port that is in use is an error. Destroying
// shuts it down: calls in flight get `grace` to end, then they are cancelled.
class Server {
 public:
  struct Options {
    std::string address;                   // "127.0.0.1:9892"; port 0: any
    std::vector<grpc::Service*> services;  // must outlive the server
    absl::Duration grace = absl::Seconds(2);
    Transport transport = {};
  };
  // kUnavailable: the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const Options& options);
  ~Server();

  int port() const { return port_; }
  // What the health service answers for "" and for every service: SERVING from the start.
  void SetServing(bool serving);
  // Stops now; the destructor does it otherwise.
  void Shutdown();

 private:
  Server() = default;
  std::unique_ptr<grpc::Server> server_;
  absl::Duration grace_;
  int port_ = 0;
};

}  // namespace gregale::rpc
