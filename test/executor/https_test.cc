#include <signal.h>
#include <stdlib.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/clock.h"
#include "base/epoll_loop.h"
#include "executor/connection_prober.h"
#include "executor/probe_recorder.h"
#include "executor/tiny_http_server.h"
#include "executor/tiny_tls_server.h"
#include "support/loop_runner.h"

namespace gregale::executor {
namespace {

constexpr char kReply[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nready";

struct Bench {
  Bench() {
    // As the executor's main does.
    signal(SIGPIPE, SIG_IGN);
    parameters.http.tls = true;
  }

  ProbeRecorder::Outcome Probe(uint16_t port, absl::Duration timeout = absl::Seconds(10)) {
    parameters.port = port;
    parameters.timing.timeout = timeout;
    recorder.outcomes.clear();
    prober.Probe({.id = {0, 0, 1},
                  .address = *IpAddress::Parse("127.0.0.1"),
                  .parameters = &parameters,
                  .deadline = loop.Now() + timeout});
    REQUIRE(base::RunLoopUntil(
        loop, [&] { return !recorder.outcomes.empty(); }, absl::Seconds(20)));
    return recorder.outcomes.front();
  }

  base::SystemClock clock;
  base::EventLoop loop{clock};
  ProbeRecorder recorder;
  policies::MonitorParameters parameters;
  ConnectionProber prober{loop, recorder, ConverseHttp};
};

TEST_CASE("An HTTPS server that replies is well, whoever signed its certificate") {
  TinyTlsServer server("web.example", kReply);
  Bench bench;
  CHECK(bench.Probe(server.port()).what == "answer");
  bench.parameters.http.body = "ready";
  CHECK(bench.Probe(server.port()).what == "answer");
  bench.parameters.http.body = "steady";
  CHECK(bench.Probe(server.port()).text == "the body does not have the expected text");
  bench.parameters.http.body = "";
  bench.parameters.http.statuses = {{204, 204}};
  CHECK(bench.Probe(server.port()).text == "HTTP status 200");
}

TEST_CASE("A certificate is verified where the policy asks for it") {
  TinyTlsServer known("web.example", kReply);
  TinyTlsServer unknown("web.example", kReply);
  char path[] = "/tmp/gregale-authorities-XXXXXX";
  const base::UniqueFd file(mkstemp(path));
  std::ofstream(path) << known.certificate();
  // Read once, when the first certificate is verified.
  setenv("SSL_CERT_FILE", path, 1);
  Bench bench;
  bench.parameters.http.verify = true;
  bench.parameters.http.server_name = "web.example";
  const auto good = bench.Probe(known.port());
  const auto stranger = bench.Probe(unknown.port());
  bench.parameters.http.server_name = "other.example";
  const auto misnamed = bench.Probe(known.port());
  bench.parameters.http.server_name = "";
  const auto by_address = bench.Probe(known.port());
  unsetenv("SSL_CERT_FILE");
  std::filesystem::remove(path);
  CHECK(good.what == "answer");
  CHECK(stranger.what == "failure");
  CHECK_THAT(stranger.text, Catch::StartsWith("certificate not accepted: "));
  CHECK_THAT(misnamed.text, Catch::Contains("hostname mismatch"));
  CHECK_THAT(by_address.text, Catch::Contains("IP address mismatch"));
}

TEST_CASE("What does not speak TLS is a failure that says so, in time") {
  struct Case {
    TinyHttpServer::Manner manner;
    std::string reply;
    std::string text;
  };
  const auto c = GENERATE(
      Case{TinyHttpServer::Manner::kReply, "HTTP/1.1 400 Bad Request\r\n\r\n",
           "TLS handshake failed: wrong version number"},
      Case{TinyHttpServer::Manner::kReply, "", "connection closed while shaking hands"},
      Case{TinyHttpServer::Manner::kHang, "", "timeout while shaking hands"},
      Case{TinyHttpServer::Manner::kHangAfterReply, "\x16\x03", "timeout while shaking hands"});
  TinyHttpServer server("127.0.0.1", c.manner, c.reply);
  Bench bench;
  const auto outcome = bench.Probe(server.port(), absl::Milliseconds(700));
  CHECK(outcome.what == "failure");
  CHECK(outcome.text == c.text);
}

TEST_CASE("tcp_ping is answered by the connection alone, and by no other") {
  TinyHttpServer server("127.0.0.1", TinyHttpServer::Manner::kHang, "");
  Bench bench;
  ConnectionProber tcp(bench.loop, bench.recorder, ConverseTcp);
  bench.parameters.port = server.port();
  bench.parameters.timing.timeout = absl::Seconds(10);
  const auto probe = [&] {
    bench.recorder.outcomes.clear();
    tcp.Probe({.id = {0, 0, 1},
               .address = *IpAddress::Parse("127.0.0.1"),
               .parameters = &bench.parameters,
               .deadline = bench.loop.Now() + absl::Seconds(10)});
    REQUIRE(base::RunLoopUntil(
        bench.loop, [&] { return !bench.recorder.outcomes.empty(); }, absl::Seconds(20)));
    return bench.recorder.outcomes.front();
  };
  CHECK(probe().what == "answer");
  {
    TinyHttpServer gone("127.0.0.1", TinyHttpServer::Manner::kHang, "");
    bench.parameters.port = gone.port();
  }
  CHECK(probe().text == "connection refused");
}

}  // namespace
}  // namespace gregale::executor
