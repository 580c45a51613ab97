#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "rpc/transport.h"

namespace gregale::rpc {

// A channel to a pool: round robin over `targets` ("host:port" each), keepalive (a hung peer is
// found within about 2 s), retry of UNAVAILABLE by service config. Connects lazily, reconnects with
// bounded backoff (at most 1 s). A single name is resolved again whenever connections are lost, and
// may stand for several addresses; several names are resolved once, here, which may block.
std::shared_ptr<grpc::Channel> DialPool(const std::vector<std::string>& targets,
                                        const Transport& transport = Transport());

// A channel to one process, without retry: for streams.
std::shared_ptr<grpc::Channel> Dial(const std::string& target,
                                    const Transport& transport = Transport());

// Every unary call has a deadline.
void SetDeadline(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace gregale::rpc
