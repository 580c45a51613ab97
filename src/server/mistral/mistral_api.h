#pragma once

#include <string_view>

#include "executions/executions.h"
#include "server/authenticator.h"
#include "server/http_message.h"
#include "server/mistral/exchange.h"
#include "server/rest_edge.h"
#include "store/store.h"

namespace gregale::server {

// What Mistral calls the only project there is, where it lets everybody in.
inline constexpr std::string_view kMistralProject = "<default-project>";

// Mistral's v2 REST API: from a request to an answer. Thread-safe; keeps nothing between requests.
class MistralApi {
 public:
  struct Options {
    store::Store& store;
    base::Random& random;
    Authenticator& authenticator;
    HostPolicy hosts = HostPolicy::kLocalNamesOnly;
    // What the project "admin" is called, where it is the only one; "": "admin".
    std::string_view only_project = {};
    // Where the world finds this server: scheme and host; "": where a request found it.
    std::string public_url = {};
  };
  explicit MistralApi(const Options& options) : options_(options), executions_(options.random) {}

  // Answers 200, 201 and 204 to a change only after it is durable.
  HttpResponse Handle(const HttpRequest& request);

 private:
  const Options options_;
  executions::Executions executions_;
};

}  // namespace gregale::server
