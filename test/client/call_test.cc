#include <catch2/catch.hpp>

#include "client/fake_server.h"
#include "client/vnf_client.h"

namespace gregale::client {
namespace {

v1::GetVnfRequest Get(const std::string& id) {
  v1::GetVnfRequest request;
  request.set_id(id);
  return request;
}

TEST_CASE("a call returns the answer, or the peer's error") {
  FakeServer server;
  const VnfClient client({{.targets = {server.address()}}});
  const auto vnf = client.GetVnf(Get("known"));
  REQUIRE(vnf.ok());
  CHECK(vnf->name() == "known");

  const auto none = client.GetVnf(Get("other"));
  CHECK(none.status() == absl::NotFoundError("no VNF other"));
}

TEST_CASE("a copy of a client uses the same connection") {
  FakeServer server;
  const auto copy = [&] {
    const VnfClient client({{.targets = {server.address()}}});
    return client;
  }();
  CHECK(copy.GetVnf(Get("known")).ok());
}

TEST_CASE("a call that takes too long ends at its deadline") {
  FakeServer server;
  const VnfClient client({{.targets = {server.address()}, .timeout = absl::Milliseconds(100)}});
  CHECK(client.GetVnf(Get("slow")).status().code() == absl::StatusCode::kDeadlineExceeded);
}

TEST_CASE("nobody at the address: unavailable, soon") {
  const VnfClient client({{.targets = {"127.0.0.1:1"}, .timeout = absl::Seconds(30)}});
  CHECK(client.GetVnf(Get("known")).status().code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("several targets take turns") {
  FakeServer a;
  FakeServer b;
  const VnfClient client({{.targets = {a.address(), b.address()}}});
  for (int i = 0; i < 100 && (a.service.get_calls == 0 || b.service.get_calls == 0); ++i) {
    REQUIRE(client.GetVnf(Get("known")).ok());
  }
  CHECK(a.service.get_calls > 0);
  CHECK(b.service.get_calls > 0);
}

}  // namespace
}  // namespace gregale::client
