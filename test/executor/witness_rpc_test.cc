#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <future>

#include "base/json.h"
#include "base/unique_fd.h"
#include "executor/test_executor.h"
#include "rpc/channel.h"
#include "rpc/struct_json.h"

namespace gregale::executor {
namespace {

using base::Json;

v1::ProbeRequest Request(const std::string& action, const Json& input) {
  v1::ProbeRequest request;
  request.set_action(action);
  *request.mutable_input() = *rpc::ToStruct(input);
  return request;
}

Json Input(int port = 80) {
  Json input = {{"addresses", "127.0.0.1"},
                {"monitoring_delay", 0},
                {"count", 2},
                {"interval", 0.05},
                {"timeout", 0.2}};
  if (port != 80) input["port"] = port;
  return input;
}

struct Answer {
  grpc::Status status;
  v1::ProbeResponse response;
};

Answer Probe(TestExecutor& executor, const v1::ProbeRequest& request) {
  Answer answer;
  grpc::ClientContext context;
  rpc::SetDeadline(context, absl::Seconds(20));
  answer.status = executor.stub().Probe(&context, request, &answer.response);
  return answer;
}

// Accepts connections (the kernel does) and never says anything.
struct SilentServer {
  SilentServer() : fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(bind(fd.get(), generic, size) == 0);
    REQUIRE(listen(fd.get(), 16) == 0);
    REQUIRE(getsockname(fd.get(), generic, &size) == 0);
    port = ntohs(address.sin_port);
  }
  base::UniqueFd fd;
  int port = 0;
};

TEST_CASE("A witness sees an address that answers, and reports nothing") {
  const FakeConductor conductor;
  TestExecutor executor(&conductor);
  const Answer answer = Probe(executor, Request("vnf.ping", Input()));
  INFO(answer.status.error_message());
  REQUIRE(answer.status.ok());
  CHECK(answer.response.answered());
  CHECK(answer.response.reason().empty());
  CHECK(conductor.reports().empty());
  CHECK(executor.List().empty());
}

TEST_CASE("A witness sees an address that does not answer, and says why") {
  TestExecutor executor;
  const Answer refused = Probe(executor, Request("vnf.http_ping", Input(1)));
  REQUIRE(refused.status.ok());
  CHECK_FALSE(refused.response.answered());
  CHECK_FALSE(refused.response.reason().empty());
  const SilentServer silent;
  const Answer none = Probe(executor, Request("vnf.http_ping", Input(silent.port)));
  REQUIRE(none.status.ok());
  CHECK_FALSE(none.response.answered());
  CHECK_THAT(none.response.reason(), Catch::StartsWith("timeout"));
}

TEST_CASE("What cannot be probed is refused") {
  TestExecutor executor;
  Json no_address = Input();
  no_address.erase("addresses");
  for (const auto& request :
       {Request("vnf.dance", Input()), Request("std.noop", Input()),
        Request("vnf.ping", no_address), Request("vnf.ping", {{"addresses", "here"}})}) {
    CHECK(Probe(executor, request).status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_CASE("A caller that is gone, and a server that shuts down, end a probe") {
  const SilentServer silent;
  Json slow = Input(silent.port);
  slow["timeout"] = 50;
  auto executor = std::make_unique<TestExecutor>();
  grpc::ClientContext context;
  v1::ProbeResponse response;
  std::promise<grpc::Status> ended;
  const v1::ProbeRequest request = Request("vnf.http_ping", slow);
  executor->stub().async()->Probe(&context, &request, &response,
                                  [&](grpc::Status status) { ended.set_value(status); });
  std::future<grpc::Status> end = ended.get_future();
  SECTION("caller") { context.TryCancel(); }
  SECTION("server") {
    // Known to be in work: another call has been answered after it.
    REQUIRE(Probe(*executor, Request("vnf.ping", Input())).status.ok());
    executor.reset();
  }
  REQUIRE(end.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
  CHECK_FALSE(end.get().ok());
}

}  // namespace
}  // namespace gregale::executor
