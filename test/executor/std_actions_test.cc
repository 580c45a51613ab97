#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/match.h"
#include "base/clock.h"
#include "base/epoll_loop.h"
#include "base/random.h"
#include "executor/action_services.h"
#include "executor/fake_network.h"
#include "executor/fake_reporter.h"
#include "executor/tiny_http_server.h"
#include "executor/tiny_server.h"
#include "executor/tiny_ssh_server.h"
#include "support/loop_runner.h"
#include "support/sim_scheduler.h"

namespace gregale::executor {
namespace {

using base::Json;
using Kind = ActionOutcome::Kind;
using Manner = TinyHttpServer::Manner;

constexpr char kCallId[] = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

// Standard actions with a real loop and real services.
struct Bench : ActionHost {
  std::string action_id() const override { return none; }
  std::string vnf_id() const override { return none; }
  uint64_t NextIncident() override { return 1; }
  bool Wants(v1::MonitorEvent::Kind) const override { return false; }
  void Publish(v1::MonitorEvent) override {}

  void Start(const std::string& name, const Json& input) {
    const ActionKind* kind = FindActionKind(name);
    REQUIRE(kind != nullptr);
    REQUIRE(kind->check(input).ok());
    outcome.reset();
    action = kind->make(input, {.environment = environment,
                                .host = *this,
                                .done =
                                    [this](ActionOutcome o) {
                                      outcome = std::move(o);
                                      action.reset();
                                    },
                                .call = {.action_execution_id = kCallId,
                                         .task_id = "task-1",
                                         .execution_id = "execution-1",
                                         .workflow = "wf"}});
  }
  ActionOutcome Run(const std::string& name, const Json& input) {
    Start(name, input);
    REQUIRE(base::RunLoopUntil(
        loop, [this] { return outcome.has_value(); }, absl::Seconds(30)));
    return *outcome;
  }

  const std::string none;
  base::SystemClock clock;
  base::SystemRandom random;
  base::EventLoop loop{clock};
  base::SimScheduler simulated;  // of the probes, which nobody makes
  ProbeTable table{simulated, random};
  FakeNetwork network{simulated, table};
  FakeReporter reporter;
  Transfers transfers{loop};
  Workers workers{loop};
  const ActionServices services{transfers, workers,
                                std::string(std::getenv("GREGALE_BIN_DIR")) + "/gregale-js"};
  const ActionEnvironment environment{
      loop, random, table, {network, network, network, network, network}, reporter, &services};
  std::optional<ActionOutcome> outcome;
  std::unique_ptr<Action> action;
};

std::string Url(const TinyHttpServer& server, const std::string& path = "/") {
  return "http://127.0.0.1:" + std::to_string(server.port()) + path;
}

TEST_CASE("std.http gives the answer as Mistral's action does", "[std]") {
  Bench bench;
  const TinyHttpServer server("127.0.0.1", Manner::kReply,
                              "HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\n"
                              "Set-Cookie: a=b; Path=/\r\nContent-Length: 8\r\n\r\n{\"x\": 1}");
  const ActionOutcome outcome = bench.Run("std.http", {{"url", Url(server, "/p?a=1")},
                                                       {"method", "post"},
                                                       {"params", {{"q", "a b"}, {"n", 2}}},
                                                       {"json", {{"k", "v"}}},
                                                       {"headers", {{"X-One", 1}}},
                                                       {"cookies", {{"c", "d"}}},
                                                       {"auth", "u:p"}});
  REQUIRE(outcome.kind == Kind::kSucceeded);
  const Json& value = outcome.value;
  CHECK(value.at("content") == Json({{"x", 1}}));
  CHECK(value.at("status") == 200);
  CHECK(value.at("reason") == "Fine");
  CHECK(value.at("encoding") == "utf-8");
  CHECK(value.at("cookies") == Json({{"a", "b"}}));
  CHECK(value.at("headers").at("Content-Type") == "application/json");
  CHECK(value.at("history") == Json::array());
  CHECK(value.at("url") == Url(server, "/p?a=1&q=a+b&n=2"));
  CHECK(value.at("elapsed").is_number());
  const std::string request = server.request();
  CHECK(absl::StartsWith(request, "POST /p?a=1&q=a+b&n=2 HTTP/1.1\r\n"));
  CHECK(absl::StrContains(request, "Authorization: Basic dTpw\r\n"));
  CHECK(absl::StrContains(request, "X-One: 1\r\n"));
  CHECK(absl::StrContains(request, "Cookie: c=d\r\n"));
  CHECK(absl::StrContains(request, "Content-Type: application/json\r\n"));
  CHECK(absl::StrContains(request, "\r\n\r\n{\"k\": \"v\"}"));
  CHECK(!absl::StrContains(request, "Mistral-"));
}

TEST_CASE("std.http fails with the answer where its status is bad", "[std]") {
  Bench bench;
  const TinyHttpServer server("127.0.0.1", Manner::kReply,
                              "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
  const ActionOutcome outcome = bench.Run("std.http", {{"url", Url(server)}});
  CHECK(outcome.kind == Kind::kFailed);
  CHECK(outcome.value.at("status") == 404);
  CHECK(outcome.value.at("content") == "gone");
  CHECK(outcome.value.at("encoding").is_null());
}

TEST_CASE("std.http says why there is no answer", "[std]") {
  Bench bench;
  Json input;
  std::string why;
  SECTION("closed") {
    const TinyHttpServer server("127.0.0.1", Manner::kClose, "");
    input = {{"url", Url(server)}};
    why = "Failed to send HTTP request: ";
  }
  SECTION("too slow") {
    static const TinyHttpServer hanging("127.0.0.1", Manner::kHang, "");
    input = {{"url", Url(hanging)}, {"timeout", 0.1}};
    why = "timed out";
  }
  SECTION("too large") {
    static const TinyHttpServer large("127.0.0.1", Manner::kReply,
                                      "HTTP/1.1 200 OK\r\n\r\n" + std::string(1'100'000, 'x'));
    input = {{"url", Url(large)}};
    why = "more than 1048576 bytes";
  }
  const ActionOutcome outcome = bench.Run("std.http", input);
  CHECK(outcome.kind == Kind::kFailed);
  CHECK_THAT(outcome.value.get<std::string>(), Catch::Contains(why) && Catch::Contains(kCallId));
}

TEST_CASE("std.http refuses what it cannot send", "[std]") {
  const ActionKind& http = *FindActionKind("std.http");
  for (const Json& input :
       {Json({{"url", "file:///etc/passwd"}}), Json({{"url", 1}}),
        Json({{"url", "http://h/\r\nX: y"}}), Json({{"url", "http://h"}, {"method", "GET /\r\n"}}),
        Json({{"url", "http://h"}, {"headers", {{"A", "b\r\nC: d"}}}}),
        Json({{"url", "http://h"}, {"headers", {{"A b", "c"}}}}),
        Json({{"url", "http://h"}, {"timeout", 0}}), Json({{"url", "http://h"}, {"auth", "u"}}),
        Json({{"url", "http://h"}, {"params", 1}})}) {
    INFO(input);
    CHECK(!http.check(input).ok());
  }
}

TEST_CASE("an HTTP action that is no longer wanted ends its connection", "[std]") {
  Bench bench;
  const TinyHttpServer server("127.0.0.1", Manner::kHang, "");
  bench.Start("std.http", {{"url", Url(server)}});
  REQUIRE(base::RunLoopUntil(
      bench.loop,
      [&] {
        bench.loop.Post([] {});  // looks again
        return server.connections() == 1;
      },
      absl::Seconds(10)));
  bench.action.reset();
  bench.loop.RunOnce(absl::ZeroDuration());
  CHECK(!bench.outcome.has_value());
}

TEST_CASE("std.mistral_http says whose action it is, and leaves the end to the receiver", "[std]") {
  Bench bench;
  const TinyHttpServer server("127.0.0.1", Manner::kReply,
                              "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  CHECK(bench.Run("std.mistral_http", {{"url", Url(server)}}).kind == Kind::kHandedOver);
  const std::string request = server.request();
  CHECK(absl::StrContains(request, "Mistral-Workflow-Name: wf\r\n"));
  CHECK(absl::StrContains(request, "Mistral-Workflow-Execution-Id: execution-1\r\n"));
  CHECK(absl::StrContains(request, "Mistral-Task-Id: task-1\r\n"));
  CHECK(absl::StrContains(request, std::string("Mistral-Action-Execution-Id: ") + kCallId));
  CHECK(absl::StrContains(
      request, std::string("Mistral-Callback-URL: /v2/action_executions/") + kCallId + "\r\n"));
  const TinyHttpServer refusing("127.0.0.1", Manner::kReply,
                                "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
  CHECK(bench.Run("std.mistral_http", {{"url", Url(refusing)}}).kind == Kind::kFailed);
}

TEST_CASE("std.async_noop is handed over at once", "[std]") {
  Bench bench;
  CHECK(bench.Run("std.async_noop", Json::object()).kind == Kind::kHandedOver);
}

TEST_CASE("std.email sends a mail", "[std]") {
  Bench bench;
  const TinyMailServer server;
  const Json input = {{"from_addr", "from@example.com"},
                      {"to_addrs", {"one@example.com", "two@example.com"}},
                      {"bcc_addrs", {"three@example.com"}},
                      {"smtp_server", "127.0.0.1:" + std::to_string(server.port())},
                      {"subject", "Gr\u00fc\u00dfe"},
                      {"body", "Hello"}};
  const ActionOutcome outcome = bench.Run("std.email", input);
  INFO(outcome.value);
  REQUIRE(outcome.kind == Kind::kSucceeded);
  CHECK(outcome.value.is_null());
  const std::vector<std::string> lines = server.lines();
  const auto has = [&](const std::string& beginning) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(beginning); });
  };
  CHECK(has("MAIL FROM:<from@example.com>"));
  CHECK(has("RCPT TO:<one@example.com>"));
  CHECK(has("RCPT TO:<two@example.com>"));
  CHECK(has("RCPT TO:<three@example.com>"));
  CHECK(has("From: from@example.com"));
  CHECK(has("To: one@example.com,"));
  CHECK(has("Subject: =?utf-8?b?R3LDvMOfZQ==?="));
  CHECK(has("Content-Type: text/plain; charset=utf-8"));
  CHECK(has("SGVsbG8="));
  CHECK(!has("Bcc"));
}

TEST_CASE("std.email refuses what would be another command", "[std]") {
  const ActionKind& email = *FindActionKind("std.email");
  Json input = {{"from_addr", "a@b"}, {"to_addrs", {"c@d"}}, {"smtp_server", "localhost"}};
  CHECK(email.check(input).ok());
  Json bad = input;
  bad["to_addrs"] = {"c@d>\r\nDATA"};
  CHECK(!email.check(bad).ok());
  bad = input;
  bad["smtp_server"] = "h/../x";
  CHECK(!email.check(bad).ok());
  bad = input;
  bad["from_addr"] = "";
  CHECK(!email.check(bad).ok());
}

TEST_CASE("std.js gives the value of a script", "[std]") {
  Bench bench;
  const auto run = [&](const std::string& script, const Json& context = nullptr) {
    return bench.Run("std.js", {{"script", script}, {"context", context}});
  };
  CHECK(run("$.a + $.b", {{"a", 1}, {"b", 2}}).value == 3);
  CHECK(run("return $.x.length;", {{"x", {1, 2, 3}}}).value == 3);
  CHECK(run("var o = {k: [1, null, 'ä']}; o").value == Json({{"k", {1, nullptr, "ä"}}}));
  CHECK(run("undefined").value.is_null());
  CHECK(run("(function() {})").value.is_null());
  CHECK(bench.Run("std.javascript", {{"script", "1 + 1"}}).value == 2);
}

TEST_CASE("a script cannot do harm", "[std]") {
  Bench bench;
  const auto error = [&](const std::string& script) {
    const ActionOutcome outcome = bench.Run("std.js", {{"script", script}});
    CHECK(outcome.kind == Kind::kFailed);
    return outcome.value.is_string() ? outcome.value.get<std::string>() : outcome.value.dump();
  };
  CHECK_THAT(error("nosuch.thing"), Catch::Contains("ReferenceError"));
  CHECK_THAT(error("var 1"), Catch::Contains("SyntaxError"));
  CHECK_THAT(error("throw 'plain'"), Catch::Contains("plain"));
  CHECK_THAT(error("var s = 'x'; while (true) s += s;"), Catch::Contains("Error"));
  CHECK_THAT(error("(function f() { f(); })()"), Catch::Contains("RangeError"));
  CHECK_THAT(error("new Array(2000000).join('x')"), Catch::Contains("more than 1048576 bytes"));
}

TEST_CASE("a script that never ends is ended with its action", "[std]") {
  Bench bench;
  bench.Start("std.js", {{"script", "while (true) {}"}});
  bench.loop.RunOnce(absl::Milliseconds(50));
  bench.action.reset();
  // Destroying the workers waits for the job: this test ends in time only where it was cancelled.
}

TEST_CASE("std.ssh runs a command", "[std]") {
  Bench bench;
  const TinySshServer server;
  const auto run = [&](const std::string& command, const Json& host, const char* password) {
    return bench.Run(
        "std.ssh",
        {{"cmd", command}, {"host", host}, {"username", "root"}, {"password", password}});
  };
  const ActionOutcome good = run("date", server.host(), "secret");
  INFO(good.value);
  REQUIRE(good.kind == Kind::kSucceeded);
  CHECK(good.value == "ran date");
  CHECK(run("date", {server.host(), server.host()}, "secret").value ==
        Json({"ran date", "ran date"}));

  const ActionOutcome bad = run("exit 3", server.host(), "secret");
  CHECK(bad.kind == Kind::kFailed);
  CHECK_THAT(bad.value.get<std::string>(),
             Catch::Contains("Failed to execute ssh cmd 'exit 3' on ['127.0.0.1:") &&
                 Catch::Contains("exit status 3"));
  CHECK_THAT(run("date", server.host(), "wrong").value.get<std::string>(),
             Catch::Contains("the login was refused"));
  CHECK(bench
            .Run("std.wait_ssh",
                 {{"host", server.host()}, {"username", "root"}, {"password", "secret"}})
            .value == "ran ls -l");
}

TEST_CASE("an SSH command that never ends is ended with its action", "[std]") {
  auto bench = std::make_unique<Bench>();
  const TinySshServer server;
  bench->Start(
      "std.ssh",
      {{"cmd", "hang"}, {"host", server.host()}, {"username", "root"}, {"password", "secret"}});
  bench->loop.RunOnce(absl::Milliseconds(200));
  bench->action.reset();
  bench.reset();  // waits for the job
}

TEST_CASE("std.ssh takes private keys only from the directory of keys", "[std]") {
  Bench bench;
  const Json input = {{"cmd", "date"}, {"host", "127.0.0.1:1"}, {"username", "root"}};
  Json key = input;
  key["private_key_filename"] = "../id_rsa";
  CHECK(!FindActionKind("std.ssh")->check(key).ok());
  key["private_key_filename"] = "id_rsa";
  CHECK_THAT(bench.Run("std.ssh", key).value.get<std::string>(), Catch::Contains("--ssh-keys"));
}

}  // namespace
}  // namespace gregale::executor
