#pragma once

#include "server/authenticator.h"
#include "server/http_message.h"
#include "server/identity_api.h"
#include "server/requests.h"
#include "server/rest_edge.h"
#include "store/store.h"

namespace gregale::server {

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
