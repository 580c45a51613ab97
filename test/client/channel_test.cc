#include "client/channel.h"

#include <catch2/catch.hpp>

#include "client/fake_server.h"

namespace gregale::client {
namespace {

TEST_CASE("health is asked for and told") {
  FakeServer server;
  const Channel channel({.targets = {server.address()}, .timeout = absl::Seconds(5)});
  CHECK(channel.WaitForConnection(absl::Seconds(5)));
  CHECK(channel.CheckHealth().ok());
  server.SetServing(false);
  CHECK(channel.CheckHealth().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("nobody there is not healthy") {
  const Channel channel({.targets = {"127.0.0.1:1"}, .timeout = absl::Seconds(5)});
  CHECK_FALSE(channel.CheckHealth().ok());
  CHECK_FALSE(channel.WaitForConnection(absl::Milliseconds(50)));
}

}  // namespace
}  // namespace gregale::client
