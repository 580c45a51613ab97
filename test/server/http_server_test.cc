#include "server/http_server.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <list>
#include <stdexcept>
#include <string>

#include "absl/time/clock.h"
#include "base/text.h"
#include "raw_client.h"
#include "served_world.h"

namespace gregale::server {
namespace {

constexpr std::string_view kGet = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

TEST_CASE("one connection serves one request after the other") {
  ServedWorld served;
  RawClient client(served.rest_port());
  for (int i = 0; i < 3; ++i) {
    client.Send(kGet);
    const std::string answer = client.ReadAnswer();
    CHECK(StatusOf(answer) == 200);
    CHECK(base::Contains(answer, "Connection: keep-alive\r\n"));
    CHECK(BodyOf(answer) == R"({"status": "ok"})");
  }
  client.Send(base::Cat(kGet, kGet));
  CHECK(StatusOf(client.ReadAnswer()) == 200);
  CHECK(StatusOf(client.ReadAnswer()) == 200);
  client.Send("GET /healthz HTTP/1.1\r\nHost: h.localhost\r\nConnection: close\r\n\r\n");
  CHECK(base::Contains(client.ReadToEnd(), "Connection: close\r\n"));
}

TEST_CASE("HEAD and 204 have no body, and say so") {
  ServedWorld served;
  const std::string head = Exchange(
      served.rest_port(), "HEAD / HTTP/1.1\r\nHost: h.localhost\r\nConnection: close\r\n\r\n");
  CHECK(StatusOf(head) == 200);
  CHECK(base::Contains(head, "Content-Length: "));
  CHECK(BodyOf(head).empty());
  const std::string none =
      Exchange(served.rest_port(), "OPTIONS /v1.0/vnfs HTTP/1.1\r\nHost: h.localhost\r\n\r\n");
  CHECK(StatusOf(none) == 204);
  CHECK_FALSE(base::Contains(none, "Content-Length"));
  CHECK(base::Contains(none, "Allow: GET, HEAD, POST, OPTIONS\r\n"));
}

TEST_CASE("bodies come whole, in chunks, or after a 100") {
  ServedWorld served;
  const std::string type = "Content-Type: application/json; charset=utf-8\r\n";
  const std::string chunked = Exchange(
      served.rest_port(),
      base::Cat("POST /v1.0/vnfs HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n",
                type, "\r\n2;x=y\r\n{\"\r\n5\r\nfoo\":\r\n3\r\n 1}\r\n0\r\nTrailer: x\r\n\r\n"));
  CHECK(StatusOf(chunked) == 400);
  CHECK(base::Contains(chunked, "Unable to find 'vnf' in request body"));

  RawClient client(served.rest_port());
  client.Send(base::Cat("POST /v1.0/vnfs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n",
                        type, "Expect: 100-continue\r\n\r\n"));
  CHECK(StatusOf(client.ReadAnswer()) == 100);
  client.Send("{}");
  const std::string answer = client.ReadAnswer();
  CHECK(StatusOf(answer) == 400);
  CHECK(base::Contains(answer, "Resource body required"));
}

TEST_CASE("a second server on the port fails loudly") {
  ServedWorld served;
  const base::SystemClock clock;
  const auto second =
      HttpServer::Start({.address = base::Cat("127.0.0.1:", served.rest_port()),
                         .handle = [](const HttpRequest&) { return HttpResponse(); },
                         .refuse = [](const absl::Status&) { return HttpResponse(); }},
                        clock);
  CHECK(second.status().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("idle connections stand in nobody's way") {
  ServedWorld served({.idle = absl::Seconds(30)});
  std::list<RawClient> idle;
  for (int i = 0; i < 200; ++i) idle.emplace_back(served.rest_port()).Send(i % 2 == 0 ? "" : "G");
  CHECK(StatusOf(Exchange(served.rest_port(), kGet)) == 200);
}

TEST_CASE("idle connections are closed, slow requests are told so") {
  ServedWorld served({.idle = absl::Milliseconds(100), .request = absl::Milliseconds(300)});
  RawClient idle(served.rest_port());
  CHECK(idle.ReadToEnd().empty());
  RawClient slow(served.rest_port());
  slow.Send("POST /v1.0/vnfs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n");
  const absl::Time begin = absl::Now();
  while (!slow.Readable(absl::Milliseconds(20)) && absl::Now() - begin < absl::Seconds(10)) {
    slow.Send(" ");
  }
  CHECK(StatusOf(slow.ReadAnswer()) == 408);
  CHECK(absl::Now() - begin < absl::Seconds(5));
}

TEST_CASE("an exception is an error of ours, without its reason") {
  const base::SystemClock clock;
  std::atomic<int> refused = 0;
  const auto server = HttpServer::Start(
      {.address = "127.0.0.1:0",
       .handle = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); },
       .refuse =
           [&](const absl::Status& status) {
             ++refused;
             return HttpResponse{.status = 500, .body = std::string(status.message())};
           }},
      clock);
  REQUIRE(server.ok());
  const std::string answer = Exchange((*server)->port(), kGet);
  CHECK(StatusOf(answer) == 500);
  CHECK_FALSE(base::Contains(answer, "secret"));
  CHECK(refused == 1);
}

TEST_CASE("a server whose listening socket breaks listens again") {
  ServedWorld served;
  REQUIRE(StatusOf(Exchange(served.rest_port(), kGet)) == 200);
  int broken = 0;
  for (int fd = 3; fd < 1024; ++fd) {
    sockaddr_in address = {};
    socklen_t size = sizeof(address);
    int listens = 0;
    socklen_t listens_size = sizeof(listens);
    const bool is_ours = getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0 &&
                         listens == 1 &&
                         getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
                         ntohs(address.sin_port) == served.rest_port();
    if (is_ours && shutdown(fd, SHUT_RDWR) == 0) ++broken;
  }
  REQUIRE(broken == 1);
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (!RawClient::Reaches(served.rest_port()) && absl::Now() < deadline) {
  }
  CHECK(StatusOf(Exchange(served.rest_port(), kGet)) == 200);
}

TEST_CASE("a server may be stopped before it has begun") {
  for (int i = 0; i < 50; ++i) ServedWorld served;
}

TEST_CASE("a server that stops does not wait for idle connections") {
  std::list<RawClient> idle;
  const absl::Time begin = absl::Now();
  {
    ServedWorld served({.idle = absl::Seconds(30)});
    for (int i = 0; i < 20; ++i) {
      idle.emplace_back(served.rest_port()).Send(kGet);
      CHECK(StatusOf(idle.back().ReadAnswer()) == 200);
    }
  }
  CHECK(absl::Now() - begin < absl::Seconds(10));
}

}  // namespace
}  // namespace gregale::server
