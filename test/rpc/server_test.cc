#include "rpc/server.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/limits.h"
#include "grpcpp/generic/generic_stub.h"
#include "rpc/channel.h"
#include "rpc/freezing_proxy.h"
#include "rpc/session_client.h"
#include "rpc/status.h"
#include "rpc/stream.h"
#include "rpc/stream_service.h"

namespace gregale::rpc {
namespace {

std::string Bytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (buffer.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return bytes;
}

grpc::ByteBuffer Buffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// The first answer to one message of a method that is known by its name only.
std::string Ask(const std::string& address, const std::string& method, const std::string& request) {
  grpc::GenericStub stub(Dial(address));
  Watched<std::string> answer;
  const auto call = OpenBidi<grpc::ByteBuffer, grpc::ByteBuffer>(
      1,
      [&](grpc::ClientContext* context, auto* reactor) {
        stub.PrepareBidiStreamingCall(context, method, grpc::StubOptions(), reactor);
      },
      [&](const grpc::ByteBuffer& message) {
        answer.Change([&](std::string& bytes) { bytes = Bytes(message); });
      },
      [&](const absl::Status& status) {
        answer.Change([&](std::string& bytes) {
          if (bytes.empty()) bytes = status.ToString();
        });
      });
  call->sink().Send(Buffer(request));
  call->sink().Finish(absl::OkStatus());
  answer.WaitUntil([](const std::string& bytes) { return !bytes.empty(); });
  return answer.Get();
}

absl::Status Kill(v1::VNFPolicyMonitorRPC::Stub& stub, const std::string& action_id,
                  absl::Duration timeout) {
  grpc::ClientContext context;
  SetDeadline(context, timeout);
  v1::KillRequest request;
  request.set_action_id(action_id);
  v1::KillResponse response;
  return FromGrpc(stub.Kill(&context, request, &response));
}

TEST_CASE("Every server tells its health") {
  RunningService running;
  constexpr char kCheck[] = "/grpc.health.v1.Health/Check";
  const std::string serving = {8, 1};
  const std::string not_serving = {8, 2};
  REQUIRE(Ask(running.address(), kCheck, "") == serving);
  running.server->SetServing(false);
  REQUIRE(Ask(running.address(), kCheck, "") == not_serving);
  running.server->SetServing(true);
  REQUIRE(Ask(running.address(), kCheck, "") == serving);
}

TEST_CASE("Every server describes its services by reflection") {
  RunningService running;
  constexpr char kInfo[] = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  // list_services: "*"
  const std::string services = Ask(running.address(), kInfo, "\x3a\x01*");
  REQUIRE(services.find("gregale.v1.VNFPolicyMonitorRPC") != services.npos);
  REQUIRE(services.find("grpc.health.v1.Health") != services.npos);
  // file_containing_symbol
  const std::string symbol = "gregale.v1.RunRequest";
  const std::string file = Ask(running.address(), kInfo,
                               std::string("\x22") + static_cast<char>(symbol.size()) + symbol);
  REQUIRE(file.find("include_probes") != file.npos);
}

TEST_CASE("A second server cannot take the same port, nor one an address of another machine") {
  RunningService running;
  StreamService other(1);
  const auto same = Server::Start({.address = running.address(), .services = {&other}});
  REQUIRE(same.status().code() == absl::StatusCode::kUnavailable);
  const auto foreign = Server::Start({.address = "192.0.2.1:1", .services = {&other}});
  REQUIRE(foreign.status().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("A message beyond the bound is refused, and the server goes on") {
  RunningService running;
  const auto stub = v1::VNFPolicyMonitorRPC::NewStub(Dial(running.address()));
  const std::string large(static_cast<size_t>(base::kGrpcMessageBytesMax) + 1, 'x');
  REQUIRE(Kill(*stub, large, absl::Seconds(20)).code() == absl::StatusCode::kResourceExhausted);
  REQUIRE(Kill(*stub, "", absl::Seconds(20)).ok());
}

TEST_CASE(
    "Bytes that are no message, or a method that is none, get an error, and the server goes on") {
  RunningService running;
  const std::string answer =
      Ask(running.address(), "/gregale.v1.VNFPolicyMonitorRPC/Kill", "\xff\xff\xff");
  // gRPC's word for it, not ours.
  REQUIRE(answer.find("UNIMPLEMENTED") != answer.npos);
  REQUIRE(
      Ask(running.address(), "/gregale.v1.VNFPolicyMonitorRPC/Nothing", "").find("UNIMPLEMENTED") !=
      std::string::npos);
  const auto stub = v1::VNFPolicyMonitorRPC::NewStub(Dial(running.address()));
  REQUIRE(Kill(*stub, "", absl::Seconds(20)).ok());
}

TEST_CASE("A pool goes round, and a call does not fail because one of its servers is gone") {
  auto first = std::make_unique<RunningService>();
  auto second = std::make_unique<RunningService>();
  const auto stub =
      v1::VNFPolicyMonitorRPC::NewStub(DialPool({first->address(), second->address()}));
  for (int i = 0; i < 20; ++i) REQUIRE(Kill(*stub, "", absl::Seconds(20)).ok());
  first = nullptr;
  for (int i = 0; i < 50; ++i) REQUIRE(Kill(*stub, "", absl::Seconds(20)) == absl::OkStatus());
}

TEST_CASE("A pool finds out that one of its servers hangs") {
  RunningService hanging;
  RunningService sound;
  FreezingProxy proxy(hanging.server->port());
  const auto stub = v1::VNFPolicyMonitorRPC::NewStub(
      DialPool({"127.0.0.1:" + std::to_string(proxy.port()), sound.address()}));
  for (int i = 0; i < 20; ++i) REQUIRE(Kill(*stub, "", absl::Seconds(20)).ok());
  proxy.Freeze();
  for (int i = 0; i < 20; ++i) REQUIRE(Kill(*stub, "", absl::Seconds(6)) == absl::OkStatus());
}

TEST_CASE("A pool of names and of both families is dialled") {
  RunningService running;
  const std::string port = std::to_string(running.server->port());
  for (const std::vector<std::string>& targets :
       std::vector<std::vector<std::string>>{{"localhost:" + port},
                                             {"localhost:" + port, "127.0.0.1:" + port},
                                             {"[::1]:" + port, "127.0.0.1:" + port},
                                             {"no-such-name.invalid:1", "127.0.0.1:" + port}}) {
    const auto stub = v1::VNFPolicyMonitorRPC::NewStub(DialPool(targets));
    REQUIRE(Kill(*stub, "", absl::Seconds(20)) == absl::OkStatus());
  }
  const auto nobody = v1::VNFPolicyMonitorRPC::NewStub(DialPool({"no-such-name.invalid:1"}));
  REQUIRE(Kill(*nobody, "", absl::Seconds(20)).code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("A connection that is idle stays, although both ends ask for signs of life") {
  RunningService running;
  SessionClient client(Dial(running.address()));
  REQUIRE(client.Send("a"));
  REQUIRE(client.WaitForEchoes(1));
  // Several keepalives: too many of them would make the server drop the connection.
  REQUIRE_FALSE(client.seen.WaitUntil([](const auto& seen) { return !seen.gone.empty(); },
                                      std::chrono::milliseconds(4500)));
  REQUIRE(client.Send("b"));
  REQUIRE(client.WaitForEchoes(2));
}

}  // namespace
}  // namespace gregale::rpc
