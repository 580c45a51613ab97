#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "absl/status/statusor.h"
#include "base/json.h"
#include "server/accounts.h"
#include "store/token_table.h"

// Bodies of Keystone's API v3.
namespace gregale::server {

// What a request for a token brings: a password, or a token and the project it shall be for.
struct TokenExchange {
  std::string token;
  Accounts::Scope scope;
};
using TokenRequest = std::variant<Accounts::Login, TokenExchange>;

// kInvalidArgument: no such body. NotAuthenticated: what is not offered (other methods, domains
// and scopes), as Keystone has it.
absl::StatusOr<TokenRequest> ReadTokenRequest(std::string_view body);

// {"token": ...}; `url` is where clients find this server, without a slash at its end.
base::Json ShowToken(const store::LiveToken& live, std::string_view url);
// [{"type": "nfv-orchestration", ...}, ...]
base::Json ShowCatalog(std::string_view url);
// {"id": "v3.14", ...}
base::Json ShowIdentityVersion(std::string_view url);

}  // namespace gregale::server
