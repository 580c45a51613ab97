#include "server/router.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
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

// The segments at "{}", if the path fits.
std::optional<std::vector<std::string>> MatchPath(std::string_view path,
                                                  const std::vector<std::string_view>& segments) {
  std::vector<std::string_view> pattern;
  if (!path.empty()) pattern = base::Split(path, '/');
  if (pattern.size() != segments.size()) return std::nullopt;
  std::vector<std::string> taken;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == "{}" && !segments[i].empty()) {
      taken.emplace_back(segments[i]);
    } else if (pattern[i] != segments[i]) {
      return std::nullopt;
    }
  }
  return taken;
}

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
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::string allow;
  for (const Route& route : kRoutes) {
    std::optional<std::vector<std::string>> taken = MatchPath(route.path, path);
    if (!taken.has_value()) continue;
    if (route.method == wanted) return MatchedBy(route, *std::move(taken));
    base::Append(allow, allow.empty() ? "" : ", ", route.method,
                 route.method == "GET" ? ", HEAD" : "");
  }
  if (allow.empty()) return NoRoute{};
  return WrongMethod{.allow = base::Cat(allow, ", OPTIONS")};
}

}  // namespace gregale::server
