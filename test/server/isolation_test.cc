// What is another project's does not exist: asked of every route and every RPC that there is, so
// that a new one without a place here fails.
#include <google/protobuf/dynamic_message.h>

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "base/password.h"
#include "base/text.h"
#include "gregale/v1/account_service.pb.h"
#include "gregale/v1/vnf_service.grpc.pb.h"
#include "gregale/v1/workflow_service.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "rpc/channel.h"
#include "rpc/server.h"
#include "server/account_edge.h"
#include "server/grpc_edge.h"
#include "server/http_head.h"
#include "server/rest_api.h"
#include "server/router.h"
#include "store/definition_table.h"
#include "store/execution_table.h"
#include "three_tokens.h"
#include "world.h"

namespace gregale::server {
namespace {

// A server where the project "owner" has one of everything.
class OwnedWorld {
 public:
  OwnedWorld() {
    const std::string vim =
        R"({"vim": {"name": "owned-vim", "type": "openstack", "auth_url": "http://10.0.0.1/v3", "is_default": true, "auth_cred": {"password": "s3cret-of-vim"}, "vim_project": {}}})";
    ids_["vims"] = Make("/v1.0/vims", vim);
    ids_["vnfds"] = Make(
        "/v1.0/vnfds",
        base::Cat(R"({"vnfd": {"name": "owned-vnfd", "service_types": [{"service_type": "vnfd"}], )"
                  R"("attributes": {"vnfd": )",
                  MonitoredTemplate(), "}}}"));
    ids_["vnfs"] = Make("/v1.0/vnfs", base::Cat(R"({"vnf": {"name": "owned-vnf", "vnfd_id": ")",
                                                ids_["vnfds"], R"("}})"));
    world_.SetStatus("owned-vnf", store::VnfStatus::kActive);
    const base::Json events = Body(Send("owner", "GET", "/v1.0/events.json"));
    REQUIRE_FALSE(events["events"].empty());
    ids_["events"] = base::Cat(events["events"][0]["id"].get<int64_t>());
    ids_["workflows"] = "w1";
    ids_["executions"] = "x1";
    const absl::Status written = world_.store().Write([&](store::Txn& txn) {
      const absl::Status made = store::InsertDefinition(txn, {.id = "w1",
                                                              .tenant_id = "owner",
                                                              .kind = "workflow",
                                                              .name = "owned-workflow",
                                                              .text = "d",
                                                              .scope = "private"});
      if (!made.ok()) return made;
      return store::InsertExecution(txn, {.id = "x1",
                                          .tenant_id = "owner",
                                          .workflow_name = "owned-workflow",
                                          .state = "RUNNING"});
    });
    REQUIRE(written.ok());
  }

  HttpResponse Send(const std::string& token, std::string_view method, std::string_view target,
                    const std::string& body = "") {
    RestApi api(
        {.tacker = {
             .store = world_.store(), .handlers = world_.handlers(), .authenticator = tokens_}});
    return api.Handle({.method = std::string(method),
                       .target = *ParseHttpTarget(target),
                       .host = "127.0.0.1:9890",
                       .content_type = body.empty() ? "" : "application/json",
                       .auth_token = token,
                       .body = body});
  }

  static base::Json Body(const HttpResponse& response) {
    const absl::StatusOr<base::Json> json = base::ParseJson(response.body);
    REQUIRE(json.ok());
    return *json;
  }

  // The id of what the project has in the collection; fails where this test knows none.
  const std::string& Id(const std::string& collection) {
    INFO("a collection that this test does not know: " << collection);
    REQUIRE(ids_.count(collection) == 1);
    return ids_[collection];
  }
  bool ShowsOwned(const std::string& text) const {
    for (const auto& [collection, id] : ids_) {
      if (collection != "events" && id.size() > 10 && base::Contains(text, id)) return true;
    }
    return base::Contains(text, "owned-");
  }

  World& world() { return world_; }
  ThreeTokens& tokens() { return tokens_; }

 private:
  std::string Make(std::string_view target, const std::string& body) {
    const HttpResponse made = Send("owner", "POST", target, body);
    INFO(target << ": " << made.body);
    REQUIRE(made.status == 201);
    return Body(made).front()["id"].get<std::string>();
  }

  World world_;
  ThreeTokens tokens_;
  std::map<std::string, std::string> ids_;
};

// Bodies of routes that take one, sound enough to reach the question whose the resource is.
const std::map<std::pair<std::string, std::string>, std::string>& Bodies() {
  static const std::map<std::pair<std::string, std::string>, std::string> bodies = {
      {{"POST", "v1.0/vims"},
       R"({"vim": {"name": "s-vim", "type": "openstack", "is_default": true, "auth_url": "http://10.0.0.2/v3", "auth_cred": {}, "vim_project": {}}})"},
      {{"PUT", "v1.0/vims/{}"}, R"({"vim": {"description": "taken over"}})"},
      {{"POST", "v1.0/vnfds"},
       base::Cat(R"({"vnfd": {"name": "s-vnfd", "service_types": [{"service_type": "vnfd"}], )"
                 R"("attributes": {"vnfd": )",
                 MonitoredTemplate(), "}}}")},
      {{"POST", "v1.0/vnfs"}, R"({"vnf": {"name": "s-vnf", "vnfd_id": "owned-vnfd"}})"},
      {{"PUT", "v1.0/vnfds/{}"}, R"({"vnfd": {"description": "taken over"}})"},
      {{"PUT", "v1.0/vnfs/{}"}, R"({"vnf": {"attributes": {"config": {"a": "b"}}}})"},
      {{"POST", "v1.0/vnfs/{}/actions"}, R"({"scale": {"type": "out", "policy": "SP1"}})"},
      {{"POST", "v1.0/vnfs/{}/triggers"},
       R"({"trigger": {"policy_name": "p", "action_name": "respawn", "params":
           {"data": {"alarm_id": "a", "current": "alarm"}}}})"},
  };
  return bodies;
}

std::string BodyFor(const Route& route) {
  const auto found = Bodies().find({std::string(route.method), std::string(route.path)});
  if (found != Bodies().end()) return found->second;
  return route.method == "POST" || route.method == "PUT" ? "{}" : "";
}

// The route with the owner's resource at "{}"; any more segments of that kind get a word.
std::string TargetFor(OwnedWorld& world, const Route& route) {
  std::string target = "/";
  std::string collection;
  for (const std::string_view segment : base::Split(route.path, '/')) {
    base::Append(target, target.size() > 1 ? "/" : "");
    if (segment == "{}") {
      base::Append(target, collection == "extensions" ? "VNFM" : world.Id(collection));
    } else {
      base::Append(target, segment);
      collection = std::string(segment);
    }
  }
  return target;
}

bool IsShared(const Route& route) { return route.path.starts_with("v1.0/extensions"); }

TEST_CASE("no route answers who is not known") {
  OwnedWorld world;
  for (const Route& route : Routes()) {
    if (route.access != Access::kProject) continue;
    const HttpResponse answer =
        world.Send("", route.method, TargetFor(world, route), BodyFor(route));
    INFO(route.method << " " << route.path << ": " << answer.status << " " << answer.body);
    CHECK(answer.status == 401);
    CHECK_FALSE(world.ShowsOwned(answer.body));
  }
}

TEST_CASE("on no route is there anything of another project") {
  OwnedWorld world;
  for (const Route& route : Routes()) {
    if (route.access != Access::kProject || IsShared(route)) continue;
    const std::string before = world.world().RowCounts();
    const HttpResponse answer =
        world.Send("stranger", route.method, TargetFor(world, route), BodyFor(route));
    INFO(route.method << " " << route.path << ": " << answer.status << " " << answer.body);
    const bool names_one = base::Contains(route.path, "{}");
    if (names_one) {
      CHECK(answer.status == 404);
      CHECK(world.world().RowCounts() == before);
    } else if (route.method == "GET") {
      CHECK(answer.status == 200);
      CHECK_FALSE(world.ShowsOwned(answer.body));
    } else if (route.path == "v1.0/vnfs") {
      CHECK(answer.status == 404);  // it names the owner's VNFD
    } else {
      REQUIRE(answer.status == 201);
      CHECK(world.Body(answer).front()["tenant_id"] == "stranger");
    }
    CHECK_FALSE(base::Contains(answer.body, "s3cret"));
  }
}

TEST_CASE("the owner and the admin find what is there") {
  for (const std::string token : {"owner", "admin"}) {
    OwnedWorld world;
    for (const Route& route : Routes()) {
      if (route.access != Access::kProject || route.method != "GET") continue;
      const HttpResponse answer = world.Send(token, route.method, TargetFor(world, route));
      INFO(token << " " << route.path << ": " << answer.status << " " << answer.body);
      CHECK(answer.status == 200);
      CHECK_FALSE(base::Contains(answer.body, "s3cret"));
    }
  }
}

TEST_CASE("a project cannot be stepped into by naming it") {
  OwnedWorld world;
  const std::string vim =
      R"({"vim": {"name": "x", "tenant_id": "owner", "type": "openstack", "auth_url": "http://10.0.0.2/v3", "auth_cred": {}, "vim_project": {}}})";
  CHECK(world.Send("stranger", "POST", "/v1.0/vims", vim).status == 400);
  CHECK(world.Send("admin", "POST", "/v1.0/vims", vim).status == 201);
  const auto shows = [&](std::string_view target) {
    return world.ShowsOwned(world.Send("stranger", "GET", target).body);
  };
  CHECK_FALSE(shows("/v1.0/vnfs.json?tenant_id=owner"));
  CHECK_FALSE(shows("/v1.0/vnfs.json?name=owned-vnf"));
  CHECK_FALSE(shows(base::Cat("/v1.0/events.json?resource_id=", world.Id("vnfs"))));
  // Neither does a marker tell what there is.
  const auto from = [&](const std::string& marker) {
    return world.Send("stranger", "GET", base::Cat("/v1.0/vnfs.json?limit=1&marker=", marker))
        .status;
  };
  CHECK(from(world.Id("vnfs")) == from("00000000-0000-4000-8000-000000000000"));
}

TEST_CASE("another project's default VIM is nobody else's") {
  OwnedWorld world;
  const std::string vnf =
      base::Cat(R"({"vnf": {"name": "mine", "vnfd_template": )", MonitoredTemplate(), "}}");
  const HttpResponse answer = world.Send("stranger", "POST", "/v1.0/vnfs", vnf);
  INFO(answer.body);
  CHECK(answer.status == 400);
  CHECK(base::Contains(answer.body, "Default VIM is not defined"));
}

TEST_CASE("a VIM that is the server's own machine is the admin's to give") {
  OwnedWorld world;
  const std::string vim =
      R"({"vim": {"name": "here", "type": "local", "auth_url": "http://127.0.0.1", "auth_cred": {}, "vim_project": {}}})";
  CHECK(world.Send("stranger", "POST", "/v1.0/vims", vim).status == 403);
  CHECK(world.Send("admin", "POST", "/v1.0/vims", vim).status == 201);
}

// The same world over gRPC.
class GrpcWorld : public OwnedWorld {
 public:
  GrpcWorld()
      : edge_(
            {.store = world().store(), .handlers = world().handlers(), .authenticator = tokens()}),
        accounts_({.store = world().store(),
                   .random = world().handlers().random,
                   .passwords = passwords_,
                   .authenticator = tokens()}) {
    std::vector<grpc::Service*> services = edge_.services();
    services.push_back(accounts_.service());
    auto server = rpc::Server::Start({.address = "127.0.0.1:0", .services = services});
    REQUIRE(server.ok());
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(base::Cat("127.0.0.1:", server_->port()),
                                   grpc::InsecureChannelCredentials());
  }
  ~GrpcWorld() { edge_.EndWatches(); }

  struct Reply {
    grpc::StatusCode code;
    std::string bytes;
  };
  Reply Call(const std::string& token, const google::protobuf::MethodDescriptor& method,
             const std::string& request) {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    if (!token.empty()) context.AddMetadata("x-auth-token", token);
    grpc::GenericStub stub(channel_);
    grpc::CompletionQueue queue;
    const grpc::Slice slice(request);
    const auto call = stub.PrepareUnaryCall(
        &context, base::Cat("/", method.service()->full_name(), "/", method.name()),
        grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer bytes;
    grpc::Status status;
    call->Finish(&bytes, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    REQUIRE(queue.Next(&tag, &ok));
    std::vector<grpc::Slice> slices;
    std::string text;
    if (status.ok() && bytes.Dump(&slices).ok()) {
      for (const grpc::Slice& part : slices) {
        text.append(reinterpret_cast<const char*>(part.begin()), part.size());
      }
    }
    return {status.error_code(), text};
  }

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

 private:
  base::PasswordHasher passwords_{base::PasswordCost::Least()};
  GrpcEdge edge_;
  AccountEdge accounts_;
  std::unique_ptr<rpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

std::vector<const google::protobuf::MethodDescriptor*> Methods(
    std::initializer_list<const google::protobuf::FileDescriptor*> files) {
  std::vector<const google::protobuf::MethodDescriptor*> methods;
  for (const google::protobuf::FileDescriptor* file : files) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

// "GetVnfd" and "ListVnfds" are about the collection "vnfds"; "" where the name tells none.
std::string CollectionOf(std::string_view method) {
  for (const char* verb : {"Get", "List", "Delete", "Create", "Change", "Update", "Scale", "Heal",
                           "Pause", "Resume", "Watch", "Retry", "Respawn"}) {
    if (!base::TakePrefix(method, verb)) continue;
    std::string collection(method);
    for (const char* part : {"Resources", "Operations"}) {
      if (collection == std::string("Vnf") + part) return "vnfs";
    }
    if (collection.back() != 's') collection += "s";
    collection[0] = static_cast<char>(collection[0] - 'A' + 'a');
    return collection;
  }
  return "";
}

// A request that names the owner's resource in its field `id` or `vnf_id`.
std::string RequestFor(GrpcWorld& world, const google::protobuf::MethodDescriptor& method) {
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(
      factory.GetPrototype(method.input_type())->New());
  const google::protobuf::Reflection& reflection = *message->GetReflection();
  if (const auto* id = method.input_type()->FindFieldByName("id")) {
    reflection.SetString(message.get(), id, world.Id(CollectionOf(method.name())));
  }
  if (const auto* vnf = method.input_type()->FindFieldByName("vnf_id")) {
    reflection.SetString(message.get(), vnf, world.Id("vnfs"));
  }
  // Well formed in the rest, so that it is the resource that is asked for.
  if (const auto* policy = method.input_type()->FindFieldByName("policy")) {
    reflection.SetString(message.get(), policy, "SP1");
  }
  if (const auto* direction = method.input_type()->FindFieldByName("direction")) {
    reflection.SetEnumValue(message.get(), direction, 1);
  }
  return message->SerializeAsString();
}

TEST_CASE("no RPC answers who is not known") {
  GrpcWorld world;
  for (const auto* method : Methods({v1::GetVimRequest::descriptor()->file(),
                                     v1::GetWorkflowRequest::descriptor()->file(),
                                     v1::CreateUserRequest::descriptor()->file()})) {
    for (const char* token : {"", "wrong"}) {
      INFO(method->full_name());
      CHECK(world.Call(token, *method, RequestFor(world, *method)).code ==
            grpc::StatusCode::UNAUTHENTICATED);
    }
  }
}

TEST_CASE("no RPC answers with anything of another project") {
  GrpcWorld world;
  for (const auto* method : Methods({v1::GetVimRequest::descriptor()->file(),
                                     v1::GetWorkflowRequest::descriptor()->file()})) {
    if (method->server_streaming()) continue;  // see below
    INFO(method->full_name());
    const std::string before = world.world().RowCounts();
    const GrpcWorld::Reply reply = world.Call("stranger", *method, RequestFor(world, *method));
    CHECK_FALSE(world.ShowsOwned(reply.bytes));
    CHECK(world.world().RowCounts() == before);
    const bool names_one = method->input_type()->FindFieldByName("id") != nullptr;
    if (names_one) CHECK(reply.code == grpc::StatusCode::NOT_FOUND);
  }
}

TEST_CASE("a watch shows nothing of another project, neither old nor new") {
  GrpcWorld world;
  const auto stub = v1::VnfService::NewStub(world.channel());
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(20));
  context.AddMetadata("x-auth-token", "stranger");
  v1::ListEventsRequest request;
  request.set_after_id(1);
  const auto reader = stub->WatchEvents(&context, request);
  // While it watches, things happen to both; what happened to the stranger last ends it.
  const auto onboard = [&](const char* who, const char* name) {
    const std::string body =
        base::Cat(R"({"vim": {"name": ")", name, R"(", "type": "openstack", )",
                  R"("auth_url": "http://127.0.0.1/", "auth_cred": {}, "vim_project": {}}})");
    const HttpResponse made = world.Send(who, "POST", "/v1.0/vims", body);
    REQUIRE(made.status == 201);
    return base::ParseJson(made.body)->at("vim").at("id").get<std::string>();
  };
  const std::string hidden = onboard("owner", "of the owner");
  const std::string last = onboard("stranger", "of the stranger");
  v1::Event event;
  do {
    REQUIRE(reader->Read(&event));
    CHECK_FALSE(world.ShowsOwned(event.SerializeAsString()));
    CHECK(event.resource_id() != hidden);
  } while (event.resource_id() != last);
}

TEST_CASE("an RPC names its owner's resources to the owner") {
  GrpcWorld world;
  for (const auto* method : Methods({v1::GetVimRequest::descriptor()->file(),
                                     v1::GetWorkflowRequest::descriptor()->file()})) {
    if (method->server_streaming()) continue;
    const bool reads =
        base::Contains(method->name(), "Get") || base::Contains(method->name(), "List");
    if (!reads) continue;
    INFO(method->full_name());
    const GrpcWorld::Reply reply = world.Call("owner", *method, RequestFor(world, *method));
    CHECK(reply.code == grpc::StatusCode::OK);
    CHECK_FALSE(base::Contains(reply.bytes, "s3cret"));
  }
}

TEST_CASE("accounts are the admin's alone") {
  GrpcWorld world;
  for (const auto* method : Methods({v1::CreateUserRequest::descriptor()->file()})) {
    INFO(method->full_name());
    CHECK(world.Call("stranger", *method, "").code == grpc::StatusCode::PERMISSION_DENIED);
    CHECK(world.Call("admin", *method, "").code != grpc::StatusCode::PERMISSION_DENIED);
  }
}

}  // namespace
}  // namespace gregale::server
