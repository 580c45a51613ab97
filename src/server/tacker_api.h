#pragma once

#include "server/authenticator.h"
#include "server/http_message.h"
#include "server/identity_api.h"
#include "server/requests.h"
#include "store/store.h"

namespace gregale::server {

// Which Host headers are answered. Where nobody has to say who they are, a page in the operator's
// own browser is the attacker: it can make a name of its own resolve to 127.0.0.1. So where nobody
// else can reach the server, only literal addresses and "localhost" are taken for its name.
enum class HostPolicy { kLocalNamesOnly, kAny };

// Tacker's v1.0 REST API: from a request to an answer. Thread-safe; keeps nothing between requests.
class TackerApi {
 public:
  struct Options {
    store::Store& store;
    HandlerContext handlers;
    Authenticator& authenticator;
    // Where users become known; nullptr: elsewhere, or nowhere.
    IdentityApi* identity = nullptr;
    HostPolicy hosts = HostPolicy::kLocalNamesOnly;
  };
  explicit TackerApi(const Options& options) : options_(options) {}

  // Answers 201, 200 and 204 to a change only after it is durable.
  HttpResponse Handle(const HttpRequest& request);

 private:
  Options options_;
};

}  // namespace gregale::server
