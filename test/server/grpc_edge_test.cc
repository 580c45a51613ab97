#include "server/grpc_edge.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "gregale/v1/vnf_service.grpc.pb.h"
#include "gregale/v1/workflow_service.grpc.pb.h"
#include "grpcpp/generic/generic_stub.h"
#include "raw_client.h"
#include "rpc/channel.h"
#include "rpc/status.h"
#include "served_world.h"

namespace gregale::server {
namespace {

// One unary call with a deadline.
template <class Stub, class Request, class Reply>
absl::Status Invoke(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Reply*),
                    const Request& request, Reply& reply) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(10));
  return rpc::FromGrpc((stub.*method)(&context, request, &reply));
}

using VnfStub = v1::VnfService::Stub;
using WorkflowStub = v1::WorkflowService::Stub;

v1::CreateVnfRequest NewVnfRequest(const std::string& name) {
  v1::CreateVnfRequest request;
  request.set_name(name);
  request.set_vnfd_template(MonitoredTemplateYaml());
  return request;
}

TEST_CASE("both interfaces show the same VNF") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  v1::CreateVnfRequest request = NewVnfRequest("v1");
  (*request.mutable_param_values()->mutable_fields())["image"].set_string_value("large");
  v1::Vnf made;
  REQUIRE(Invoke(*stub, &VnfStub::CreateVnf, request, made).ok());
  const base::Json shown = served.world().Json("GET", "/v1.0/vnfs/v1.json");
  CHECK(shown["id"] == made.id());
  CHECK(shown["status"] == made.status());
  CHECK(shown["description"] == made.description());
  CHECK(shown["vnfd_id"] == made.vnfd_id());
  CHECK(shown["vim_id"] == made.vim_id());
  CHECK(shown["instance_id"] == made.instance_id());
  CHECK(made.attributes_size() == 2);
  for (const auto& [name, text] : made.attributes()) CHECK(shown["attributes"][name] == text);

  const std::string body =
      base::Cat(R"({"vnf": {"name": "v2", "vnfd_template": )", MonitoredTemplate(),
                R"(, "attributes": {"param_values": {"image": "large"}}}})");
  const base::Json other = served.world().Json("POST", "/v1.0/vnfs.json", body);
  CHECK(other["attributes"] == shown["attributes"]);
  v1::GetVnfRequest get;
  get.set_id("v2");
  v1::Vnf got;
  REQUIRE(Invoke(*stub, &VnfStub::GetVnf, get, got).ok());
  CHECK(got.id() == other["id"]);
}

TEST_CASE("both interfaces refuse in the same words") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  v1::Vnf made;
  REQUIRE(Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest("v1"), made).ok());
  const auto rest_error = [&](std::string_view method, std::string_view target,
                              std::string_view body) {
    return (*base::ParseJson(served.world().Send(method, target, body).body))["TackerError"];
  };
  const auto same = [](const absl::Status& status, const base::Json& error) {
    CHECK(error["message"] == std::string(base::FromAbsl(status.message())));
  };
  const std::string again =
      base::Cat(R"({"vnf": {"name": "v1", "vnfd_template": )", MonitoredTemplate(), "}}");
  const absl::Status duplicate = Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest("v1"), made);
  CHECK(duplicate.code() == absl::StatusCode::kAlreadyExists);
  CHECK(base::ErrorKind(duplicate) == "DuplicateEntity");
  same(duplicate, rest_error("POST", "/v1.0/vnfs", again));

  v1::GetVnfRequest none;
  none.set_id("none");
  const absl::Status missing = Invoke(*stub, &VnfStub::GetVnf, none, made);
  CHECK(missing.code() == absl::StatusCode::kNotFound);
  same(missing, rest_error("GET", "/v1.0/vnfs/none", ""));

  v1::DeleteVnfRequest busy;
  busy.set_id("v1");
  v1::DeleteVnfResponse deleted;
  const absl::Status pending = Invoke(*stub, &VnfStub::DeleteVnf, busy, deleted);
  CHECK(pending.code() == absl::StatusCode::kFailedPrecondition);
  same(pending, rest_error("DELETE", "/v1.0/vnfs/v1", ""));

  const absl::Status blank = Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest(" "), made);
  CHECK(blank.code() == absl::StatusCode::kInvalidArgument);
  CHECK(base::ErrorField(blank) == "name");
}

TEST_CASE("VIMs and VNFDs live and die over gRPC, too") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  v1::CreateVimRequest new_vim;
  new_vim.set_name("cloud");
  new_vim.set_auth_url("http://10.0.0.1/identity");
  (*new_vim.mutable_auth_cred()->mutable_fields())["password"].set_string_value("secret");
  v1::Vim vim;
  (*new_vim.mutable_affinity())["site"] = "";
  CHECK(base::ErrorField(Invoke(*stub, &VnfStub::CreateVim, new_vim, vim)) ==
        "placement_attr.affinity.site");
  (*new_vim.mutable_affinity())["site"] = "paris";
  REQUIRE(Invoke(*stub, &VnfStub::CreateVim, new_vim, vim).ok());
  CHECK(vim.affinity().at("site") == "paris");
  CHECK(vim.type() == "openstack");
  CHECK(vim.status() == "PENDING");
  CHECK(served.world().Json("GET", "/v1.0/vims/cloud")["auth_cred"]["password"] == "***");
  v1::DeleteVimRequest drop_vim;
  drop_vim.set_id("cloud");
  v1::DeleteVimResponse dropped_vim;
  REQUIRE(Invoke(*stub, &VnfStub::DeleteVim, drop_vim, dropped_vim).ok());

  v1::CreateVnfdRequest new_vnfd;
  new_vnfd.set_template_(MonitoredTemplateYaml());
  v1::Vnfd vnfd;
  REQUIRE(Invoke(*stub, &VnfStub::CreateVnfd, new_vnfd, vnfd).ok());
  CHECK(vnfd.name() == "pinged");
  v1::DeleteVnfdRequest drop_vnfd;
  drop_vnfd.set_id("pinged");
  v1::DeleteVnfdResponse dropped_vnfd;
  REQUIRE(Invoke(*stub, &VnfStub::DeleteVnfd, drop_vnfd, dropped_vnfd).ok());
  new_vnfd.set_template_("a: [");
  CHECK(base::ErrorKind(Invoke(*stub, &VnfStub::CreateVnfd, new_vnfd, vnfd)) ==
        "ToscaParserFailed");
}

TEST_CASE("pages are bounded and follow each other") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  v1::Vnf made;
  for (const char* name : {"a", "b", "c"}) {
    REQUIRE(Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest(name), made).ok());
  }
  v1::ListVnfsRequest request;
  request.set_page_size(2);
  v1::ListVnfsResponse page;
  REQUIRE(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
  REQUIRE(page.vnfs_size() == 2);
  request.set_page_token(page.next_page_token());
  REQUIRE(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
  REQUIRE(page.vnfs_size() == 1);
  CHECK(page.vnfs(0).name() == "c");
  CHECK(page.next_page_token().empty());
  request.set_page_token("");
  request.set_page_size(1'000'000);
  CHECK(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
  request.set_status("ACTIVE");
  REQUIRE(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
  CHECK(page.vnfs_size() == 0);
  request.set_page_size(-1);
  CHECK(Invoke(*stub, &VnfStub::ListVnfs, request, page).code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("lists are filtered and sorted as over REST, page by page") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  v1::Vnf made;
  for (const char* name : {"b", "c", "a", "d"}) {
    REQUIRE(Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest(name), made).ok());
  }
  v1::ListVnfsRequest request;
  v1::ListFilter& filter = *request.add_filters();
  filter.set_attribute("name");
  for (const char* name : {"a", "b", "d", "x"}) filter.add_values(name);
  v1::ListOrder& order = *request.add_order_by();
  order.set_attribute("name");
  order.set_descending(true);
  request.set_page_size(2);
  std::vector<std::string> names;
  v1::ListVnfsResponse page;
  do {
    REQUIRE(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
    for (const v1::Vnf& vnf : page.vnfs()) names.push_back(vnf.name());
    request.set_page_token(page.next_page_token());
    page.clear_vnfs();
  } while (!request.page_token().empty());
  CHECK(names == std::vector<std::string>{"d", "b", "a"});

  request.mutable_filters(0)->set_attribute("colour");
  REQUIRE(Invoke(*stub, &VnfStub::ListVnfs, request, page).ok());
  CHECK(page.vnfs().empty());
  request.mutable_filters(0)->clear_values();
  CHECK(Invoke(*stub, &VnfStub::ListVnfs, request, page).code() ==
        absl::StatusCode::kInvalidArgument);
  request.clear_filters();
  request.mutable_order_by(0)->set_attribute("colour");
  CHECK(Invoke(*stub, &VnfStub::ListVnfs, request, page).code() ==
        absl::StatusCode::kInvalidArgument);
}

TEST_CASE("a watch begins with the next event, and ends with its caller or its server") {
  ServedWorld served;
  const auto stub = v1::VnfService::NewStub(served.channel());
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(30));
  v1::ListEventsRequest request;
  request.set_after_id(2);
  const auto reader = stub->WatchEvents(&context, request);
  v1::Vnf made;
  REQUIRE(Invoke(*stub, &VnfStub::CreateVnf, NewVnfRequest("v1"), made).ok());
  v1::Event event;
  REQUIRE(reader->Read(&event));
  CHECK(event.resource_type() == "vnfd");
  REQUIRE(reader->Read(&event));
  CHECK(event.resource_id() == made.id());
  CHECK(event.details() == "VNF UUID assigned.");
  served.edge().EndWatches();
  CHECK_FALSE(reader->Read(&event));
  CHECK(reader->Finish().error_code() == grpc::StatusCode::UNAVAILABLE);
}

TEST_CASE("workflows are validated; unknown ones are not found") {
  ServedWorld served;
  const auto stub = v1::WorkflowService::NewStub(served.channel());
  v1::ValidateWorkflowRequest request;
  request.set_definition("version: '2.0'\nwf:\n  tasks:\n    t:\n      action: std.noop\n");
  v1::ValidateWorkflowResponse verdict;
  REQUIRE(Invoke(*stub, &WorkflowStub::ValidateWorkflow, request, verdict).ok());
  CHECK(verdict.error().empty());
  CHECK(verdict.valid());
  request.set_definition("version: '2.0'\nwf: {}\n");
  REQUIRE(Invoke(*stub, &WorkflowStub::ValidateWorkflow, request, verdict).ok());
  CHECK_FALSE(verdict.valid());
  CHECK_FALSE(verdict.error().empty());
  request.set_definition(std::string(300u << 10, 'a'));
  CHECK(Invoke(*stub, &WorkflowStub::ValidateWorkflow, request, verdict).code() ==
        absl::StatusCode::kInvalidArgument);
  v1::GetExecutionRequest none;
  none.set_id("none");
  v1::Execution execution;
  CHECK(Invoke(*stub, &WorkflowStub::GetExecution, none, execution).code() ==
        absl::StatusCode::kNotFound);
}

TEST_CASE("bytes that are no message change nothing") {
  ServedWorld served;
  const std::string rows = served.world().RowCounts();
  RawClient garbage(served.grpc_port());
  garbage.Send("GET / HTTP/1.1\r\n\r\n\xff\xfe\xfd");
  RawClient preface(served.grpc_port());
  preface.Send(base::Cat("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", std::string(4096, '\xff')));
  grpc::GenericStub stub(served.channel());
  for (const std::string& bytes : {std::string("\xff\xff\xff\xff"), std::string("\x0a\x7f"),
                                   std::string("\x0a\x02\xff\xfe"), std::string(5 << 20, 'x')}) {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(10));
    const grpc::Slice slice(bytes);
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareUnaryCall(&context, "/gregale.v1.VnfService/CreateVnf",
                                            grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    call->Finish(&reply, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    REQUIRE(queue.Next(&tag, &ok));
    CHECK_FALSE(status.ok());
  }
  CHECK(served.world().RowCounts() == rows);
}

}  // namespace
}  // namespace gregale::server
