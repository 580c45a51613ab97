#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Which entry of a table of routes a request means. An entry has a `method` and a `path`, where
// "{}" stands for one segment.
namespace gregale::server {

// The path exists, for other methods: these, as the Allow header names them.
struct WrongMethod {
  std::string allow;
};
// No such path.
struct NoRoute {};

template <class Route>
struct RouteMatch {
  const Route* route;
  std::vector<std::string> taken;  // the segments at "{}"
};

template <class Route>
using RouteSearch = std::variant<RouteMatch<Route>, WrongMethod, NoRoute>;

// The segments at "{}" go to `taken`, if the path fits.
bool MatchPath(std::string_view path, const std::vector<std::string_view>& segments,
               std::vector<std::string>& taken);

// Adds a method to an Allow header.
void AddAllowed(std::string_view method, std::string& allow);

// The first entry that fits. HEAD is taken for GET.
template <class Route>
RouteSearch<Route> FindRoute(std::span<const Route> routes, std::string_view method,
                             const std::vector<std::string_view>& segments) {
  const std::string_view wanted = method == "HEAD" ? "GET" : method;
  std::string allow;
  for (const Route& route : routes) {
    RouteMatch<Route> match = {.route = &route};
    if (!MatchPath(route.path, segments, match.taken)) continue;
    if (route.method == wanted) return match;
    AddAllowed(route.method, allow);
  }
  if (allow.empty()) return NoRoute{};
  AddAllowed("OPTIONS", allow);
  return WrongMethod{.allow = allow};
}

}  // namespace gregale::server
