#include "server/accounts.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "server/account_handlers.h"
#include "server/authentication.h"
#include "server/http_head.h"
#include "world.h"

namespace gregale::server {
namespace {

constexpr char kPassword[] = "alice's password";

// A server that keeps accounts: the user alice, member of "acme".
class AccountWorld {
 public:
  AccountWorld() {
    auto made = Authentication::Create(
        {.password_cost = base::PasswordCost::Least()},
        {.store = world_.store(), .random = world_.handlers().random, .clock = world_.clock()});
    REQUIRE(made.ok());
    authentication_ = *std::move(made);
    base::PasswordHasher hasher(base::PasswordCost::Least());
    const std::string hash = *hasher.Hash(kPassword);
    Do([&](store::Txn& txn) {
      return CreateProject(txn, world_.caller, "acme", world_.handlers().random).status();
    });
    Do([&](store::Txn& txn) {
      return CreateUser(txn, world_.caller,
                        {.name = "alice", .password_hash = hash, .project = "acme"},
                        world_.handlers().random)
          .status();
    });
  }

  template <class Body>
  void Do(const Body& body) {
    const absl::Status status = world_.store().Write(body);
    INFO(status);
    REQUIRE(status.ok());
  }

  HttpResponse Send(HttpRequest request, std::string_view target) {
    request.target = *ParseHttpTarget(target);
    request.host = "127.0.0.1:9890";
    if (!request.body.empty()) request.content_type = "application/json";
    TackerApi api({.store = world_.store(),
                   .handlers = world_.handlers(),
                   .authenticator = authentication_->authenticator(),
                   .identity = authentication_->identity()});
    return api.Handle(request);
  }

  HttpResponse LogIn(const std::string& user, const std::string& password,
                     const std::string& scope = R"({"project": {"name": "acme"}})") {
    const std::string body = base::DumpJson(
        {{"auth",
          {{"identity",
            {{"methods", base::Json::array({"password"})},
             {"password",
              {{"user",
                {{"name", user}, {"domain", {{"id", "default"}}}, {"password", password}}}}}}},
           {"scope", *base::ParseJson(scope)}}}});
    return Send({.method = "POST", .peer = "10.0.0.1", .body = body}, "/identity/v3/auth/tokens");
  }

  std::string Token() { return HeaderOf(LogIn("alice", kPassword), "X-Subject-Token"); }
  int VnfsStatus(const std::string& token) {
    return Send({.method = "GET", .auth_token = token}, "/v1.0/vnfs.json").status;
  }

  static std::string HeaderOf(const HttpResponse& response, std::string_view name) {
    for (const auto& [header, value] : response.headers) {
      if (header == name) return value;
    }
    return "";
  }

  World& world() { return world_; }

 private:
  World world_;
  std::unique_ptr<Authentication> authentication_;
};

TEST_CASE("a password is answered with a token that opens the API") {
  AccountWorld world;
  const HttpResponse answer = world.LogIn("alice", kPassword);
  INFO(answer.body);
  REQUIRE(answer.status == 201);
  const std::string token = world.HeaderOf(answer, "X-Subject-Token");
  CHECK(token.size() == 43);
  CHECK(answer.body.find(token) == std::string::npos);
  const base::Json shown = (*base::ParseJson(answer.body))["token"];
  CHECK(shown["user"]["name"] == "alice");
  CHECK(shown["project"]["name"] == "acme");
  CHECK(shown["roles"][0]["name"] == "member");
  CHECK(shown["catalog"][0]["type"] == "nfv-orchestration");
  CHECK(shown["catalog"][0]["endpoints"][0]["url"] == "http://127.0.0.1:9890/");
  CHECK(shown["catalog"][1]["type"] == "workflowv2");
  CHECK(world.VnfsStatus(token) == 200);
  CHECK(world.VnfsStatus("") == 401);
  CHECK(world.VnfsStatus(token + "a") == 401);
}

TEST_CASE("a wrong password, user and project are the same to who asks") {
  AccountWorld world;
  const HttpResponse wrong = world.LogIn("alice", "another password");
  CHECK(wrong.status == 401);
  CHECK(
      wrong.body ==
      R"({"error": {"code": 401, "message": "The request you have made requires authentication.", )"
      R"("title": "Unauthorized"}})");
  CHECK(world.LogIn("bob", kPassword).body == wrong.body);
  CHECK(world.LogIn("alice", kPassword, R"({"project": {"name": "admin"}})").body == wrong.body);
  CHECK(world.LogIn("alice", kPassword, R"({"project": {"name": "nothing"}})").body == wrong.body);
  CHECK(world.LogIn("alice", kPassword, R"({"system": {"all": true}})").body == wrong.body);
  CHECK(world
            .LogIn("alice", kPassword,
                   R"({"project": {"name": "acme", "domain": {"name": "Other"}}})")
            .body == wrong.body);
  CHECK(world.LogIn("alice", std::string(5000, 'a')).body == wrong.body);
}

TEST_CASE("bodies that are no request for a token are refused") {
  AccountWorld world;
  for (const char* body :
       {"{}", "[]", "{", R"({"auth": 1})", R"({"auth": {"identity": {"methods": "password"}}})",
        R"({"auth": {"identity": {"methods": ["password"]}}})",
        R"({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": 1}}}}})",
        R"({"auth": {"identity": {"methods": ["password"], "password": {"user": {}}}}})",
        R"({"auth": {"identity": {"methods": ["token"]}}})"}) {
    const HttpResponse answer =
        world.Send({.method = "POST", .body = body}, "/identity/v3/auth/tokens");
    INFO(body << answer.body);
    CHECK(answer.status == 400);
  }
}

TEST_CASE("guessing is slowed down, and a right password is no way round it") {
  AccountWorld world;
  for (int i = 0; i < 5; ++i) CHECK(world.LogIn("alice", "wrong password").status == 401);
  const HttpResponse refused = world.LogIn("alice", kPassword);
  CHECK(refused.status == 429);
  CHECK(world.HeaderOf(refused, "Retry-After") == "10");
  world.world().clock().Advance(absl::Seconds(10));
  CHECK(world.LogIn("alice", kPassword).status == 201);
}

TEST_CASE("a token ends with its time, its revocation, a new password, and its role") {
  AccountWorld world;
  const std::string token = world.Token();
  REQUIRE(world.VnfsStatus(token) == 200);
  SECTION("its time") { world.world().clock().Advance(absl::Hours(1)); }
  SECTION("its revocation") {
    CHECK(world
              .Send({.method = "DELETE", .auth_token = token, .subject_token = token},
                    "/identity/v3/auth/tokens")
              .status == 204);
  }
  SECTION("a new password") {
    world.Do(
        [&](store::Txn& txn) { return SetPassword(txn, world.world().caller, "alice", "a hash"); });
  }
  SECTION("its role") {
    world.Do([&](store::Txn& txn) {
      return RevokeRole(txn, world.world().caller, {.user = "alice", .project = "acme"}).status();
    });
  }
  CHECK(world.VnfsStatus(token) == 401);
}

TEST_CASE("a token shows itself to its owner, and to nobody else's") {
  AccountWorld world;
  const std::string token = world.Token();
  const auto show = [&](const std::string& method, const std::string& by,
                        const std::string& subject) {
    return world.Send({.method = method, .auth_token = by, .subject_token = subject},
                      "/identity/v3/auth/tokens");
  };
  CHECK(show("GET", token, token).status == 200);
  CHECK(show("HEAD", token, token).status == 200);
  CHECK(show("GET", "", token).status == 401);
  CHECK(show("GET", token, "none").status == 404);
  base::PasswordHasher hasher(base::PasswordCost::Least());
  const std::string hash = *hasher.Hash("bob's password");
  world.Do([&](store::Txn& txn) {
    return CreateUser(txn, world.world().caller,
                      {.name = "bob", .password_hash = hash, .project = "acme"},
                      world.world().handlers().random)
        .status();
  });
  const std::string other = world.HeaderOf(world.LogIn("bob", "bob's password"), "X-Subject-Token");
  REQUIRE(world.VnfsStatus(other) == 200);
  CHECK(show("GET", other, token).status == 404);
  CHECK(show("DELETE", other, token).status == 404);
  CHECK(world.VnfsStatus(token) == 200);
}

TEST_CASE("a token is exchanged for one that does not outlive it") {
  AccountWorld world;
  const std::string token = world.Token();
  world.world().clock().Advance(absl::Minutes(30));
  const std::string body = base::Cat(
      R"({"auth": {"identity": {"methods": ["token"], "token": {"id": ")", token, R"("}}}})");
  const HttpResponse answer =
      world.Send({.method = "POST", .body = body}, "/identity/v3/auth/tokens");
  REQUIRE(answer.status == 201);
  const std::string second = world.HeaderOf(answer, "X-Subject-Token");
  CHECK(world.VnfsStatus(second) == 200);
  world.world().clock().Advance(absl::Minutes(30));
  CHECK(world.VnfsStatus(second) == 401);
  CHECK(world.Send({.method = "POST", .body = body}, "/identity/v3/auth/tokens").status == 401);
}

TEST_CASE("the rest of the API says 401 in Keystone's words and in Tacker's") {
  AccountWorld world;
  const HttpResponse answer = world.Send({.method = "GET"}, "/v1.0/vnfs.json");
  CHECK(answer.status == 401);
  const base::Json body = *base::ParseJson(answer.body);
  CHECK(body["error"]["message"] == "The request you have made requires authentication.");
  CHECK(body["error"]["code"] == 401);
  CHECK(body["unauthorized"]["message"] == body["error"]["message"]);
  CHECK(world.HeaderOf(answer, "WWW-Authenticate").starts_with("Keystone uri="));
}

TEST_CASE("who is no admin manages no accounts") {
  AccountWorld world;
  const Caller member = {.tenant_id = "acme"};
  const auto refused = [&](const auto& body) {
    return base::ErrorKind(world.world().store().Write(body)) == "AdminRequired";
  };
  base::Random& random = world.world().handlers().random;
  CHECK(refused([&](store::Txn& t) { return CreateUser(t, member, {}, random).status(); }));
  CHECK(refused([&](store::Txn& t) { return ListUsers(t, member, "").status(); }));
  CHECK(refused([&](store::Txn& t) { return DeleteUser(t, member, "alice"); }));
  CHECK(refused([&](store::Txn& t) { return SetPassword(t, member, "alice", "h"); }));
  CHECK(refused([&](store::Txn& t) { return CreateProject(t, member, "p", random).status(); }));
  CHECK(refused([&](store::Txn& t) { return ListProjects(t, member, "").status(); }));
  CHECK(refused([&](store::Txn& t) { return DeleteProject(t, member, "acme"); }));
  CHECK(refused([&](store::Txn& t) { return GrantRole(t, member, {}).status(); }));
  CHECK(refused([&](store::Txn& t) { return RevokeRole(t, member, {}).status(); }));
}

TEST_CASE("a project that owns something stays, and the admin project always") {
  AccountWorld world;
  const Caller admin = world.world().caller;
  const auto remove = [&](std::string_view name) {
    return world.world().store().Write(
        [&](store::Txn& txn) { return DeleteProject(txn, admin, name); });
  };
  CHECK(base::ErrorKind(remove("admin")) == "ProjectInUse");
  const std::string token = world.Token();
  const std::string vim =
      R"({"vim": {"name": "v", "type": "openstack", "auth_url": "http://10.0.0.1/v3", "auth_cred": {}, "vim_project": {}}})";
  const HttpResponse made =
      world.Send({.method = "POST", .auth_token = token, .body = vim}, "/v1.0/vims.json");
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(base::ErrorKind(remove("acme")) == "ProjectInUse");
  REQUIRE(world.Send({.method = "DELETE", .auth_token = token}, "/v1.0/vims/v.json").status == 204);
  CHECK(remove("acme").ok());
  CHECK(world.VnfsStatus(token) == 401);
}

}  // namespace
}  // namespace gregale::server
