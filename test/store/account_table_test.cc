#include "store/account_table.h"

#include <catch2/catch.hpp>

#include "base/limits.h"
#include "base/text.h"
#include "store/token_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

// A user "alice" with a role in the project "acme".
void AddAlice(StoreFixture& f) {
  f.Do([](Txn& txn) { return InsertProject(txn, {.id = "p1", .name = "acme"}); });
  f.Do([](Txn& txn) {
    return InsertAccount(txn, {.id = "u1", .name = "alice", .password_hash = "h"});
  });
  f.Do([](Txn& txn) {
    return PutGrant(txn, {.user_id = "u1", .project_id = "p1", .role = "member"});
  });
}

// Adds a token for that role, which expires after `lifetime`.
absl::Status AddToken(Txn& txn, const std::string& digest, absl::Duration lifetime) {
  return InsertToken(txn, {.digest = digest,
                           .user_id = "u1",
                           .project_id = "p1",
                           .method = "password",
                           .issued_at = txn.now(),
                           .expires_at = txn.now() + lifetime});
}

absl::Status FindToken(StoreFixture& f, const std::string& digest) {
  return f.Try([&](Txn& txn) { return GetLiveToken(txn, digest).status(); });
}

TEST_CASE("users and projects have names of their own, and roles") {
  StoreFixture f(GREGALE_EACH_DATABASE());
  AddAlice(f);
  CHECK(absl::IsAlreadyExists(f.Try([](Txn& txn) {
    return InsertAccount(txn, {.id = "u2", .name = "alice", .password_hash = "h"});
  })));
  CHECK(absl::IsAlreadyExists(
      f.Try([](Txn& txn) { return InsertProject(txn, {.id = "p2", .name = "acme"}); })));
  f.Do([](Txn& txn) {
    return PutGrant(txn, {.user_id = "u1", .project_id = "p1", .role = "admin"});
  });
  const auto grants = f.Get([](Txn& txn) { return ListGrants(txn, "u1"); });
  REQUIRE(grants.size() == 1);
  CHECK(grants[0].role == "admin");
  CHECK(grants[0].project_name == "acme");
  CHECK(f.Get([](Txn& txn) { return GetAccountByName(txn, "alice"); }).id == "u1");
  CHECK(f.Get([](Txn& txn) { return ListAccounts(txn, "alice"); }).empty());
  CHECK(f.Get([](Txn& txn) { return ListProjects(txn, ""); }).size() == 1);
  CHECK(absl::IsNotFound(f.Try([](Txn& txn) { return GetGrant(txn, "u1", "p9").status(); })));
}

TEST_CASE("a token lives as long as its time, its user, its project and their role there") {
  StoreFixture f(GREGALE_EACH_DATABASE());
  AddAlice(f);
  f.Do([](Txn& txn) { return AddToken(txn, "d1", absl::Hours(1)); });
  const LiveToken live = f.Get([](Txn& txn) { return GetLiveToken(txn, "d1"); });
  CHECK(live.user_name == "alice");
  CHECK(live.grant.project_name == "acme");
  CHECK(live.grant.role == "member");
  CHECK(absl::IsNotFound(FindToken(f, "d2")));

  SECTION("its time") {
    f.Do([](Txn& txn) { return DeleteToken(txn, "d1"); });
    f.Do([](Txn& txn) { return AddToken(txn, "d1", -absl::Seconds(1)); });
  }
  SECTION("its user") {
    f.Do([](Txn& txn) { return DeleteAccount(txn, "u1"); });
  }
  SECTION("its project") {
    f.Do([](Txn& txn) { return DeleteProject(txn, "p1"); });
  }
  SECTION("the role") {
    f.Do([](Txn& txn) { return DeleteGrant(txn, "u1", "p1"); });
  }
  SECTION("itself") {
    f.Do([](Txn& txn) { return DeleteToken(txn, "d1"); });
  }
  SECTION("all of the user's") {
    f.Do([](Txn& txn) { return DeleteTokensOf(txn, "u1"); });
  }
  CHECK(absl::IsNotFound(FindToken(f, "d1")));
}

TEST_CASE("a user's oldest tokens make room for new ones") {
  StoreFixture f(DatabaseKind::kSqliteMemory);
  AddAlice(f);
  f.Do([](Txn& txn) {
    for (int i = 0; i <= base::kTokensPerUserMax; ++i) {
      const absl::Status added = AddToken(txn, base::Cat("d", i), absl::Hours(1));
      if (!added.ok()) return added;
    }
    return absl::OkStatus();
  });
  CHECK(absl::IsNotFound(FindToken(f, "d0")));
  CHECK(FindToken(f, "d1").ok());
}

}  // namespace
}  // namespace gregale::store
