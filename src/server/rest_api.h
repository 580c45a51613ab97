#pragma once

#include <string_view>

#include "server/mistral/mistral_api.h"
#include "server/tacker_api.h"

namespace gregale::server {

// Both REST APIs of this server on one port: Mistral's below /v2, Tacker's elsewhere. Thread-safe.
class RestApi {
 public:
  struct Options {
    TackerApi::Options tacker;
    // See MistralApi.
    std::string_view only_project = {};
  };
  explicit RestApi(const Options& options);

  HttpResponse Handle(const HttpRequest& request);
  // As on a port of Mistral's own.
  HttpResponse HandleMistral(const HttpRequest& request) { return mistral_.Handle(request); }

 private:
  TackerApi tacker_;
  MistralApi mistral_;
};

}  // namespace gregale::server
