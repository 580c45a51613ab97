#include "server/http_head.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"
#include "server/local_name.h"

namespace gregale::server {
namespace {

std::string KindOf(std::string_view block) {
  const auto head = ParseHttpHead(block);
  return head.ok() ? "ok" : base::ErrorKind(head.status());
}

std::string With(std::string_view headers) {
  return base::Cat("POST /v1.0/vnfs HTTP/1.1\r\nHost: h\r\n", headers);
}

TEST_CASE("a head is taken apart") {
  const auto head = ParseHttpHead(
      "POST /v1.0/vnfs.json?x=1 HTTP/1.1\r\nHost: 127.0.0.1:9890\r\nX-Auth-Token:\r\n"
      "Content-Type: application/json\r\nContent-Length: 12\r\nExpect: 100-continue\r\n");
  REQUIRE(head.ok());
  CHECK(head->method == "POST");
  CHECK(head->target == "/v1.0/vnfs.json?x=1");
  CHECK(head->host == "127.0.0.1:9890");
  CHECK(head->content_type == "application/json");
  CHECK(head->content_length == 12);
  CHECK(head->keep_alive);
  CHECK(head->expects_continue);
  CHECK_FALSE(head->chunked);
}

TEST_CASE("connections are kept as the client wishes") {
  const auto keeps = [](std::string_view block) { return ParseHttpHead(block)->keep_alive; };
  CHECK(keeps("GET / HTTP/1.1\r\nHost: h\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n"));
  CHECK_FALSE(keeps("GET / HTTP/1.0\r\n"));
  CHECK(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n"));
}

TEST_CASE("what two parsers could read differently is refused") {
  CHECK(KindOf(With("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length: 1\r\nContent-Length: 1\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length: +1\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length: 0x1\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length: 1, 1\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length: 99999999999999999999\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length:\r\n")) == "BadRequest");
  CHECK(KindOf(With("Content-Length : 1\r\n")) == "BadRequest");
  CHECK(KindOf(With("Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n")) == "BadRequest");
  CHECK(KindOf(With("Transfer-Encoding: gzip, chunked\r\n")) == "NotImplemented");
  CHECK(KindOf(With("Transfer-Encoding: xchunked\r\n")) == "NotImplemented");
  CHECK(KindOf(With("Host: other\r\n")) == "BadRequest");
  CHECK(KindOf(With("X: a\r\n b\r\n")) == "BadRequest");
  CHECK(KindOf(With("X: a\nY: b\r\n")) == "BadRequest");
  CHECK(KindOf(With(": a\r\n")) == "BadRequest");
  CHECK(KindOf(With("no colon\r\n")) == "BadRequest");
  CHECK(KindOf(With(std::string("X: a\0b\r\n", 8))) == "BadRequest");
  CHECK(KindOf("GET / HTTP/1.1\r\n") == "BadRequest");
  CHECK(KindOf("GET /  HTTP/1.1\r\nHost: h\r\n") == "BadRequest");
  CHECK(KindOf("GET /\r\n") == "BadRequest");
  CHECK(KindOf("") == "BadRequest");
}

TEST_CASE("what is not spoken here is named") {
  CHECK(KindOf("GET / HTTP/2.0\r\nHost: h\r\n") == "VersionNotSupported");
  CHECK(KindOf(With("Content-Encoding: gzip\r\n")) == "UnsupportedMediaType");
  CHECK(KindOf(With("Content-Encoding: identity\r\n")) == "ok");
  CHECK(KindOf(With("Expect: miracles\r\n")) == "ExpectationFailed");
  CHECK(KindOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n") == "BadRequest");
}

TEST_CASE("everything has a bound") {
  const std::string long_target(base::kHttpTargetBytesMax, 'a');
  CHECK(KindOf(base::Cat("GET /", long_target, " HTTP/1.1\r\nHost: h\r\n")) == "UriTooLong");
  CHECK(KindOf(With(base::Cat("Content-Length: ", base::kHttpBodyBytesMax, "\r\n"))) == "ok");
  CHECK(KindOf(With(base::Cat("Content-Length: ", base::kHttpBodyBytesMax + 1, "\r\n"))) ==
        "BodyTooLarge");
  std::string headers;
  for (size_t i = 1; i < base::kHttpHeadersMax; ++i) base::Append(headers, "X-", i, ": y\r\n");
  CHECK(KindOf(With(headers)) == "ok");
  CHECK(KindOf(With(headers + "One: more\r\n")) == "HeadersTooLarge");
}

TEST_CASE("a target in absolute form is its path") {
  CHECK(ParseHttpHead("GET http://h/v1.0/vnfs HTTP/1.1\r\nHost: h\r\n")->target == "/v1.0/vnfs");
  CHECK(ParseHttpHead("GET http://h HTTP/1.1\r\nHost: h\r\n")->target == "/");
  CHECK(KindOf("OPTIONS * HTTP/1.1\r\nHost: h\r\n") == "BadRequest");
}

TEST_CASE("targets are decoded segment by segment") {
  const auto target = ParseHttpTarget("/v1.0/vnfs/a%20b%2Fc+d?name=x+y%26z&status&name=2&=&");
  REQUIRE(target.ok());
  CHECK(target->segments == std::vector<std::string>{"v1.0", "vnfs", "a b/c+d"});
  using Query = std::vector<std::pair<std::string, std::string>>;
  CHECK(target->query == Query{{"name", "x y&z"}, {"status", ""}, {"name", "2"}, {"", ""}});
  CHECK(ParseHttpTarget("/")->segments.empty());
  for (const char* broken : {"/%", "/%4", "/%zz", "/%00", "/%ff", "/%c0%af", "/?a=%e2%82"}) {
    INFO(broken);
    CHECK(ParseHttpTarget(broken).status().code() == absl::StatusCode::kInvalidArgument);
  }
  CHECK(EscapeQuery("a b&c=ü") == "a%20b%26c%3D%C3%BC");
}

TEST_CASE("addresses") {
  CHECK(ParseHostPort("127.0.0.1:9890")->port == 9890);
  CHECK(ParseHostPort("[::1]:0")->host == "::1");
  for (const char* broken : {"", "127.0.0.1", ":9890", "::1:9890", "h:x", "h:70000", "h:-1"}) {
    INFO(broken);
    CHECK_FALSE(ParseHostPort(broken).ok());
  }
  CHECK(IsLoopback("127.1.2.3"));
  CHECK(IsLoopback("::1"));
  CHECK(IsLoopback("localhost"));
  CHECK_FALSE(IsLoopback("0.0.0.0"));
  CHECK_FALSE(IsLoopback("::"));
  CHECK_FALSE(IsLoopback("example.org"));
}

TEST_CASE("names that cannot be somebody else's") {
  for (const char* local : {"localhost", "LOCALHOST:9890", "gregale.localhost:1", "127.0.0.1:9890",
                            "127.0.0.1", "[::1]:9890", "[::1]", "192.0.2.1:80"}) {
    INFO(local);
    CHECK(IsLocalName(local));
  }
  for (const char* other : {"example.org", "example.org:9890", "127.0.0.1.example.org",
                            "localhost.example.org:9890", "", ":9890"}) {
    INFO(other);
    CHECK_FALSE(IsLocalName(other));
  }
}

}  // namespace
}  // namespace gregale::server
