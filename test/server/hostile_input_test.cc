#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/text.h"
#include "raw_client.h"
#include "served_world.h"

// What nobody should send. The server says what is wrong, goes on, and has changed nothing.
namespace gregale::server {
namespace {

constexpr std::string_view kHost = "Host: 127.0.0.1\r\n";
constexpr std::string_view kJson = "Content-Type: application/json\r\n";

// Checks at its end that all is as it was.
class Fortress {
 public:
  Fortress() : rows_(served_.world().RowCounts()) {}
  ~Fortress() {
    CHECK(StatusOf(Exchange(port(), "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")) == 200);
    CHECK(served_.world().RowCounts() == rows_);
  }
  int port() const { return served_.rest_port(); }

 private:
  ServedWorld served_{{.idle = absl::Seconds(2), .request = absl::Seconds(3)}};
  const std::string rows_;
};

TEST_CASE("bytes that are no request are refused at once") {
  const Fortress fortress;
  const std::vector<std::pair<int, std::string>> cases = {
      {400, "\x16\x03\x01\x02\x01\x01"},
      {400, "hello\r\n\r\n"},
      {400, "\r\n\r\n"},
      {400, "GET / HTTP/1.1\nHost: h\n\n"},
      {400, std::string("GET /\0 HTTP/1.1\r\n\r\n", 19)},
      {400, base::Cat("GET / HTTP/1.1\r\nHost: h\r\n", kHost, "\r\n")},
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {505, base::Cat("GET / HTTP/3.0\r\n", kHost, "\r\n")},
      {400, base::Cat("GET /%zz HTTP/1.1\r\n", kHost, "\r\n")},
      {400, base::Cat("GET /%ff HTTP/1.1\r\n", kHost, "\r\n")},
      {414, base::Cat("GET /", std::string(base::kHttpTargetBytesMax, 'a'), " HTTP/1.1\r\n", kHost,
                      "\r\n")},
      {414, base::Cat("GET /", std::string(1 << 20, 'a'))},
      {403, "GET / HTTP/1.1\r\nHost: evil.example:9890\r\n\r\n"},
      {405, base::Cat("BREW /v1.0/vnfs HTTP/1.1\r\n", kHost, "\r\n")},
      {404, base::Cat("GET /../../etc/passwd HTTP/1.1\r\n", kHost, "\r\n")},
      {404, base::Cat("GET /v1.0/vnfs/%2e%2e%2f HTTP/1.1\r\n", kHost, "\r\n")},
      {417, base::Cat("POST / HTTP/1.1\r\n", kHost, "Expect: wonders\r\n\r\n")},
  };
  for (const auto& [status, bytes] : cases) {
    INFO(bytes.substr(0, 60));
    const std::string answer = Exchange(fortress.port(), bytes);
    CHECK(StatusOf(answer) == status);
    CHECK(base::Contains(BodyOf(answer), "TackerError"));
  }
}

TEST_CASE("requests that two parsers could read differently are refused, and end the connection") {
  const Fortress fortress;
  for (const std::string_view headers :
       {"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Content-Length: 4\r\nContent-Length: 5\r\n", "Content-Length: four\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", "Content-Length: -1\r\n",
        "Content-Length : 4\r\n", " Content-Length: 4\r\n"}) {
    INFO(headers);
    RawClient client(fortress.port());
    client.Send(base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, kJson, headers,
                          "\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\n", kHost, "\r\n"));
    const std::string all = client.ReadToEnd();
    CHECK(StatusOf(all) == 400);
    CHECK(all.find("HTTP/1.1", 1) == std::string::npos);
  }
}

TEST_CASE("floods of headers are cut off") {
  const Fortress fortress;
  std::string many = base::Cat("GET / HTTP/1.1\r\n", kHost);
  for (int i = 0; i < 1000; ++i) base::Append(many, "X-", i, ": y\r\n");
  CHECK(StatusOf(Exchange(fortress.port(), many + "\r\n")) == 431);
  const std::string endless =
      base::Cat("GET / HTTP/1.1\r\n", kHost, "X: ", std::string(8 << 20, 'y'));
  CHECK(StatusOf(Exchange(fortress.port(), endless)) == 431);
}

TEST_CASE("bodies are bounded, however they come") {
  const Fortress fortress;
  const std::string ten_megabytes(10 << 20, ' ');
  CHECK(StatusOf(Exchange(fortress.port(), PostRequest("/v1.0/vnfs", ten_megabytes))) == 413);

  RawClient chunked(fortress.port());
  chunked.Send(base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, kJson,
                         "Transfer-Encoding: chunked\r\n\r\n"));
  const std::string megabyte = base::Cat("100000\r\n", std::string(1 << 20, ' '), "\r\n");
  size_t sent = 0;
  for (int i = 0; i < 200; ++i) {
    const size_t taken = chunked.Send(megabyte);
    sent += taken;
    if (taken < megabyte.size()) break;
  }
  CHECK(sent < (64u << 20));
  CHECK(StatusOf(chunked.ReadAnswer()) == 413);

  CHECK(StatusOf(Exchange(
            fortress.port(),
            base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, kJson,
                      "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"))) == 415);
  for (const std::string_view chunk :
       {"x\r\n", "-1\r\n", "\r\n", "ffffffffffffffffff\r\n", "1\r\nab\r\n", "fffffff\r\n"}) {
    INFO(chunk);
    const std::string answer =
        Exchange(fortress.port(), base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, kJson,
                                            "Transfer-Encoding: chunked\r\n\r\n", chunk));
    CHECK((StatusOf(answer) == 400 || StatusOf(answer) == 413));
  }
  const std::string endless_size =
      base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, kJson,
                "Transfer-Encoding: chunked\r\n\r\n1;", std::string(1 << 20, 'x'));
  CHECK(StatusOf(Exchange(fortress.port(), endless_size)) == 400);
}

TEST_CASE("a form that a page could post is no request") {
  const Fortress fortress;
  for (const std::string_view type :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n"}) {
    INFO(type);
    CHECK(StatusOf(Exchange(fortress.port(), base::Cat("POST /v1.0/vnfs HTTP/1.1\r\n", kHost, type,
                                                       "Content-Length: 2\r\n\r\n{}"))) == 415);
  }
}

TEST_CASE("documents made to hurt are refused") {
  const Fortress fortress;
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'j'; ++c) {
    const char before = static_cast<char>(c - 1);
    base::Append(bomb, std::string(1, c), ": &", std::string(1, c), " [");
    for (int i = 0; i < 9; ++i) base::Append(bomb, i == 0 ? "*" : ", *", std::string(1, before));
    base::Append(bomb, "]\n");
  }
  const auto vnf_with = [](std::string_view param_values) {
    return base::DumpJson({{"vnf",
                            {{"name", "v"},
                             {"vnfd_template", *base::ParseJson(MonitoredTemplate())},
                             {"attributes", {{"param_values", std::string(param_values)}}}}}});
  };
  std::string wide = "{\"vnf\": {\"name\": \"v\", \"vnfd_template\": {\"a\": [1";
  for (size_t i = 0; i < base::kDocumentNodesMax; ++i) wide += ",1";
  wide += "]}}}";
  const std::vector<std::string> bodies = {
      std::string(100'000, '['),
      std::string(100'000, '{'),
      base::Cat(R"({"vnf": )", std::string(1000, '['), std::string(1000, ']'), "}"),
      "{\"vnf\": {\"name\": \"\xff\xfe\"}}",
      R"({"vnf": {"name": "\ud800"}})",
      R"({"vnf": {"name": 1e99999}})",
      R"({"vnf": NaN})",
      wide,
      vnf_with(bomb),
      vnf_with("a: &a [*a]"),
      vnf_with(std::string(2000, '[')),
      vnf_with(std::string("a: b\0c", 6)),
      vnf_with("!!python/object/apply:os.system ['true']"),
  };
  for (const std::string& body : bodies) {
    INFO(body.substr(0, 80));
    CHECK(StatusOf(Exchange(fortress.port(), PostRequest("/v1.0/vnfs", body))) == 400);
  }
}

TEST_CASE("every attribute of every resource refuses what is not of its type") {
  const Fortress fortress;
  const base::Json vnfd_template = *base::ParseJson(MonitoredTemplate());
  const std::vector<std::pair<std::string, base::Json>> resources = {
      {"vim",
       {{"name", "v"},
        {"type", "local"},
        {"auth_url", "http://h/"},
        {"auth_cred", base::Json::object()},
        {"vim_project", base::Json::object()},
        {"description", "d"},
        {"is_default", false},
        {"placement_attr", base::Json::object()},
        {"tenant_id", "t"}}},
      {"vnfd",
       {{"name", "d"},
        {"description", "d"},
        {"tenant_id", "t"},
        {"service_types", base::Json::array({{{"service_type", "vnfd"}}})},
        {"attributes", {{"vnfd", vnfd_template}}}}},
      {"vnf",
       {{"name", "v"},
        {"description", "d"},
        {"tenant_id", "t"},
        {"vnfd_template", vnfd_template},
        {"vim_id", "VIM0"},
        {"attributes", base::Json::object()},
        {"placement_attr", base::Json::object()}}},
  };
  const std::vector<base::Json> values = {
      5, -1.5, true, "", "text", base::Json::array({1}), base::Json{{"a", 1}}};
  for (const auto& [name, valid] : resources) {
    for (const auto& [attribute, right] : valid.items()) {
      for (const base::Json& value : values) {
        if (value.type() == right.type()) continue;
        base::Json object = valid;
        object[attribute] = value;
        const std::string body = base::DumpJson({{name, object}});
        INFO(name << "." << attribute << " = " << base::DumpJson(value));
        const std::string answer =
            Exchange(fortress.port(), PostRequest(base::Cat("/v1.0/", name, "s"), body));
        CHECK(StatusOf(answer) == 400);
      }
    }
  }
}

}  // namespace
}  // namespace gregale::server
