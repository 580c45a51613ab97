#include "server/mistral/mistral_api.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/identity_error.h"
#include "server/mistral/mistral_error.h"
#include "server/mistral/mistral_route.h"
#include "server/path_match.h"

namespace gregale::server {
namespace {

using base::Json;

Answer ListVersions(const Exchange& x) {
  return JsonAnswer(
      200, {{"versions", Json::array({{{"id", "v2.0"},
                                       {"status", "CURRENT"},
                                       {"links", Json::array({{
                                                     {"href", base::Cat(x.BaseUrl(), "/v2")},
                                                     {"target", "v2"},
                                                     {"rel", "self"},
                                                 }})}}})}});
}

Answer GetVersion(const Exchange& x) {
  return JsonAnswer(200, {{"uri", base::Cat(x.BaseUrl(), "/v2")}});
}

constexpr MistralRoute kRoots[] = {
    {.method = "GET",
     .path = "",
     .handle = &ListVersions,
     .id = "listMistralVersions",
     .summary = "The versions of Mistral's API",
     .access = MistralRoute::Access::kOpen},
    {.method = "GET",
     .path = "v2",
     .handle = &GetVersion,
     .id = "getMistralVersion",
     .summary = "The root of Mistral's API",
     .access = MistralRoute::Access::kOpen},
};

absl::Status CheckArguments(const MistralRoute& route, const HttpRequest& request) {
  if (route.collection != nullptr || route.body_kind == BodyKind::kText) return absl::OkStatus();
  const std::vector<std::string_view> known = base::Split(route.arguments, ' ');
  for (const auto& [name, value] : request.target.query) {
    if (name.empty() || std::ranges::count(known, name) == 0) return UnknownArgument(name);
  }
  return absl::OkStatus();
}

HttpResponse NotAllowed(const HttpRequest& request, const std::string& allow) {
  if (request.method == "OPTIONS") return {.status = 204, .headers = {{"Allow", allow}}};
  HttpResponse response = MistralError(MethodNotAllowed(request.method), BodyKind::kJson);
  response.headers.emplace_back("Allow", allow);
  return response;
}

// Who asks; an admin may act for another project.
absl::StatusOr<Caller> Admit(Authenticator& authenticator, const HttpRequest& request,
                             std::string_view only_project) {
  GREGALE_ASSIGN_OR_RETURN(Caller caller, authenticator.Authenticate(request.auth_token));
  if (!caller.is_admin || request.project_id.empty() || request.project_id == only_project) {
    return caller;
  }
  if (request.project_id.size() > base::kNameCharsMax) {
    return MistralBadRequest("X-Project-Id is too long");
  }
  caller.tenant_id = request.project_id;
  return caller;
}

}  // namespace

const std::vector<MistralRoute>& MistralRoutes() {
  static const std::vector<MistralRoute> kAll = [] {
    std::vector<MistralRoute> all(std::begin(kRoots), std::end(kRoots));
    for (const std::span<const MistralRoute> routes :
         {WorkflowRoutes(), WorkbookRoutes(), ActionRoutes(), EnvironmentRoutes(),
          CronTriggerRoutes(), ExecutionRoutes(), ExecutionTreeRoutes(), TaskRoutes(),
          ActionExecutionRoutes(), AbsentRoutes()}) {
      all.insert(all.end(), routes.begin(), routes.end());
    }
    return all;
  }();
  return kAll;
}

HttpResponse MistralApi::Handle(const HttpRequest& request) {
  if (const absl::Status host = CheckHost(request, options_.hosts); !host.ok()) {
    return MistralError(host, BodyKind::kJson);
  }
  const std::vector<std::string_view> path(request.target.segments.begin(),
                                           request.target.segments.end());
  const RouteSearch<MistralRoute> found =
      FindRoute<MistralRoute>(MistralRoutes(), request.method, path);
  if (const auto* wrong = std::get_if<WrongMethod>(&found)) {
    return NotAllowed(request, wrong->allow);
  }
  const auto* match = std::get_if<RouteMatch<MistralRoute>>(&found);
  if (match == nullptr) return MistralError(PathNotFound(), BodyKind::kJson);
  const MistralRoute& route = *match->route;
  const absl::Status type = CheckContentType(request, route.body_kind);
  if (!type.ok()) return MistralError(type, route.body_kind);
  absl::StatusOr<Caller> caller = Caller();
  if (route.access == MistralRoute::Access::kProject) {
    caller = Admit(options_.authenticator, request, options_.only_project);
  }
  if (absl::IsUnauthenticated(caller.status())) return Unauthorized();
  if (!caller.ok()) return MistralError(caller.status(), route.body_kind);
  const absl::Status arguments = CheckArguments(route, request);
  if (!arguments.ok()) return MistralError(arguments, route.body_kind);
  const MistralContext context = {.store = options_.store,
                                  .random = options_.random,
                                  .executions = executions_,
                                  .only_project = options_.only_project,
                                  .public_url = options_.public_url};
  const Exchange exchange = {
      .http = request, .parts = match->taken, .caller = *caller, .context = context};
  absl::StatusOr<HttpResponse> answer = route.handle(exchange);
  return answer.ok() ? *std::move(answer) : MistralError(answer.status(), route.body_kind);
}

}  // namespace gregale::server
