#include <catch2/catch.hpp>
#include <string>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "executor/connection_prober.h"
#include "executor/probe_recorder.h"
#include "rpc/server.h"
#include "support/loop_runner.h"

namespace gregale::executor {
namespace {

TEST_CASE("the health of a real gRPC server is seen") {
  auto server = rpc::Server::Start({.address = "127.0.0.1:0"});
  REQUIRE(server.ok());
  base::SystemClock clock;
  base::EventLoop loop{clock};
  ProbeRecorder recorder;
  ConnectionProber prober{loop, recorder, ConverseGrpcHealth};
  policies::MonitorParameters parameters;
  parameters.port = static_cast<uint16_t>((*server)->port());
  parameters.timing.timeout = absl::Seconds(10);
  const auto probe = [&] {
    recorder.outcomes.clear();
    prober.Probe({.id = {0, 0, 1},
                  .address = *IpAddress::Parse("127.0.0.1"),
                  .parameters = &parameters,
                  .deadline = loop.Now() + absl::Seconds(10)});
    REQUIRE(base::RunLoopUntil(
        loop, [&] { return !recorder.outcomes.empty(); }, absl::Seconds(20)));
    return recorder.outcomes.front();
  };
  (*server)->SetServing(true);
  CHECK(probe().what == "answer");
  (*server)->SetServing(false);
  CHECK(probe().text == "health: NOT_SERVING");
  parameters.service = "nobody.Knows";
  const auto unknown = probe();
  CHECK(unknown.what == "failure");
  CHECK_THAT(unknown.text, Catch::StartsWith("the call failed: "));
  (*server)->Shutdown();
  server->reset();
  CHECK(probe().text == "connection refused");
}

}  // namespace
}  // namespace gregale::executor
