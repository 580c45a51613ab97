#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/authenticator.h"

namespace gregale::server {

// Knows three tokens: "owner" and "stranger", members of projects of these names, and "admin".
class ThreeTokens : public Authenticator {
 public:
  absl::StatusOr<Caller> Authenticate(std::string_view token) override {
    if (token != "owner" && token != "stranger" && token != "admin") return NotAuthenticated();
    return Caller{.tenant_id = std::string(token), .is_admin = token == "admin"};
  }
};

}  // namespace gregale::server
