#include "server/router.h"

#include <utility>

#include "base/text.h"

namespace gregale::server {
namespace {

constexpr Route kRoutes[] = {
    {"GET", "", Call::kListVersions, Access::kOpen},
    {"GET", "healthz", Call::kGetHealth, Access::kOpen},
    {"GET", "readyz", Call::kGetReadiness, Access::kOpen},
    {"GET", "openapi.json", Call::kGetOpenApi, Access::kOpen},
    {"GET", "v1.0/extensions", Call::kListExtensions},
    {"GET", "v1.0/extensions/{}", Call::kGetExtension},
    {"GET", "v1.0/vims", Call::kListVims},
    {"POST", "v1.0/vims", Call::kCreateVim},
    {"GET", "v1.0/vims/{}", Call::kGetVim},
    {"PUT", "v1.0/vims/{}", Call::kChangeVim},
    {"DELETE", "v1.0/vims/{}", Call::kDeleteVim},
    {"GET", "v1.0/vnfds", Call::kListVnfds},
    {"POST", "v1.0/vnfds", Call::kCreateVnfd},
    {"GET", "v1.0/vnfds/{}", Call::kGetVnfd},
    {"PUT", "v1.0/vnfds/{}", Call::kChangeVnfd},
    {"DELETE", "v1.0/vnfds/{}", Call::kDeleteVnfd},
    {"GET", "v1.0/vnfs", Call::kListVnfs},
    {"POST", "v1.0/vnfs", Call::kCreateVnf},
    {"GET", "v1.0/vnfs/{}", Call::kGetVnf},
    {"PUT", "v1.0/vnfs/{}", Call::kChangeVnf},
    {"POST", "v1.0/vnfs/{}/actions", Call::kActOnVnf},
    {"DELETE", "v1.0/vnfs/{}", Call::kDeleteVnf},
    {"GET", "v1.0/vnfs/{}/resources", Call::kListVnfResources},
    {"POST", "v1.0/vnfs/{}/triggers", Call::kFireTrigger},
    {"POST", "v1.0/vnfs/{}/{}/{}/{}", Call::kFireTriggerByUrl, Access::kKey},
    {"GET", "v1.0/events", Call::kListEvents},
    {"GET", "v1.0/events/{}", Call::kGetEvent},
    {"GET", "identity", Call::kListIdentityVersions, Access::kIdentity},
    {"GET", "identity/v3", Call::kGetIdentityVersion, Access::kIdentity},
    {"POST", "identity/v3/auth/tokens", Call::kIssueToken, Access::kIdentity},
    {"GET", "identity/v3/auth/tokens", Call::kShowToken, Access::kIdentity},
    {"DELETE", "identity/v3/auth/tokens", Call::kRevokeToken, Access::kIdentity},
    {"GET", "identity/v3/auth/catalog", Call::kShowCatalog, Access::kIdentity},
};

Matched MatchedBy(const Route& route, std::vector<std::string> taken) {
  Matched matched = {.call = route.call, .access = route.access};
  if (taken.empty()) return matched;
  matched.id = std::move(taken.front());
  matched.further.assign(taken.begin() + 1, taken.end());
  return matched;
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

RouteResult MatchRoute(std::string_view method, const std::vector<std::string>& segments) {
  std::vector<std::string_view> path(segments.begin(), segments.end());
  if (path.size() > 1 && path[0] == "v1.0") base::TakeSuffix(path.back(), ".json");
  RouteSearch<Route> found = FindRoute(Routes(), method, path);
  if (auto* match = std::get_if<RouteMatch<Route>>(&found)) {
    return MatchedBy(*match->route, std::move(match->taken));
  }
  if (auto* wrong = std::get_if<WrongMethod>(&found)) return std::move(*wrong);
  return NoRoute{};
}

}  // namespace gregale::server
