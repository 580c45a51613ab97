#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "rpc/channel.h"
#include "rpc/freezing_proxy.h"
#include "rpc/session_client.h"
#include "rpc/stream_service.h"

namespace gregale::rpc {
namespace {

// A call of Run, read by hand.
struct RunClient {
  explicit RunClient(const std::string& address)
      : stub(v1::VNFPolicyMonitorRPC::NewStub(Dial(address))) {}
  void Open() { reader = stub->Run(&context, v1::RunRequest()); }
  bool Read() { return reader->Read(&event); }
  absl::Status Finish() {
    while (Read()) {
    }
    return FromGrpc(reader->Finish());
  }

  std::unique_ptr<v1::VNFPolicyMonitorRPC::Stub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<MonitorEvent>> reader;
  MonitorEvent event;
};

bool WaitForGone(StreamService& service, int count) {
  return service.seen().WaitUntil([=](const auto& seen) { return seen.runs_gone >= count; });
}

TEST_CASE("What is sent arrives in order, then the status") {
  RunningService running;
  RunClient client(running.address());
  client.Open();
  const auto sink = running.service.WaitForRun(0);
  REQUIRE(sink != nullptr);
  constexpr uint64_t kEvents = 500;
  for (uint64_t i = 0; i < kEvents; ++i) REQUIRE(sink->Send(NewEvent(i)));
  sink->Finish(absl::NotFoundError("that is all"));
  REQUIRE_FALSE(sink->Send(NewEvent(kEvents)));
  sink->Finish(absl::InternalError("only the first end counts"));

  for (uint64_t i = 0; i < kEvents; ++i) {
    REQUIRE(client.Read());
    REQUIRE(client.event.target().incident() == i);
  }
  REQUIRE(client.Finish() == absl::NotFoundError("that is all"));
  REQUIRE(WaitForGone(running.service, 1));
  REQUIRE(running.service.seen().Get().runs_gone == 1);
}

TEST_CASE("Cancelled before the first write") {
  RunningService running;
  for (int round = 0; round < 50; ++round) {
    RunClient client(running.address());
    client.Open();
    const auto sink = running.service.WaitForRun(static_cast<size_t>(round));
    REQUIRE(sink != nullptr);
    client.context.TryCancel();
    REQUIRE(WaitForGone(running.service, round + 1));
    REQUIRE_FALSE(sink->Send(NewEvent(0)));
    REQUIRE(client.Finish().code() == absl::StatusCode::kCancelled);
  }
  REQUIRE(running.service.seen().Get().runs_gone == 50);
}

TEST_CASE("Cancelled at the moment of the call, whether the server has seen it or not") {
  RunningService running;
  for (int round = 0; round < 200; ++round) {
    RunClient client(running.address());
    client.Open();
    client.context.TryCancel();
    REQUIRE(client.Finish().code() == absl::StatusCode::kCancelled);
  }
  running.server->Shutdown();
  const auto seen = running.service.seen().Get();
  REQUIRE(seen.runs_gone == static_cast<int>(seen.runs.size()));
}

TEST_CASE("Cancelled while writes are going on") {
  RunningService running(1'000'000);
  for (int round = 0; round < 50; ++round) {
    RunClient client(running.address());
    client.Open();
    const auto sink = running.service.WaitForRun(static_cast<size_t>(round));
    REQUIRE(sink != nullptr);
    std::thread writer([&] {
      uint64_t i = 0;
      while (i < 1'000'000 && sink->Send(NewEvent(i))) ++i;
    });
    for (int i = 0; i < round; ++i) client.Read();
    client.context.TryCancel();
    writer.join();
    REQUIRE(WaitForGone(running.service, round + 1));
    REQUIRE_FALSE(sink->Send(NewEvent(0)));
    REQUIRE_FALSE(client.Finish().ok());
  }
  REQUIRE(running.service.seen().Get().runs_gone == 50);
}

TEST_CASE("Finished by the server and cancelled by the client at once") {
  RunningService running;
  for (int round = 0; round < 100; ++round) {
    RunClient client(running.address());
    client.Open();
    const auto sink = running.service.WaitForRun(static_cast<size_t>(round));
    REQUIRE(sink != nullptr);
    std::thread finisher([&] {
      sink->Send(NewEvent(1));
      sink->Finish(absl::OkStatus());
    });
    client.context.TryCancel();
    finisher.join();
    const absl::Status status = client.Finish();
    REQUIRE((status.ok() || absl::IsCancelled(status)));
    REQUIRE(WaitForGone(running.service, round + 1));
  }
  REQUIRE(running.service.seen().Get().runs_gone == 100);
}

TEST_CASE("A client that is gone without a word is noticed by both sides") {
  RunningService running;
  FreezingProxy proxy(running.server->port());
  RunClient client("127.0.0.1:" + std::to_string(proxy.port()));
  client.Open();
  const auto sink = running.service.WaitForRun(0);
  REQUIRE(sink != nullptr);
  REQUIRE(sink->Send(NewEvent(1)));
  REQUIRE(client.Read());

  const base::SystemClock clock;
  const base::MonoTime start = clock.Mono();
  proxy.Freeze();
  REQUIRE(WaitForGone(running.service, 1));
  REQUIRE_FALSE(sink->Send(NewEvent(2)));
  REQUIRE(client.Finish().code() == absl::StatusCode::kUnavailable);
  REQUIRE(clock.Mono() - start < absl::Seconds(6));
}

TEST_CASE("A server that shuts down ends its open streams") {
  RunningService running;
  std::vector<std::unique_ptr<RunClient>> clients;
  for (size_t i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<RunClient>(running.address()));
    clients.back()->Open();
    REQUIRE(running.service.WaitForRun(i) != nullptr);
  }
  SessionClient session(Dial(running.address()));
  REQUIRE(session.Send("a"));
  REQUIRE(session.WaitForEchoes(1));

  std::atomic<bool> stop{false};
  const auto sinks = running.service.seen().Get().runs;
  std::thread writer([&] {
    for (uint64_t i = 0; i < 1'000'000 && !stop; ++i) sinks[i % sinks.size()]->Send(NewEvent(i));
  });
  running.server->Shutdown();
  stop = true;
  writer.join();

  const auto seen = running.service.seen().Get();
  REQUIRE(seen.runs_gone == 20);
  REQUIRE(seen.sessions_gone == 1);
  for (const auto& sink : sinks) REQUIRE_FALSE(sink->Send(NewEvent(0)));
  for (const auto& client : clients) REQUIRE_FALSE(client->Finish().ok());
  REQUIRE_FALSE(session.WaitForEnd().ok());
}

TEST_CASE("A reader that is too slow loses its stream, and learns why") {
  constexpr size_t kQueueMax = 20;
  RunningService running(kQueueMax);
  RunClient client(running.address());
  client.Open();
  const auto sink = running.service.WaitForRun(0);
  REQUIRE(sink != nullptr);
  // More than the flow-control windows and the queue hold.
  size_t sent = 0;
  while (sent < 10'000 && sink->Send(NewEvent(sent, 64 << 10))) ++sent;
  REQUIRE(sent < 10'000);
  REQUIRE(sent >= kQueueMax);
  REQUIRE_FALSE(sink->Send(NewEvent(0)));

  REQUIRE(client.Finish().code() == absl::StatusCode::kResourceExhausted);
  REQUIRE(WaitForGone(running.service, 1));
}

TEST_CASE("A deadline ends the stream on both sides") {
  RunningService running;
  RunClient client(running.address());
  SetDeadline(client.context, absl::Milliseconds(100));
  client.Open();
  REQUIRE(client.Finish().code() == absl::StatusCode::kDeadlineExceeded);
  const auto sink = running.service.WaitForRun(0);
  REQUIRE(sink != nullptr);
  REQUIRE(WaitForGone(running.service, 1));
  REQUIRE_FALSE(sink->Send(NewEvent(0)));
}

}  // namespace
}  // namespace gregale::rpc
