#pragma once

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "server/authenticator.h"
#include "server/caller.h"

namespace gregale::server {

// Who makes a call: by its metadata x-auth-token. Errors: as Authenticator.
absl::StatusOr<Caller> CallerOf(const grpc::ServerContext& call, Authenticator& authenticator);

}  // namespace gregale::server
