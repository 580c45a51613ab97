#include "server/grpc_caller.h"

#include <string_view>

namespace gregale::server {

absl::StatusOr<Caller> CallerOf(const grpc::ServerContext& call, Authenticator& authenticator) {
  const auto& metadata = call.client_metadata();
  const auto [first, last] = metadata.equal_range("x-auth-token");
  if (first == last) return authenticator.Authenticate("");
  if (std::next(first) != last) return NotAuthenticated();
  return authenticator.Authenticate({first->second.data(), first->second.size()});
}

}  // namespace gregale::server
