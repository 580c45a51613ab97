#include "server/login_limiter.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/error.h"
#include "base/limits.h"
#include "support/fake_clock.h"

namespace gregale::server {
namespace {

TEST_CASE("failures of a user from an address are counted, and forgotten one by one") {
  base::FakeClock clock;
  LoginLimiter limiter({.user_failures_max = 2, .forgets_one_after = absl::Seconds(10)}, clock);
  CHECK(limiter.Begin("alice", "10.0.0.1").ok());
  CHECK(limiter.Begin("alice", "10.0.0.1").ok());
  const absl::Status refused = limiter.Begin("alice", "10.0.0.1");
  CHECK(absl::IsResourceExhausted(refused));
  CHECK(base::ErrorKind(refused) == "TooManyFailedLogins");
  CHECK(limiter.Begin("bob", "10.0.0.1").ok());
  CHECK(limiter.Begin("alice", "10.0.0.2").ok());
  clock.Advance(absl::Seconds(10));
  CHECK(limiter.Begin("alice", "10.0.0.1").ok());
  CHECK_FALSE(limiter.Begin("alice", "10.0.0.1").ok());
}

TEST_CASE("a success clears the user") {
  base::FakeClock clock;
  LoginLimiter limiter({.user_failures_max = 2}, clock);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(limiter.Begin("alice", "10.0.0.1").ok());
    limiter.Succeeded("alice", "10.0.0.1");
  }
  CHECK(limiter.remembered() == 0);
}

TEST_CASE("an address may not go through the users, and does not fill the memory") {
  base::FakeClock clock;
  LoginLimiter limiter({.address_failures_max = 10}, clock);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    taken += limiter.Begin("user" + std::to_string(i), "10.0.0.1").ok() ? 1 : 0;
  }
  CHECK(taken == 10);
  for (int i = 0; i < 10'000; ++i) {
    limiter.Begin("alice", std::to_string(i)).IgnoreError();
  }
  CHECK(limiter.remembered() <= base::kLoginFailuresKeptMax);
}

}  // namespace
}  // namespace gregale::server
