#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <thread>

#include "rpc/freezing_proxy.h"
#include "rpc/session_client.h"
#include "rpc/stream_service.h"

namespace gregale::rpc {
namespace {

bool WaitForSessionsGone(StreamService& service, int count) {
  return service.seen().WaitUntil([=](const auto& seen) { return seen.sessions_gone >= count; });
}

TEST_CASE("Messages go both ways in order; closing one way ends the call with OK") {
  RunningService running;
  SessionClient client(Dial(running.address()));
  constexpr size_t kMessages = 300;
  for (size_t i = 0; i < kMessages; ++i) REQUIRE(client.Send(std::to_string(i)));
  client.call->sink().Finish(absl::OkStatus());
  REQUIRE_FALSE(client.Send("late"));

  REQUIRE(client.WaitForEnd() == absl::OkStatus());
  const auto seen = client.seen.Get();
  REQUIRE(seen.echoes.size() == kMessages);
  for (size_t i = 0; i < kMessages; ++i) REQUIRE(seen.echoes[i] == std::to_string(i));
  REQUIRE(seen.gone.size() == 1);
  REQUIRE(WaitForSessionsGone(running.service, 1));
}

TEST_CASE("The server's status arrives, and sending is over then") {
  RunningService running;
  SessionClient client(Dial(running.address()));
  REQUIRE(client.Send("fail"));
  REQUIRE(client.WaitForEnd() == absl::FailedPreconditionError("told to fail"));
  REQUIRE_FALSE(client.Send("late"));
}

TEST_CASE("A call to nobody ends as unavailable") {
  std::string nobody;
  {
    RunningService running;
    nobody = running.address();
  }
  SessionClient client(Dial(nobody));
  client.Send("a");
  REQUIRE(client.WaitForEnd().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("Finishing with an error cancels the call, and is its status") {
  RunningService running;
  SessionClient client(Dial(running.address()));
  client.call->sink().Finish(absl::AbortedError("changed my mind"));
  REQUIRE(client.WaitForEnd() == absl::AbortedError("changed my mind"));
}

TEST_CASE("A deadline ends a session on both sides") {
  RunningService running;
  SessionClient client(Dial(running.address()), 1000, absl::Milliseconds(100));
  REQUIRE(client.WaitForEnd().code() == absl::StatusCode::kDeadlineExceeded);
  REQUIRE(WaitForSessionsGone(running.service, 1));
}

TEST_CASE("A server that vanishes without a word is noticed") {
  RunningService running;
  FreezingProxy proxy(running.server->port());
  SessionClient client(Dial("127.0.0.1:" + std::to_string(proxy.port())));
  REQUIRE(client.Send("a"));
  REQUIRE(client.WaitForEchoes(1));
  proxy.Freeze();
  REQUIRE(client.WaitForEnd().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("A full queue ends the call with that reason") {
  RunningService running;
  FreezingProxy proxy(running.server->port());
  SessionClient client(Dial("127.0.0.1:" + std::to_string(proxy.port())), 5);
  REQUIRE(client.Send("a"));
  REQUIRE(client.WaitForEchoes(1));
  proxy.Freeze();
  const std::string large(1 << 20, 'x');
  int sent = 0;
  while (sent < 1000 && client.Send(large)) ++sent;
  REQUIRE(sent < 1000);
  REQUIRE(client.WaitForEnd().code() == absl::StatusCode::kResourceExhausted);
  REQUIRE(client.seen.Get().gone.size() == 1);
}

TEST_CASE("No callback runs after the handle is gone") {
  RunningService running;
  const auto channel = Dial(running.address());
  for (int round = 0; round < 100; ++round) {
    auto client = std::make_unique<SessionClient>(channel);
    for (int i = 0; i < 20; ++i) client->Send("a");
    if (round % 2 == 0) client->WaitForEchoes(static_cast<size_t>(round % 20));
    // What the callbacks touch is freed with it: a late one would be seen by the sanitizers.
    client->call = nullptr;
    const size_t echoes = client->seen.Get().echoes.size();
    REQUIRE(client->seen.Get().echoes.size() == echoes);
  }
  // A call that was cancelled before it left the client never reaches the server.
  running.server->Shutdown();
  const auto seen = running.service.seen().Get();
  REQUIRE(seen.sessions_gone == seen.sessions);
}

TEST_CASE("A handle may be destroyed inside its own callback") {
  RunningService running;
  for (int round = 0; round < 20; ++round) {
    const auto stub = v1::VNFPolicyMonitorRPC::NewStub(Dial(running.address()));
    Watched<std::unique_ptr<ClientBidi<SessionCommand, SessionEvent>>*> ready;
    Watched<bool> destroyed;
    std::atomic<int> calls_after{0};
    std::unique_ptr<ClientBidi<SessionCommand, SessionEvent>> call;
    call = OpenBidi<SessionCommand, SessionEvent>(
        10,
        [&](grpc::ClientContext* context, auto* reactor) {
          stub->async()->Session(context, reactor);
        },
        [&](const SessionEvent&) {
          ready.WaitUntil([](auto* handle) { return handle != nullptr; });
          if (call == nullptr) ++calls_after;
          call = nullptr;
          destroyed.Change([](bool& done) { done = true; });
        },
        [&](const absl::Status&) { ++calls_after; });
    call->sink().Send(NewCommand("a"));
    call->sink().Send(NewCommand("b"));
    ready.Change([&](auto*& handle) { handle = &call; });
    REQUIRE(destroyed.WaitUntil([](bool done) { return done; }));
    REQUIRE(calls_after == 0);
  }
}

TEST_CASE("Everything at once, again and again") {
  constexpr int kThreads = 4;
  constexpr int kRounds = 60;
  RunningService running(50);
  std::atomic<bool> ended{true};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&running, &ended, thread] {
      const auto channel = Dial(running.address());
      for (int round = 0; round < kRounds; ++round) {
        SessionClient client(channel, 50);
        std::thread sender([&client, round] {
          for (int i = 0; i < 30 && client.Send("a"); ++i) {
            if (i == round % 30) client.Send(round % 3 == 0 ? "end" : "fail");
          }
        });
        if ((round + thread) % 4 == 0) client.call->sink().Finish(absl::OkStatus());
        if ((round + thread) % 4 == 1) ended = ended && !absl::IsInternal(client.WaitForEnd());
        if ((round + thread) % 4 == 2) client.call->sink().Finish(absl::CancelledError(""));
        sender.join();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(ended);
  running.server->Shutdown();
  const auto seen = running.service.seen().Get();
  REQUIRE(seen.sessions_gone == seen.sessions);
}

}  // namespace
}  // namespace gregale::rpc
