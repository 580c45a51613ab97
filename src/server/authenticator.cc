#include "server/authenticator.h"

#include "base/error.h"

namespace gregale::server {

absl::Status NotAuthenticated() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "Unauthorized",
                         "The request you have made requires authentication.");
}

absl::StatusOr<Caller> NoAuthentication::Authenticate(std::string_view) {
  return Caller{.tenant_id = std::string(kAdminProject), .is_admin = true};
}

absl::StatusOr<Caller> FirstToKnow::Authenticate(std::string_view token) {
  for (Authenticator* authenticator : asked_) {
    absl::StatusOr<Caller> caller = authenticator->Authenticate(token);
    if (caller.ok() || !absl::IsUnauthenticated(caller.status())) return caller;
  }
  return NotAuthenticated();
}

}  // namespace gregale::server
