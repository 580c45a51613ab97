#include "server/keystone.h"

#include <catch2/catch.hpp>
#include <string>

#include "base/limits.h"
#include "support/fake_clock.h"

namespace gregale::server {
namespace {

// A Keystone that knows one token, and counts the questions.
class FakeKeystone : public TokenValidator {
 public:
  explicit FakeKeystone(const base::Clock& clock) : expires_at(clock.Wall() + absl::Hours(1)) {}
  absl::StatusOr<Verdict> Validate(std::string_view token) override {
    ++asked;
    if (is_away) return absl::UnavailableError("away");
    if (token != known) return NotAuthenticated();
    return Verdict{.caller = {.tenant_id = "acme"}, .expires_at = expires_at};
  }
  std::string known = "good";
  bool is_away = false;
  absl::Time expires_at;
  int asked = 0;
};

TEST_CASE("an answer is kept for a while, no longer than its token lives") {
  base::FakeClock clock;
  FakeKeystone keystone(clock);
  KeystoneTokens tokens({}, keystone, clock);
  CHECK(tokens.Authenticate("good")->tenant_id == "acme");
  CHECK(tokens.Authenticate("good").ok());
  CHECK(keystone.asked == 1);
  keystone.known = "";
  CHECK(tokens.Authenticate("good").ok());
  clock.Advance(absl::Seconds(60));
  CHECK(absl::IsUnauthenticated(tokens.Authenticate("good").status()));
  CHECK(keystone.asked == 2);
  keystone.known = "good";
  CHECK(absl::IsUnauthenticated(tokens.Authenticate("good").status()));
  clock.Advance(absl::Seconds(10));
  keystone.expires_at = clock.Wall() + absl::Seconds(5);
  CHECK(tokens.Authenticate("good").ok());
  clock.Advance(absl::Seconds(5));
  CHECK(absl::IsUnauthenticated(tokens.Authenticate("good").status()));
}

TEST_CASE("a Keystone that is away is no refusal, and is asked again") {
  base::FakeClock clock;
  FakeKeystone keystone(clock);
  KeystoneTokens tokens({}, keystone, clock);
  keystone.is_away = true;
  CHECK(absl::IsUnavailable(tokens.Authenticate("good").status()));
  keystone.is_away = false;
  CHECK(tokens.Authenticate("good").ok());
}

TEST_CASE("no token, and none that is too long, is asked about") {
  base::FakeClock clock;
  FakeKeystone keystone(clock);
  KeystoneTokens tokens({}, keystone, clock);
  CHECK(absl::IsUnauthenticated(tokens.Authenticate("").status()));
  CHECK(absl::IsUnauthenticated(
      tokens.Authenticate(std::string(base::kTokenBytesMax + 1, 'a')).status()));
  CHECK(keystone.asked == 0);
}

TEST_CASE("what counts in Keystone's answer is the project, the roles and the expiry") {
  const auto read = [](const std::string& roles, const std::string& project) {
    return ReadVerdict(R"({"token": {"user": {"id": "u1"}, "roles": [)" + roles + "]" + project +
                       R"(, "expires_at": "2030-01-01T00:00:00.000000Z"}})");
  };
  const std::string project = R"(, "project": {"id": "p1", "name": "acme"})";
  const auto member = read(R"({"id": "1", "name": "member"})", project);
  REQUIRE(member.ok());
  CHECK(member->caller.tenant_id == "p1");
  CHECK(member->caller.user_id == "u1");
  CHECK_FALSE(member->caller.is_admin);
  CHECK(member->expires_at == absl::FromCivil(absl::CivilDay(2030, 1, 1), absl::UTCTimeZone()));
  CHECK(read(R"({"name": "reader"}, {"name": "admin"})", project)->caller.is_admin);
  CHECK(absl::IsUnauthenticated(read(R"({"name": "reader"})", project).status()));
  CHECK(absl::IsUnauthenticated(read(R"({"name": "admin"})", "").status()));
  for (const char* broken :
       {"", "[]", "{}", R"({"token": 1})",
        R"({"token": {"project": {"id": "p"}, "roles": [{"name": "admin"}]}})"}) {
    CHECK(absl::IsUnavailable(ReadVerdict(broken).status()));
  }
}

TEST_CASE("the URL of a Keystone is one") {
  CHECK(KeystoneClient::Create("http://keystone:5000/v3").ok());
  CHECK(KeystoneClient::Create("https://keystone/identity/").ok());
  for (const char* url : {"", "keystone:5000", "ftp://keystone", "http://", "http:///v3"}) {
    CHECK(absl::IsInvalidArgument(KeystoneClient::Create(url).status()));
  }
}

}  // namespace
}  // namespace gregale::server
