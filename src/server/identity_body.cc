#include "server/identity_body.h"

#include "absl/time/time.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/errors.h"

namespace gregale::server {
namespace {

using base::Json;

constexpr std::string_view kRegion = "RegionOne";

absl::Status Malformed(std::string_view what) {
  return BadRequest(base::Cat("Expecting to find ", what,
                              ". The server could not comply with the request since it is either "
                              "malformed or otherwise incorrect."));
}

// The object `key` of an object. kInvalidArgument.
absl::StatusOr<Json> ObjectIn(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return Malformed(base::Cat("an object ", key));
  return *found;
}

// The text `key` of an object; "" where there is none. kInvalidArgument.
absl::StatusOr<std::string> TextIn(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::string();
  if (!found->is_string()) return Malformed(base::Cat("a string ", key));
  return found->get<std::string>();
}

// There is one domain. Ids need none, names do, in Keystone; we take that one for granted.
absl::Status CheckDomain(const Json& owner) {
  const auto domain = owner.find("domain");
  if (domain == owner.end()) return absl::OkStatus();
  if (!domain->is_object()) return Malformed("an object domain");
  GREGALE_ASSIGN_OR_RETURN(const std::string id, TextIn(*domain, "id"));
  GREGALE_ASSIGN_OR_RETURN(const std::string name, TextIn(*domain, "name"));
  const bool ours =
      (id.empty() || id == "default") && (name.empty() || name == "Default" || name == "default");
  return ours ? absl::OkStatus() : NotAuthenticated();
}

absl::StatusOr<Accounts::Scope> ReadScope(const Json& auth) {
  Accounts::Scope scope;
  const auto given = auth.find("scope");
  if (given == auth.end() || given->is_null() || *given == "unscoped") return scope;
  if (!given->is_object()) return Malformed("an object scope");
  if (!given->contains("project")) return NotAuthenticated();
  GREGALE_ASSIGN_OR_RETURN(const Json project, ObjectIn(*given, "project"));
  GREGALE_RETURN_IF_ERROR(CheckDomain(project));
  GREGALE_ASSIGN_OR_RETURN(scope.project_id, TextIn(project, "id"));
  GREGALE_ASSIGN_OR_RETURN(scope.project_name, TextIn(project, "name"));
  if (scope.project_id.empty() && scope.project_name.empty())
    return Malformed("a project id or name");
  return scope;
}

absl::StatusOr<TokenRequest> ReadLogin(const Json& identity, Accounts::Scope scope) {
  GREGALE_ASSIGN_OR_RETURN(const Json password, ObjectIn(identity, "password"));
  GREGALE_ASSIGN_OR_RETURN(const Json user, ObjectIn(password, "user"));
  GREGALE_RETURN_IF_ERROR(CheckDomain(user));
  Accounts::Login login = {.scope = std::move(scope)};
  GREGALE_ASSIGN_OR_RETURN(login.user_id, TextIn(user, "id"));
  GREGALE_ASSIGN_OR_RETURN(login.user_name, TextIn(user, "name"));
  GREGALE_ASSIGN_OR_RETURN(login.password, TextIn(user, "password"));
  if (login.user_id.empty() && login.user_name.empty()) return Malformed("a user id or name");
  return TokenRequest(std::move(login));
}

absl::StatusOr<TokenRequest> ReadExchange(const Json& identity, Accounts::Scope scope) {
  GREGALE_ASSIGN_OR_RETURN(const Json token, ObjectIn(identity, "token"));
  TokenExchange exchange = {.scope = std::move(scope)};
  GREGALE_ASSIGN_OR_RETURN(exchange.token, TextIn(token, "id"));
  return TokenRequest(std::move(exchange));
}

std::string ShowTime(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d%ET%H:%M:%E6SZ", time, absl::UTCTimeZone());
}

Json Service(std::string_view type, std::string_view name, const std::string& url) {
  Json endpoints = Json::array();
  for (const char* interface : {"public", "internal", "admin"}) {
    endpoints.push_back({{"id", base::Cat(name, "-", interface)},
                         {"interface", interface},
                         {"region", kRegion},
                         {"region_id", kRegion},
                         {"url", url}});
  }
  return {{"id", name}, {"type", type}, {"name", name}, {"endpoints", std::move(endpoints)}};
}

}  // namespace

absl::StatusOr<TokenRequest> ReadTokenRequest(std::string_view body) {
  absl::StatusOr<Json> parsed = base::ParseJson(body);
  if (!parsed.ok() || !parsed->is_object()) return Malformed("a JSON object");
  GREGALE_ASSIGN_OR_RETURN(const Json auth, ObjectIn(*parsed, "auth"));
  GREGALE_ASSIGN_OR_RETURN(const Json identity, ObjectIn(auth, "identity"));
  const Json methods = identity.value("methods", Json());
  if (!methods.is_array() || methods.empty()) return Malformed("a list methods");
  GREGALE_ASSIGN_OR_RETURN(Accounts::Scope scope, ReadScope(auth));
  if (methods == Json::array({"password"})) return ReadLogin(identity, std::move(scope));
  if (methods == Json::array({"token"})) return ReadExchange(identity, std::move(scope));
  return NotAuthenticated();
}

Json ShowToken(const store::LiveToken& live, std::string_view url) {
  const Json domain = {{"id", "default"}, {"name", "Default"}};
  Json roles = Json::array();
  if (IsAdminRole(live.grant.role)) roles.push_back({{"id", "admin"}, {"name", "admin"}});
  roles.push_back({{"id", "member"}, {"name", "member"}});
  return {
      {"token",
       {{"methods", Json::array({live.token.method})},
        {"user",
         {{"id", live.token.user_id},
          {"name", live.user_name},
          {"domain", domain},
          {"password_expires_at", nullptr}}},
        {"project",
         {{"id", live.grant.project_id}, {"name", live.grant.project_name}, {"domain", domain}}},
        {"is_domain", false},
        {"roles", std::move(roles)},
        {"catalog", ShowCatalog(url)},
        {"audit_ids", Json::array({live.token.digest.substr(0, 22)})},
        {"issued_at", ShowTime(live.token.issued_at)},
        {"expires_at", ShowTime(live.token.expires_at)}}}};
}

Json ShowCatalog(std::string_view url) {
  return Json::array({Service("nfv-orchestration", "tacker", base::Cat(url, "/")),
                      Service("workflowv2", "mistral", base::Cat(url, "/v2")),
                      Service("identity", "keystone", base::Cat(url, "/identity/v3"))});
}

Json ShowIdentityVersion(std::string_view url) {
  const Json self = {{"rel", "self"}, {"href", base::Cat(url, "/identity/v3/")}};
  const Json json_type = {{"base", "application/json"},
                          {"type", "application/vnd.openstack.identity-v3+json"}};
  return {{"id", "v3.14"},
          {"status", "stable"},
          {"updated", "2020-04-07T00:00:00Z"},
          {"links", Json::array({self})},
          {"media-types", Json::array({json_type})}};
}

}  // namespace gregale::server
