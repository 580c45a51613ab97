#include "conductor/http_webhook.h"

#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "base/hmac.h"
#include "base/text.h"
#include "httplib.h"
#include "support/fake_clock.h"

namespace gregale::conductor {
namespace {

// What a receiver is to do with a signature, as docs/policies.md says.
bool IsAuthentic(const std::string& signature, const std::string& body, const std::string& secret) {
  const size_t comma = signature.find(",v1=");
  if (signature.compare(0, 2, "t=") != 0 || comma == signature.npos) return false;
  const std::string time = signature.substr(2, comma - 2);
  return signature.substr(comma + 4) == base::HmacSha256(secret, base::Cat(time, ".", body));
}

TEST_CASE("a receiver knows by the signature who has sent, and what") {
  httplib::Server receiver;
  std::string signature;
  std::string delivery;
  std::string body;
  receiver.Post("/hook", [&](const httplib::Request& request, httplib::Response& answer) {
    signature = request.get_header_value("X-Gregale-Signature");
    delivery = request.get_header_value("X-Gregale-Delivery");
    body = request.body;
    answer.status = 204;
  });
  const int port = receiver.bind_to_any_port("127.0.0.1");
  std::thread serving([&] { receiver.listen_after_bind(); });
  const std::string url = base::Cat("http://127.0.0.1:", port, "/hook");
  const base::FakeClock clock;
  HttpWebhook webhook({.allowed = {"http://127.0.0.1:"}, .secret = "shared"}, clock);
  const absl::Status posted = webhook.Post(url, "delivery-1", R"({"event": "failure"})");
  receiver.stop();
  serving.join();

  INFO(posted);
  REQUIRE(posted.ok());
  CHECK(delivery == "delivery-1");
  CHECK(body == R"({"event": "failure"})");
  CHECK(signature.find(base::Cat("t=", absl::ToUnixSeconds(clock.Wall()), ",")) == 0);
  CHECK(IsAuthentic(signature, body, "shared"));
  CHECK_FALSE(IsAuthentic(signature, body, "another"));
  CHECK_FALSE(IsAuthentic(signature, body + " ", "shared"));
}

}  // namespace
}  // namespace gregale::conductor
