#include "server/rest_api.h"

namespace gregale::server {

RestApi::RestApi(const Options& options)
    : tacker_(options.tacker),
      mistral_({.store = options.tacker.store,
                .random = options.tacker.handlers.random,
                .authenticator = options.tacker.authenticator,
                .hosts = options.tacker.hosts,
                .only_project = options.only_project,
                .public_url = options.tacker.handlers.public_url}) {}

HttpResponse RestApi::Handle(const HttpRequest& request) {
  const bool is_mistral =
      !request.target.segments.empty() && request.target.segments.front() == "v2";
  return is_mistral ? mistral_.Handle(request) : tacker_.Handle(request);
}

}  // namespace gregale::server
