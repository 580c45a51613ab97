// What is another project's does not exist: asked of every route of Mistral's API, so that a new
// one without a place here fails.
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/text.h"
#include "server/http_head.h"
#include "server/mistral/mistral_route.h"
#include "server/rest_api.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "three_tokens.h"
#include "world.h"

namespace gregale::server {
namespace {

constexpr char kWorkflow[] =
    R"({"version": "2.0", "owned-flow": {"tasks": {"wait": {"action": "std.async_noop"}}}})";
constexpr char kBook[] =
    R"({"version": "2.0", "name": "owned-book",
        "workflows": {"w": {"tasks": {"t": {"action": "std.noop"}}}}})";

// A server where the project "owner" has one of everything.
class OwnedWorld {
 public:
  OwnedWorld() {
    ids_["workflows"] = Make("workflows", kWorkflow);
    Make("workbooks", kBook);
    ids_["workbooks"] = "owned-book";
    ids_["actions"] =
        Make("actions", R"({"version": "2.0", "owned-action": {"base": "std.noop"}})");
    Make("environments", R"({"name": "owned-env", "variables": {}})");
    ids_["environments"] = "owned-env";
    ids_["cron_triggers"] =
        Make("cron_triggers",
             R"({"name": "owned-trigger", "workflow_name": "owned-flow", "pattern": "* * * * *"})");
    ids_["executions"] = Make("executions", R"({"workflow_name": "owned-flow"})");
    ids_["tasks"] = FirstId("tasks");
    ids_["action_executions"] = FirstId("action_executions");
  }

  HttpResponse Send(const std::string& token, std::string_view method, std::string_view target,
                    const std::string& body = "") {
    RestApi api(
        {.tacker = {
             .store = world_.store(), .handlers = world_.handlers(), .authenticator = tokens_}});
    return api.Handle({.method = std::string(method),
                       .target = *ParseHttpTarget(target),
                       .host = "127.0.0.1:9890",
                       .content_type = "application/json",
                       .auth_token = token,
                       .project_id = project_id,
                       .body = body});
  }

  static base::Json Body(const HttpResponse& response) {
    const absl::StatusOr<base::Json> json = base::ParseJson(response.body);
    REQUIRE(json.ok());
    return *json;
  }

  const std::string& Id(const std::string& collection) {
    INFO("a collection that this test does not know: " << collection);
    REQUIRE(ids_.count(collection) == 1);
    return ids_[collection];
  }

  bool ShowsOwned(const std::string& text) const {
    for (const auto& [collection, id] : ids_) {
      if (base::Contains(text, base::Cat("\"", id, "\""))) return true;
    }
    return base::Contains(text, "\"owner\"");
  }

  // Everything that the owner has, as text.
  std::string Everything() {
    std::string all;
    for (const auto& [collection, id] : ids_) {
      base::Append(all, Send("owner", "GET", base::Cat("/v2/", collection)).body, "\n");
    }
    return all;
  }

  std::string project_id;  // X-Project-Id

 private:
  std::string Make(std::string_view collection, const std::string& body) {
    const HttpResponse made = Send("owner", "POST", base::Cat("/v2/", collection), body);
    INFO(collection << ": " << made.body);
    REQUIRE(made.status == 201);
    const base::Json json = Body(made);
    return json.contains("id") ? json["id"] : json.front().back()["id"];
  }
  std::string FirstId(const std::string& collection) {
    return Body(Send("owner", "GET", base::Cat("/v2/", collection)))[collection][0]["id"];
  }

  World world_;
  ThreeTokens tokens_;
  std::map<std::string, std::string> ids_;
};

// Bodies that are sound enough to reach the question whose the resource is.
std::string BodyFor(const MistralRoute& route) {
  static const std::map<std::pair<std::string_view, std::string_view>, std::string> bodies = {
      {{"POST", "v2/workflows"},
       R"({"version": "2.0", "s": {"tasks": {"t": {"action": "std.noop"}}}})"},
      {{"PUT", "v2/workflows"}, kWorkflow},
      {{"PUT", "v2/workflows/{}"}, kWorkflow},
      {{"POST", "v2/workbooks"},
       R"({"version": "2.0", "name": "s",
           "workflows": {"s": {"tasks": {"t": {"action": "std.noop"}}}}})"},
      {{"PUT", "v2/workbooks"}, kBook},
      {{"POST", "v2/actions"}, R"({"version": "2.0", "s": {"base": "std.noop"}})"},
      {{"PUT", "v2/actions"}, R"({"version": "2.0", "owned-action": {"base": "std.noop"}})"},
      {{"PUT", "v2/actions/{}"}, R"({"version": "2.0", "owned-action": {"base": "std.noop"}})"},
      {{"POST", "v2/environments"}, R"({"name": "s", "variables": {}})"},
      {{"PUT", "v2/environments"}, R"({"name": "owned-env", "variables": {}})"},
      {{"POST", "v2/cron_triggers"},
       R"({"name": "s", "workflow_name": "owned-flow", "pattern": "* * * * *"})"},
      {{"POST", "v2/executions"}, R"({"workflow_name": "owned-flow"})"},
      {{"PUT", "v2/executions/{}"}, R"({"state": "CANCELLED"})"},
      {{"PUT", "v2/tasks/{}"}, R"({"state": "RUNNING", "reset": true})"},
      {{"POST", "v2/action_executions"}, R"({"name": "owned-action"})"},
      {{"PUT", "v2/action_executions/{}"}, R"({"state": "SUCCESS"})"},
  };
  const auto found = bodies.find({route.method, route.path});
  if (found != bodies.end()) return found->second;
  return route.method == "POST" || route.method == "PUT" ? "{}" : "";
}

// The route with the owner's resource at "{}"; any more segments of that kind get a word.
std::string TargetFor(OwnedWorld& world, const MistralRoute& route) {
  std::string target;
  std::string collection;
  int taken = 0;
  for (const std::string_view segment : base::Split(route.path, '/')) {
    if (segment != "{}") {
      base::Append(target, "/", segment);
      collection = std::string(segment);
      continue;
    }
    base::Append(target, "/", taken++ == 0 ? world.Id(collection) : "more");
  }
  return target;
}

bool IsAbsent(const MistralRoute& route) {
  for (const MistralRoute& absent : AbsentRoutes()) {
    if (absent.id == route.id) return true;
  }
  return false;
}

TEST_CASE("no route of Mistral's answers who is not known") {
  OwnedWorld world;
  for (const MistralRoute& route : MistralRoutes()) {
    if (route.access != MistralRoute::Access::kProject) continue;
    for (const char* token : {"", "wrong"}) {
      const HttpResponse answer =
          world.Send(token, route.method, TargetFor(world, route), BodyFor(route));
      INFO(route.method << " " << route.path << ": " << answer.status << " " << answer.body);
      CHECK(answer.status == 401);
      CHECK_FALSE(world.ShowsOwned(answer.body));
    }
  }
}

// The answer to a stranger. A list below the owner's resource is empty, where Mistral's is.
void CheckStranger(OwnedWorld& world, const MistralRoute& route, const HttpResponse& answer) {
  const bool checks_only = route.path.ends_with("/validate");
  if (route.collection != nullptr || checks_only) {
    CHECK(answer.status == 200);
  } else if (base::Contains(route.path, "{}") || route.method == "PUT") {
    CHECK(answer.status == 404);
  } else if (route.body == &kEnvironmentBody || route.body_kind == BodyKind::kText) {
    CHECK(answer.status == 201);  // something of its own
  } else {
    CHECK((answer.status == 404 || answer.status == 400));  // it names something of the owner's
  }
  CHECK_FALSE(world.ShowsOwned(answer.body));
}

TEST_CASE("on no route of Mistral's is there anything of another project") {
  OwnedWorld world;
  const std::string before = world.Everything();
  // A project that is only named is not stepped into.
  for (const char* project : {"", "owner"}) {
    world.project_id = project;
    for (const MistralRoute& route : MistralRoutes()) {
      if (route.access != MistralRoute::Access::kProject || IsAbsent(route)) continue;
      const bool makes_again = *project != '\0' && route.success == 201;
      if (makes_again) continue;
      const HttpResponse answer =
          world.Send("stranger", route.method, TargetFor(world, route), BodyFor(route));
      INFO(route.method << " " << route.path << ": " << answer.status << " " << answer.body);
      CheckStranger(world, route, answer);
    }
  }
  world.project_id.clear();
  CHECK(world.Everything() == before);
}

TEST_CASE("another project's execution is neither copied nor found by its id") {
  OwnedWorld world;
  const auto create = [&](std::string_view field) {
    return world.Send("stranger", "POST", "/v2/executions",
                      base::Cat(R"({")", field, R"(": ")", world.Id("executions"),
                                R"(", "workflow_name": "std"})"));
  };
  CHECK(create("id").status == 404);
  CHECK(create("source_execution_id").status == 404);
  CHECK_FALSE(world.ShowsOwned(create("id").body));
}

TEST_CASE("the owner finds what is there, and the admin, too") {
  for (const std::string token : {"owner", "admin"}) {
    OwnedWorld world;
    for (const MistralRoute& route : MistralRoutes()) {
      if (route.method != "GET" || IsAbsent(route) || route.path.empty()) continue;
      if (route.id == "getActionOfNamespace") continue;  // there is none in that namespace
      // Of an environment there may be one of the same name in each project.
      if (token == "admin" && route.id == "getEnvironment") continue;
      const HttpResponse answer = world.Send(token, route.method, TargetFor(world, route));
      INFO(token << " " << route.path << ": " << answer.status << " " << answer.body);
      CHECK(answer.status == 200);
    }
  }
}

TEST_CASE("a VNF's workflow and its execution are shown, and changed by its life alone") {
  World world;
  const absl::Status written = world.store().Write([](store::Txn& txn) {
    const absl::Status made = store::InsertDefinition(txn, {.id = "w",
                                                            .tenant_id = "admin",
                                                            .kind = "workflow",
                                                            .name = "monitor",
                                                            .text = kWorkflow,
                                                            .scope = "private",
                                                            .vnf_id = "v"});
    if (!made.ok()) return made;
    return store::InsertExecution(txn, {.id = "x",
                                        .tenant_id = "admin",
                                        .workflow_name = "monitor",
                                        .vnf_id = "v",
                                        .state = "SUCCESS"});
  });
  REQUIRE(written.ok());
  CHECK(world.Send("GET", "/v2/workflows/monitor").status == 200);
  CHECK(world.Send("GET", "/v2/executions/x").status == 200);
  CHECK(world.Send("GET", "/v2/executions/x/report").status == 200);
  CHECK(world.Send("PUT", "/v2/workflows/monitor", kWorkflow).status == 403);
  CHECK(world.Send("DELETE", "/v2/workflows/monitor").status == 403);
  CHECK(world.Send("PUT", "/v2/executions/x", R"({"state": "ERROR"})").status == 403);
  CHECK(world.Send("DELETE", "/v2/executions/x?force=true").status == 403);
}

TEST_CASE("a page in a browser can send no text to a server that lets everybody in") {
  World world;
  NoAuthentication everybody;
  RestApi api(
      {.tacker = {
           .store = world.store(), .handlers = world.handlers(), .authenticator = everybody}});
  HttpRequest request = {.method = "POST",
                         .target = *ParseHttpTarget("/v2/workflows"),
                         .host = "127.0.0.1:8989",
                         .content_type = "text/plain",
                         .origin = "http://page.example",
                         .body = kWorkflow};
  CHECK(api.Handle(request).status == 415);
  request.origin.clear();
  CHECK(api.Handle(request).status == 201);
  // What a page could send as text/plain is no JSON body, wherever it is from.
  request.target = *ParseHttpTarget("/v2/executions");
  request.body = R"({"workflow_name": "owned-flow"})";
  CHECK(api.Handle(request).status == 415);
  request.content_type = "application/json";
  CHECK(api.Handle(request).status == 201);
  request.host = "page.example";
  CHECK(api.Handle(request).status == 403);
  CHECK(api.HandleMistral(request).status == 403);
}

TEST_CASE("on a port of its own Mistral's API is all there is") {
  World world;
  NoAuthentication everybody;
  RestApi api(
      {.tacker = {.store = world.store(), .handlers = world.handlers(), .authenticator = everybody},
       .only_project = kMistralProject});
  const auto get = [&](std::string_view target) {
    return api.HandleMistral({.method = "GET",
                              .target = *ParseHttpTarget(target),
                              .host = "127.0.0.1:8989",
                              .project_id = std::string(kMistralProject)});
  };
  CHECK(get("/").body ==
        R"({"versions": [{"id": "v2.0", "status": "CURRENT", "links": [)"
        R"({"href": "http://127.0.0.1:8989/v2", "target": "v2", "rel": "self"}]}]})");
  CHECK(get("/v2/").body == R"({"uri": "http://127.0.0.1:8989/v2"})");
  CHECK(get("/v1.0/vnfs").status == 404);
  // The only project has Mistral's name for it.
  REQUIRE(world.Send("POST", "/v2/environments", R"({"name": "e", "variables": {}})").status ==
          201);
  CHECK(base::Contains(get("/v2/environments/e").body, R"("project_id": "<default-project>")"));
  const std::string asked = get("/v2/environments?project_id=%3Cdefault-project%3E").body;
  CHECK(base::Contains(asked, R"("name": "e")"));
}

TEST_CASE("an admin acts for the project that the request names") {
  OwnedWorld world;
  world.project_id = "owner";
  CHECK(world.ShowsOwned(world.Send("admin", "GET", "/v2/environments/owned-env").body));
  const HttpResponse made =
      world.Send("admin", "POST", "/v2/environments", R"({"name": "given", "variables": {}})");
  CHECK(world.Body(made)["project_id"] == "owner");
  world.project_id = std::string(300, 'p');
  CHECK(world.Send("admin", "GET", "/v2/environments").status == 400);
}

}  // namespace
}  // namespace gregale::server
