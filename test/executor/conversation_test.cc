#include "executor/conversation.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/limits.h"
#include "base/text.h"
#include "executor/grpc_health_conversation.h"
#include "executor/http_conversation.h"

namespace gregale::executor {
namespace {

using Kind = Verdict::Kind;
using policies::HttpCheck;

Verdict Http(std::string_view received, const HttpCheck& expected = {}, bool ended = false) {
  return JudgeHttpReply(received, ended, expected);
}

TEST_CASE("HTTP replies are judged as soon as they can be") {
  CHECK(Http("").kind == Kind::kUndecided);
  CHECK(Http("HTT").kind == Kind::kUndecided);
  CHECK(Http("HTX").kind == Kind::kBad);
  CHECK(Http("HTTP/1.1 20").kind == Kind::kUndecided);
  CHECK(Http("HTTP/1.1 500 ").reason == "HTTP status 500");
  CHECK(Http("HTTP/2.0 200 OK\r\n\r\n").kind == Kind::kBad);
  CHECK(Http("HTTP/1.1 2000 OK\r\n\r\n").kind == Kind::kBad);
  CHECK(Http("HTTP/1.1 101 Switching\r\n\r\n").kind == Kind::kBad);
  CHECK(Http("HTTP/1.1 200 OK\r\n\r").kind == Kind::kUndecided);
  CHECK(Http("HTTP/1.1 200 OK\r\n\r\nbody").kind == Kind::kGood);
  std::string endless;
  for (int i = 0; i < 50; ++i) endless += "HTTP/1.1 102 Processing\r\n\r\n";
  CHECK(Http(endless).reason == "too many interim replies");
}

TEST_CASE("the statuses that are good can be named") {
  const HttpCheck teapot{.statuses = {{204, 204}, {418, 420}}};
  CHECK(Http("HTTP/1.1 204 No Content\r\n\r\n", teapot).kind == Kind::kGood);
  CHECK(Http("HTTP/1.1 419 X\r\n\r\n", teapot).kind == Kind::kGood);
  CHECK(Http("HTTP/1.1 200 OK\r\n", teapot).reason == "HTTP status 200");
  CHECK(Http("HTTP/1.1 421 X\r\n", teapot).kind == Kind::kBad);
}

TEST_CASE("a text can be looked for in the body, however it is sent") {
  const HttpCheck ready{.body = "ready"};
  const std::string head = "HTTP/1.1 200 OK\r\n";
  CHECK(Http(head + "\r\nnot ready yet", ready).kind == Kind::kGood);
  CHECK(Http(head + "\r\nrea", ready).kind == Kind::kUndecided);
  CHECK(Http(head + "\r\nrea", ready, true).reason == "the body does not have the expected text");
  // Neither the header nor what comes after the body counts.
  CHECK(Http(head + "X: ready\r\nContent-Length: 2\r\n\r\nok", ready).kind == Kind::kBad);
  CHECK(Http(head + "content-length: 2\r\n\r\nokready", ready).kind == Kind::kBad);
  const std::string chunked = head + "Transfer-Encoding: Chunked\r\n\r\n";
  CHECK(Http(chunked + "3\r\nrea\r\n2;x=y\r\ndy\r\n", ready).kind == Kind::kGood);
  CHECK(Http(chunked + "3\r\nrea\r\n2\r\nd", ready).kind == Kind::kUndecided);
  CHECK(Http(chunked + "5\r\nready", ready).kind == Kind::kGood);
  CHECK(Http(chunked + "0\r\n\r\n", ready).kind == Kind::kBad);
  CHECK(Http(chunked + "ready\r\n", ready).kind == Kind::kBad);
  CHECK(Http(chunked + "FFFFFFFFFFFFFFFF\r\nready\r\n", ready).kind == Kind::kBad);
  const std::string much(base::kProbeReplyBytesMax, 'x');
  CHECK(Http(head + "\r\n" + much, ready).kind == Kind::kBad);
}

TEST_CASE("A connection may be used again where the reply has come whole and nothing forbids it") {
  const HttpCheck keep{.keep_alive = true};
  const auto may = [&](std::string_view reply, const HttpCheck& check) {
    const Verdict verdict = Http(reply, check);
    CHECK(verdict.kind == Verdict::Kind::kGood);
    return verdict.reusable;
  };
  const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(may(ok + "ok", keep));
  CHECK(may(chunked + "2\r\nok\r\n0\r\n\r\n", keep));
  CHECK(may("HTTP/1.1 204 No Content\r\n\r\n", keep));
  CHECK(may(ok, {.method = "HEAD", .keep_alive = true}));
  CHECK_FALSE(may(ok + "ok", {}));
  CHECK_FALSE(may(ok + "o", keep));
  CHECK_FALSE(may(ok + "okHTTP/1.1 200", keep));
  CHECK_FALSE(may(chunked + "2\r\nok\r\n", keep));
  CHECK_FALSE(may("HTTP/1.1 200 OK\r\n\r\nok", keep));
  CHECK_FALSE(may("HTTP/1.0 204 No Content\r\n\r\n", keep));
  CHECK_FALSE(may("HTTP/1.1 204 No Content\r\nConnection: Close\r\n\r\n", keep));
}

TEST_CASE("HTTP is never undecided at the end, nor on very much") {
  for (const std::string_view cut :
       {"", "HTTP", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    CHECK(Http(cut, {}, true).reason == "connection closed before a complete reply");
  }
  CHECK(Http("HTTP/1.1 200 OK\r\nX: " + std::string(base::kProbeReplyBytesMax, 'x')).reason ==
        "reply header is too long");
}

std::string Frame(char type, char flags, char stream, const std::string& payload) {
  const size_t size = payload.size();
  std::string frame = {static_cast<char>(size >> 16),
                       static_cast<char>(size >> 8),
                       static_cast<char>(size),
                       type,
                       flags,
                       0,
                       0,
                       0,
                       stream};
  return frame + payload;
}

const std::string kSettings = Frame(4, 0, 0, "");
const std::string kHeaders = Frame(1, 4, 1, "\x88");

std::string Message(const std::string& body) {
  return std::string(4, '\0') + static_cast<char>(body.size()) + body;
}

TEST_CASE("gRPC: SERVING is good, however it comes, and everything else says what it is") {
  const std::string begin = kSettings + kHeaders;
  const std::string serving = Message("\x08\x01");
  const auto judge = [&](const std::string& rest) {
    return JudgeGrpcHealthReply(begin + rest, false);
  };
  CHECK(judge(Frame(0, 0, 1, serving)).kind == Kind::kGood);
  CHECK(judge(Frame(0, 0, 1, serving.substr(0, 3)) + Frame(0, 0, 1, serving.substr(3))).kind ==
        Kind::kGood);
  CHECK(judge(Frame(0, 8, 1, std::string("\x02", 1) + serving + "xx")).kind == Kind::kGood);
  CHECK(judge(Frame(6, 0, 0, "12345678") + Frame(0, 0, 1, serving)).kind == Kind::kGood);
  CHECK(judge("").kind == Kind::kUndecided);
  CHECK(judge(Frame(0, 0, 1, serving).substr(0, 12)).kind == Kind::kUndecided);
  CHECK(judge(Frame(0, 0, 3, serving)).kind == Kind::kUndecided);
  CHECK(judge(Frame(0, 0, 1, Message("\x08\x02"))).reason == "health: NOT_SERVING");
  CHECK(judge(Frame(0, 0, 1, Message("\x08\x03"))).reason == "health: SERVICE_UNKNOWN");
  CHECK(judge(Frame(0, 0, 1, Message(""))).reason == "health: UNKNOWN");
  CHECK(judge(Frame(0, 0, 1, Message("\x0a\x01x"))).kind == Kind::kBad);
  CHECK(judge(Frame(1, 5, 1, "")).kind == Kind::kBad);
  CHECK(judge(Frame(3, 0, 1, std::string("\0\0\0\x07", 4))).reason ==
        "call reset (HTTP/2 error 7)");
  CHECK(judge(Frame(7, 0, 0, std::string("\0\0\0\0\0\0\0\x0b", 8))).reason ==
        "call refused (HTTP/2 error 11)");
  CHECK(judge(Frame(7, 0, 0, std::string("\0\0\0\x01\0\0\0\0", 8))).kind == Kind::kUndecided);
}

TEST_CASE("gRPC: what is hostile or something else is refused") {
  CHECK(JudgeGrpcHealthReply("HTTP/1.1 400 Bad Request\r\n\r\n", false).reason ==
        "reply is not HTTP/2");
  CHECK(JudgeGrpcHealthReply("SSH-2.0-OpenSSH_9.2\r\n", false).reason == "reply is not HTTP/2");
  CHECK(JudgeGrpcHealthReply(kSettings + Frame(0, 8, 1, std::string("\x7f", 1)), false).reason ==
        "reply is not HTTP/2");
  CHECK(JudgeGrpcHealthReply(kSettings + Frame(0, 8, 1, ""), false).reason ==
        "reply is not HTTP/2");
  CHECK(JudgeGrpcHealthReply(kSettings + Frame(0, 0, 1, std::string("\1\0\0\0\0", 5)), false)
            .reason == "reply is compressed");
  CHECK(JudgeGrpcHealthReply(kSettings + Frame(0, 0, 1, "\xff\xff\xff\xff\xff"), false).kind ==
        Kind::kBad);
  CHECK(
      JudgeGrpcHealthReply(kSettings + Frame(0, 0, 1, std::string("\0\xff\xff\xff\xff", 5)), false)
          .reason == "reply is too long");
  CHECK(JudgeGrpcHealthReply(
            kSettings + Frame(0, 0, 1, Message("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")),
            false)
            .kind == Kind::kBad);
  CHECK(JudgeGrpcHealthReply("", true).kind == Kind::kBad);
  CHECK(JudgeGrpcHealthReply(kSettings, true).reason ==
        "connection closed before a complete reply");
  std::string chatter = kSettings;
  while (chatter.size() < base::kProbeReplyBytesMax) chatter += kSettings;
  CHECK(JudgeGrpcHealthReply(chatter, false).reason == "reply is too long");
  // Every beginning of a good reply is judged without reading beyond it.
  const std::string good = kSettings + kHeaders + Frame(0, 0, 1, Message("\x08\x01"));
  for (size_t size = 0; size < good.size(); ++size) {
    CHECK(JudgeGrpcHealthReply(good.substr(0, size), false).kind == Kind::kUndecided);
  }
}

TEST_CASE("a probe's request names whom it is sent to") {
  policies::MonitorParameters parameters;
  parameters.port = 8080;
  parameters.service = std::string(200, 's');
  const ProbeRequest v6{.address = *IpAddress::Parse("2001:db8::1"), .parameters = &parameters};
  CHECK(base::Contains(ConverseHttp(v6).request, "\r\nHost: [2001:db8::1]:8080\r\n"));
  CHECK_FALSE(ConverseHttp(v6).tls.has_value());
  CHECK(base::Contains(ConverseGrpcHealth(v6).request, "[2001:db8::1]:8080"));
  CHECK(base::Contains(ConverseGrpcHealth(v6).request, "\x0a\xc8\x01" + parameters.service));
  CHECK_FALSE(ConverseTcp(v6).judge);
  parameters.http.tls = true;
  CHECK(ConverseHttp(v6).tls->server_name == "2001:db8::1");
  parameters.http.server_name = "web.example";
  CHECK(ConverseHttp(v6).tls->server_name == "web.example");
  CHECK(base::Contains(ConverseHttp(v6).request, "\r\nHost: web.example:8080\r\n"));
}

}  // namespace
}  // namespace gregale::executor
