#include "client/stream.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "client/fake_server.h"
#include "client/vnf_client.h"

namespace gregale::client {
namespace {

v1::ListEventsRequest Watch(const std::string& count, const std::string& then) {
  v1::ListEventsRequest request;
  request.set_event_type(count);
  request.set_resource_type(then);
  return request;
}

TEST_CASE("messages arrive in order, then the peer's last word") {
  FakeServer server;
  const VnfClient client({{.targets = {server.address()}}});
  std::vector<int64_t> ids;
  Stream stream = client.WatchEvents(Watch("1000", "end"),
                                     [&](const v1::Event& event) { ids.push_back(event.id()); });
  CHECK(stream.Wait() == absl::AbortedError("that was all"));
  REQUIRE(ids.size() == 1000);
  for (size_t i = 0; i < ids.size(); ++i) REQUIRE(ids[i] == static_cast<int64_t>(i) + 1);
}

TEST_CASE("cancelling ends the stream on both sides") {
  FakeServer server;
  const VnfClient client({{.targets = {server.address()}}});
  absl::Notification first;
  Stream stream =
      client.WatchEvents(Watch("1", "go on"), [&](const v1::Event&) { first.Notify(); });
  REQUIRE(first.WaitForNotificationWithTimeout(absl::Seconds(10)));
  CHECK_FALSE(stream.WaitFor(absl::ZeroDuration()));
  stream.Cancel();
  CHECK(stream.Wait().code() == absl::StatusCode::kCancelled);
  CHECK(server.service.cancelled.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_CASE("no message comes after the handle has gone, whenever it goes") {
  FakeServer server;
  const VnfClient client({{.targets = {server.address()}}});
  for (int rounds = 0; rounds < 50; ++rounds) {
    std::atomic<bool> gone = false;
    std::atomic<int> late = 0;
    std::atomic<int> seen = 0;
    absl::Notification some;
    {
      std::optional<Stream> stream =
          client.WatchEvents(Watch("1000", "end"), [&](const v1::Event&) {
            if (gone) ++late;
            if (++seen == rounds * 7 + 1) some.Notify();
          });
      some.WaitForNotificationWithTimeout(absl::Seconds(10));
    }
    gone = true;
    CHECK(late == 0);
  }
}

TEST_CASE("a stream to nobody ends by itself") {
  const VnfClient client({{.targets = {"127.0.0.1:1"}}});
  Stream stream = client.WatchEvents(Watch("1", "end"), [](const v1::Event&) {});
  CHECK(stream.Wait().code() == absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace gregale::client
