#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/random.h"
#include "server/caller.h"
#include "server/http_message.h"
#include "store/store.h"

namespace gregale::executions {
class Executions;
}

namespace gregale::server {

// What the handlers of Mistral's API work with, besides the request.
struct MistralContext {
  store::Store& store;
  base::Random& random;
  executions::Executions& executions;
  // What the project "admin" is called, where it is the only one; "": "admin".
  std::string_view only_project;
  // Where the world finds this server; "": where the request found it.
  std::string_view public_url;
};

// One request on its way to a handler.
struct Exchange {
  const HttpRequest& http;
  const std::vector<std::string>& parts;  // of the path: what stands at "{}"
  const Caller& caller;                   // tenant_id: the project that is acted for
  const MistralContext& context;

  store::Store& store() const { return context.store; }
  // The value of an argument of the query, the last where there are several; "" where there is
  // none.
  std::string Argument(std::string_view name) const;
  // Scheme and host of this server, for links.
  std::string BaseUrl() const;
  // A project as it is shown, and as it is stored.
  std::string ShownProject(const std::string& tenant_id) const;
  std::string StoredProject(const std::string& project_id) const;
};

using Answer = absl::StatusOr<HttpResponse>;

// `text`, `true` and so on as Python writes it in a query: "True", "1", ... kInvalidArgument.
absl::StatusOr<bool> ReadFlag(std::string_view name, std::string_view text);

}  // namespace gregale::server
