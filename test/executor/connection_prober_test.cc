#include "executor/connection_prober.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "executor/loopback_namespace.h"
#include "executor/probe_recorder.h"
#include "executor/tiny_http_server.h"
#include "executor/tiny_server.h"
#include "support/loop_runner.h"

namespace gregale::executor {
namespace {

using Manner = TinyHttpServer::Manner;

constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

struct Bench {
  explicit Bench(ConnectionProber::Options options = {.in_flight_max = 8})
      : prober(loop, recorder, ConverseHttp, std::move(options)) {}
  void Probe(const std::string& address, uint16_t port, absl::Duration timeout,
             uint32_t sequence = 1) {
    parameters.port = port;
    parameters.timing.timeout = timeout;
    prober.Probe({.id = {0, 0, sequence},
                  .address = *IpAddress::Parse(address),
                  .parameters = &parameters,
                  .deadline = loop.Now() + timeout});
  }
  bool Await(size_t outcomes) {
    return base::RunLoopUntil(
        loop, [&] { return recorder.outcomes.size() >= outcomes; }, absl::Seconds(10));
  }

  size_t Count(std::string_view what) const {
    return static_cast<size_t>(std::ranges::count(recorder.outcomes, what, [](const auto& outcome) {
      return std::string_view(outcome.what);
    }));
  }

  base::SystemClock clock;
  base::EventLoop loop{clock};
  ProbeRecorder recorder;
  policies::MonitorParameters parameters;
  ConnectionProber prober;
};

TEST_CASE("An HTTP server that replies is well") {
  const std::string address = GENERATE("127.0.0.1", "::1");
  const auto manner = GENERATE(Manner::kReply, Manner::kDribble, Manner::kHangAfterReply);
  const std::string reply =
      GENERATE(kOk, "HTTP/1.0 204 No Content\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
               "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200\r\n\r\n");
  TinyHttpServer server(address, manner, reply);
  Bench bench;
  bench.parameters.http.path = "/health";
  bench.Probe(address, server.port(), absl::Seconds(5));
  CHECK(bench.recorder.outcomes.empty());  // never inside the call
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "answer");
  CHECK(bench.recorder.outcomes[0].text == address);
  CHECK_THAT(server.request(), Catch::Matchers::StartsWith("GET /health HTTP/1.1\r\nHost: "));
}

TEST_CASE("Whatever else an HTTP server does is a failure that says what") {
  struct Case {
    Manner manner;
    std::string reply;
    std::string reason;
  };
  const auto c = GENERATE(
      Case{Manner::kReply, "HTTP/1.1 404 Not Found\r\n\r\n", "HTTP status 404"},
      Case{Manner::kReply, "HTTP/1.1 503 Unavailable\r\n\r\n", "HTTP status 503"},
      Case{Manner::kReply, "SSH-2.0-OpenSSH_9.2\r\n", "reply is not HTTP"},
      Case{Manner::kReply, "HTTP/1.1 2OO OK\r\n\r\n", "reply is not HTTP"},
      Case{Manner::kReply, "HTTP/1.1 200 OK\r\n", "connection closed before a complete reply"},
      Case{Manner::kReply, "", "connection closed before a complete reply"},
      Case{Manner::kHang, "", "timeout while waiting for the reply"},
      Case{Manner::kHangAfterReply, "HTTP/1.1 200", "timeout while waiting for the reply"},
      Case{Manner::kFlood, "", "reply header is too long"},
      Case{Manner::kReset, "", "connection reset"});
  TinyHttpServer server("127.0.0.1", c.manner, c.reply);
  Bench bench;
  const base::MonoTime start = bench.loop.Now();
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(500));
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "failure");
  CHECK(bench.recorder.outcomes[0].text == c.reason);
  CHECK(bench.loop.Now() - start < absl::Milliseconds(900));
}

TEST_CASE("A server that closes without a word has failed") {
  TinyHttpServer server("127.0.0.1", Manner::kClose, "");
  Bench bench;
  bench.Probe("127.0.0.1", server.port(), absl::Seconds(2));
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "failure");
}

TEST_CASE("A port that nobody listens on refuses at once") {
  uint16_t port = 0;
  {
    TinyHttpServer server("127.0.0.1", Manner::kClose, "");
    port = server.port();
  }
  Bench bench;
  bench.Probe("127.0.0.1", port, absl::Seconds(5));
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "failure");
  CHECK(bench.recorder.outcomes[0].text == "connection refused");
}

TEST_CASE("Probes beyond the bound wait, and are unsent where their time runs out first") {
  TinyHttpServer server("127.0.0.1", Manner::kHang, "");
  Bench bench;
  for (uint32_t i = 0; i < 8; ++i) {
    bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(600), i);
  }
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(700), 100);  // will have its turn
  REQUIRE(base::RunLoopUntil(
      bench.loop, [&] { return server.connections() == 8; }, absl::Milliseconds(400)));
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(50), 200);  // will not
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "unsent");
  CHECK(bench.recorder.outcomes[0].id.sequence == 200);
  REQUIRE(bench.Await(10));
  for (size_t i = 1; i < 9; ++i) CHECK(bench.recorder.outcomes[i].what == "failure");
  CHECK(server.connections() == 9);
}

TEST_CASE("A waiting probe that nobody wants any more is not sent") {
  TinyHttpServer server("127.0.0.1", Manner::kReply, kOk);
  Bench bench;
  bench.Probe("127.0.0.1", server.port(), absl::Seconds(2));
  bench.recorder.unwanted = 0;
  for (int i = 0; i < 20; ++i) bench.loop.RunOnce(absl::Milliseconds(2));
  CHECK(server.connections() == 0);
  CHECK(bench.recorder.outcomes.empty());
}

TEST_CASE("A process that was held up does not blame the target") {
  TinyHttpServer server("127.0.0.1", GENERATE(Manner::kHang, Manner::kReply), kOk);
  Bench bench;
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(50));
  for (int i = 0; i < 3; ++i) bench.loop.RunOnce(absl::ZeroDuration());
  const base::MonoTime until = bench.loop.Now() + absl::Milliseconds(300);
  while (bench.loop.Now() < until) {
  }
  bench.prober.Poll();
  REQUIRE(bench.recorder.outcomes.size() == 1);
  CHECK(bench.recorder.outcomes[0].what != "failure");
}

TEST_CASE("A probe that had to wait long for its turn is not judged by the rest of its time") {
  TinyHttpServer server("127.0.0.1", Manner::kHang, "");
  Bench bench;
  for (uint32_t i = 0; i < 8; ++i) {
    bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(300), i);
  }
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(400), 100);
  REQUIRE(bench.Await(9));
  CHECK(bench.recorder.outcomes[8].id.sequence == 100);
  CHECK(bench.recorder.outcomes[8].what == "unknown");
}

// Inside a network namespace of its own: so many local ports and no more.
void AllowPorts(int count) {
  std::ofstream range("/proc/sys/net/ipv4/ip_local_port_range");
  range << 40'000 << " " << 40'000 + count - 1 << std::flush;
  REQUIRE(range.good());
}

TEST_CASE("More probes at once than there are ports: all get their answers") {
  InLoopbackNamespace([] {
    TinyHttpServer server("127.0.0.1", Manner::kReply, kOk);
    AllowPorts(16);
    Bench bench({.in_flight_max = 1000});
    for (uint32_t i = 0; i < 600; ++i) {
      bench.Probe("127.0.0.1", server.port(), absl::Seconds(8), i);
    }
    REQUIRE(bench.Await(600));
    CHECK(bench.Count("answer") == 600);
  });
}

TEST_CASE(
    "A probe for which no port comes free is unsent, not failed; more addresses, more ports") {
  ConnectionProber::Options options{.in_flight_max = 1000};
  if (GENERATE(false, true)) {
    options.sources = {*IpAddress::Parse("127.0.0.2"), *IpAddress::Parse("127.0.0.3")};
  }
  InLoopbackNamespace([&] {
    TinyHttpServer server("127.0.0.1", Manner::kHang, "");
    AllowPorts(8);
    const size_t ports = 8 * std::max<size_t>(options.sources.size(), 1);
    Bench bench(options);
    for (uint32_t i = 0; i < 40; ++i) {
      bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(400), i);
    }
    REQUIRE(bench.Await(40));
    CHECK(bench.Count("failure") == ports);  // these had their time, and no answer
    CHECK(bench.Count("unsent") == 40 - ports);
  });
}

TEST_CASE("Without a descriptor a probe waits for one") {
  TinyHttpServer server("127.0.0.1", Manner::kReply, kOk);
  Bench bench;
  rlimit usual;
  REQUIRE(getrlimit(RLIMIT_NOFILE, &usual) == 0);
  const rlimit none = {.rlim_cur = 0, .rlim_max = usual.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  bench.Probe("127.0.0.1", server.port(), absl::Seconds(5));
  CHECK_FALSE(base::RunLoopUntil(
      bench.loop, [&] { return !bench.recorder.outcomes.empty(); }, absl::Milliseconds(50)));
  REQUIRE(setrlimit(RLIMIT_NOFILE, &usual) == 0);
  REQUIRE(bench.Await(1));
  CHECK(bench.recorder.outcomes[0].what == "answer");
}

TEST_CASE("Connections leave only from addresses of this machine") {
  CHECK(Dialer::CheckSources({*IpAddress::Parse("127.0.0.2")}).ok());
  const absl::Status foreign = Dialer::CheckSources({*IpAddress::Parse("192.0.2.1")});
  CHECK_THAT(std::string(foreign.message()), Catch::Contains("192.0.2.1"));
}

// Answers `answers` requests of each connection, then closes it.
class PatientServer {
 public:
  explicit PatientServer(int answers) : answers_(answers) {}
  uint16_t port() const { return server_.port(); }
  int connections() const { return connections_; }

 private:
  void Converse(int connection) {
    ++connections_;
    std::array<char, 4096> request;
    for (int i = 0; i < answers_; ++i) {
      if (recv(connection, request.data(), request.size(), 0) <= 0) return;
      send(connection, kOk, sizeof kOk - 1, MSG_NOSIGNAL);
    }
  }

  const int answers_;
  std::atomic<int> connections_{0};
  TinyServer server_{[this](int connection) { Converse(connection); }};
};

TEST_CASE("Where the policy says so, probes of a target share a connection as long as it lives") {
  const auto [keep, answers, connections] =
      GENERATE(std::tuple(false, 9, 6), std::tuple(true, 9, 1), std::tuple(true, 2, 3));
  PatientServer server(answers);
  Bench bench;
  bench.parameters.http.keep_alive = keep;
  for (uint32_t i = 1; i <= 6; ++i) {
    bench.Probe("127.0.0.1", server.port(), absl::Seconds(5), i);
    REQUIRE(bench.Await(i));
  }
  CHECK(bench.Count("answer") == 6);
  CHECK(server.connections() == connections);
}

TEST_CASE("A kept connection on which nothing comes any more is a failure") {
  TinyHttpServer server("127.0.0.1", Manner::kHangAfterReply, kOk);
  Bench bench;
  bench.parameters.http.keep_alive = true;
  bench.Probe("127.0.0.1", server.port(), absl::Seconds(5), 1);
  REQUIRE(bench.Await(1));
  bench.Probe("127.0.0.1", server.port(), absl::Milliseconds(200), 2);
  REQUIRE(bench.Await(2));
  CHECK(bench.Count("answer") == 1);
  CHECK(bench.recorder.outcomes[1].text == "timeout while waiting for the reply");
  CHECK(server.connections() == 1);
}

}  // namespace
}  // namespace gregale::executor
