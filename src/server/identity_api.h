#pragma once

#include <string>

#include "server/accounts.h"
#include "server/authenticator.h"
#include "server/http_message.h"
#include "server/router.h"

namespace gregale::server {

// As much of Keystone's API v3 as its clients need to log in: discovery, tokens by password and by
// token, scoped to a project, and the catalog. Thread-safe; keeps nothing between requests.
class IdentityApi {
 public:
  struct Options {
    Accounts& accounts;
    // Who may look at tokens: all that the server knows.
    Authenticator& authenticator;
    // What clients are told to call, "https://nfv.example.org"; "": what they called.
    std::string public_url;
  };
  explicit IdentityApi(const Options& options) : options_(options) {}

  // A call of Access::kIdentity.
  HttpResponse Handle(Call call, const HttpRequest& request);

 private:
  absl::StatusOr<HttpResponse> Dispatch(Call call, const HttpRequest& request);
  absl::StatusOr<HttpResponse> IssueToken(const HttpRequest& request);
  absl::StatusOr<HttpResponse> ShowToken(const HttpRequest& request);
  absl::StatusOr<HttpResponse> RevokeToken(const HttpRequest& request);
  absl::StatusOr<HttpResponse> ShowCatalog(const HttpRequest& request);
  // The token that is asked about, if it is the caller's own or the caller is an admin.
  absl::StatusOr<store::LiveToken> FindSubject(const HttpRequest& request);
  std::string Url(const HttpRequest& request) const;

  const Options options_;
};

}  // namespace gregale::server
