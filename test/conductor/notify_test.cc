#include <catch2/catch.hpp>

#include "base/hmac.h"
#include "base/json.h"
#include "base/text.h"
#include "conductor/http_webhook.h"
#include "conductor/world.h"

namespace gregale::conductor {
namespace {

v1::ExecutePolicyActionRequest Notification(World& world, const std::string& vnf_id) {
  v1::ExecutePolicyActionRequest request = world.Report(vnf_id);
  request.clear_policy_actions();
  request.add_policy_actions("notify");
  return request;
}

TEST_CASE("a failure is told to the receiver that the descriptor names, once") {
  World world;
  const std::string id = world.BootAndRun("guarded");
  const auto request = Notification(world, id);
  REQUIRE(world.Send(request).ok());
  REQUIRE(world.Send(request).ok());
  REQUIRE(world.RunAll());
  REQUIRE(world.webhook.posts.size() == 1);
  CHECK(world.webhook.posts[0].url == "https://hooks.example/gregale");
  const auto body = base::ParseJson(world.webhook.posts[0].body);
  REQUIRE(body.ok());
  CHECK(body->at("id") == world.webhook.posts[0].id);
  CHECK(body->at("event") == "failure");
  CHECK(body->at("vnf_id") == id);
  CHECK(body->at("vdu") == "VDU1");
  CHECK(body->at("address") == request.address());
  CHECK(body->at("reason") == "timeout");
  CHECK(world.CountEvents(id, "ActionNotify invoked") == 1);
}

TEST_CASE("a receiver that is away is told later, under the same id") {
  World world;
  const std::string id = world.BootAndRun("guarded");
  REQUIRE(world.Send(Notification(world, id)).ok());
  world.webhook.answer = absl::UnavailableError("away");
  OneConductor conductor(world, "conductor-1");
  for (int i = 0; i < 20; ++i) {
    const auto idle = conductor.worker.RunOne();
    REQUIRE(idle.ok());
    world.clock.Advance(*idle);
  }
  const size_t attempts = world.webhook.posts.size();
  CHECK(attempts >= 5);
  CHECK(world.Operations("notify") == std::vector<std::string>{"open"});
  SECTION("it comes back") {
    world.webhook.answer = absl::OkStatus();
    REQUIRE(world.RunAll());
    CHECK(world.webhook.posts.size() == attempts + 1);
    CHECK(world.webhook.posts.front().id == world.webhook.posts.back().id);
    CHECK(world.Operations("notify") == std::vector<std::string>{"done"});
  }
  SECTION("it does not, for a day") {
    world.clock.Advance(absl::Hours(25));
    REQUIRE(world.RunAll());
    CHECK(world.Operations("notify") == std::vector<std::string>{"failed"});
    CHECK(world.CountEvents(id, "notification not delivered: given up after a day: away") == 1);
  }
}

TEST_CASE("a notification holds up nothing that is done to the VNF") {
  World world;
  const std::string id = world.BootAndRun("guarded");
  world.webhook.answer = absl::UnavailableError("away");
  auto request = Notification(world, id);
  request.add_policy_actions("respawn");
  REQUIRE(world.Send(request).ok());
  OneConductor conductor(world, "conductor-1");
  for (int i = 0; i < 30 && world.Operations("respawn").front() != "done"; ++i) {
    const auto idle = conductor.worker.RunOne();
    REQUIRE(idle.ok());
    world.clock.Advance(*idle);
  }
  CHECK(world.Vnf(id).status == store::VnfStatus::kActive);
}

TEST_CASE("only receivers that the operator allows are told") {
  base::FakeClock clock;
  HttpWebhook webhook({.allowed = {"http://127.0.0.1:1/"}, .secret = ""}, clock);
  for (const char* url : {"http://127.0.0.2:1/", "https://127.0.0.1:1/", "http://127.0.0.1:1@x/",
                          "http://127.0.0.1:11/", "ftp://127.0.0.1:1/"}) {
    CHECK(absl::IsFailedPrecondition(webhook.Post(url, "id", "{}")));
  }
  // Nobody listens there; it is left in peace for a moment then.
  CHECK(absl::IsUnavailable(webhook.Post("http://127.0.0.1:1/", "id", "{}")));
  CHECK(absl::IsResourceExhausted(webhook.Post("http://127.0.0.1:1/", "id", "{}")));
  clock.Advance(absl::Seconds(2));
  CHECK(absl::IsUnavailable(webhook.Post("http://127.0.0.1:1/", "id", "{}")));
}

TEST_CASE("HMAC-SHA256 is what RFC 4231 says") {
  CHECK(base::HmacSha256("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace gregale::conductor
