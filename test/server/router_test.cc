#include "server/router.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "base/text.h"

namespace gregale::server {
namespace {

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> segments;
  if (path.empty()) return segments;
  for (const std::string_view segment : base::Split(path, '/')) segments.emplace_back(segment);
  return segments;
}

std::string WithId(std::string_view path, std::string_view id) {
  std::string text(path);
  for (size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}")) {
    text.replace(at, 2, id);
  }
  return text;
}

TEST_CASE("every route of the table is found, with and without .json, and no two are the same") {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const Route& route : Routes()) {
    INFO(route.method << " " << route.path);
    CHECK(seen.emplace(route.method, route.path).second);
    const std::string path = WithId(route.path, "42");
    for (const char* suffix : {"", ".json"}) {
      if (*suffix != '\0' && !route.path.starts_with("v1.0/")) continue;
      const RouteResult result = MatchRoute(route.method, Segments(path + suffix));
      const auto* matched = std::get_if<Matched>(&result);
      REQUIRE(matched != nullptr);
      CHECK(matched->call == route.call);
      CHECK(matched->id == (base::Contains(route.path, "{}") ? "42" : ""));
    }
  }
}

TEST_CASE("HEAD is GET") {
  const RouteResult result = MatchRoute("HEAD", Segments("v1.0/vnfs"));
  REQUIRE(std::get_if<Matched>(&result) != nullptr);
  CHECK(std::get<Matched>(result).call == Call::kListVnfs);
}

TEST_CASE("a path with the wrong method names the right ones") {
  CHECK(std::get<WrongMethod>(MatchRoute("PATCH", Segments("v1.0/vims/x"))).allow ==
        "GET, HEAD, PUT, DELETE, OPTIONS");
  CHECK(std::get<WrongMethod>(MatchRoute("get", Segments("v1.0/vims"))).allow ==
        "GET, HEAD, POST, OPTIONS");
}

TEST_CASE("other paths are no routes") {
  for (const char* path : {"v1.0", "v1.0.json", "v1.0/vnf", "v1.0/vnfs/1/2",
                           "v1.0/vnfs/1/resources/2", "healthz.json", "v1.0/vnfs/"}) {
    INFO(path);
    CHECK(std::holds_alternative<NoRoute>(MatchRoute("GET", Segments(path))));
  }
}

}  // namespace
}  // namespace gregale::server
