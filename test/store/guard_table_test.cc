#include "store/guard_table.h"

#include "base/error.h"
#include "store/vnf_table.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

struct GuardFixture : StoreFixture {
  explicit GuardFixture(DatabaseKind kind) : StoreFixture(kind) {
    for (const char* id : {"f1", "f2", "f3"}) {
      Do([&](Txn& txn) { return InsertVnf(txn, {.id = id, .tenant_id = "t", .name = id}); });
    }
  }
  Suspicion Make(const std::string& vnf_id, uint64_t number, absl::Duration counts_for) {
    Suspicion suspicion;
    suspicion.key = {.action_id = "a" + vnf_id,
                     .vdu = "VDU1",
                     .policy = "ping",
                     .address = "10.0.0.1",
                     .number = number};
    suspicion.vnf_id = vnf_id;
    suspicion.executor_id = vnf_id == "f3" ? "e2" : "e1";
    suspicion.vim_id = "v1";
    suspicion.first_at = clock.Wall();
    suspicion.counts_until = clock.Wall() + counts_for;
    return suspicion;
  }
  void Put(const Suspicion& suspicion) {
    Do([&](Txn& txn) { return PutSuspicion(txn, suspicion); });
  }
  std::optional<Suspicion> Find(const IncidentKey& key) {
    return Get([&](Txn& txn) { return FindSuspicion(txn, key); });
  }
  int64_t Failing(const std::string& executor = "", const std::string& vim = "") {
    return Get([&](Txn& txn) { return CountFailing(txn, executor, vim); });
  }
};

TEST_CASE("A suspicion is kept as it was put, and replaced") {
  GuardFixture fixture(GREGALE_EACH_DATABASE());
  Suspicion put = fixture.Make("f1", 1, absl::Seconds(60));
  CHECK_FALSE(fixture.Find(put.key).has_value());
  fixture.Put(put);
  CHECK(fixture.Find(put.key)->witness_id.empty());
  CHECK(fixture.Find(put.key)->asked_at == absl::InfinitePast());
  put.guards = "{}";
  put.hold = "3";
  put.announced = true;
  put.witness_id = "e2";
  put.asked_at = fixture.clock.Wall();
  put.answer_by = fixture.clock.Wall() + absl::Seconds(5);
  put.verdict = "agrees";
  put.verdict_reason = "timeout";
  put.silent_witnesses = 2;
  fixture.Put(put);
  const Suspicion found = *fixture.Find(put.key);
  CHECK(found.vnf_id == "f1");
  CHECK(found.executor_id == "e1");
  CHECK(found.vim_id == "v1");
  CHECK(found.first_at == put.first_at);
  CHECK(found.counts_until == put.counts_until);
  CHECK(found.guards == "{}");
  CHECK(found.hold == "3");
  CHECK(found.announced);
  CHECK(found.witness_id == "e2");
  CHECK(found.asked_at == put.asked_at);
  CHECK(found.answer_by == put.answer_by);
  CHECK(found.verdict == "agrees");
  CHECK(found.verdict_reason == "timeout");
  CHECK(found.silent_witnesses == 2);
}

TEST_CASE("VNFs that fail are counted once each, as long as their suspicions count") {
  GuardFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Put(fixture.Make("f1", 1, absl::Seconds(60)));
  fixture.Put(fixture.Make("f1", 2, absl::Seconds(60)));
  fixture.Put(fixture.Make("f2", 1, absl::Seconds(10)));
  fixture.Put(fixture.Make("f3", 1, absl::Seconds(60)));
  CHECK(fixture.Failing() == 3);
  CHECK(fixture.Failing("e1") == 2);
  CHECK(fixture.Failing("e2") == 1);
  CHECK(fixture.Failing("", "v1") == 3);
  CHECK(fixture.Failing("", "v2") == 0);
  fixture.clock.Advance(absl::Seconds(11));
  CHECK(fixture.Failing() == 2);
  // All incidents of the address.
  CHECK(fixture.Get(
            [&](Txn& txn) { return ForgetSuspicions(txn, fixture.Make("f1", 9, {}).key); }) == 2);
  CHECK(fixture.Failing() == 1);
  fixture.Do([&](Txn& txn) { return DeleteVnf(txn, "f3"); });
  CHECK(fixture.Failing() == 0);
  const IncidentKey old = fixture.Make("f2", 1, {}).key;
  CHECK(fixture.Find(old).has_value());
  fixture.Do([&](Txn& txn) { return PurgeSuspicions(txn, txn.now()); });
  CHECK_FALSE(fixture.Find(old).has_value());
}

TEST_CASE("Storms begin and end once") {
  GuardFixture fixture(GREGALE_EACH_DATABASE());
  const auto begin = [&] { return fixture.Get([](Txn& txn) { return InsertStorm(txn, "all"); }); };
  const auto end = [&] { return fixture.Get([](Txn& txn) { return DeleteStorm(txn, "all"); }); };
  CHECK(begin());
  CHECK_FALSE(begin());
  const auto storms = fixture.Get([](Txn& txn) { return ListStorms(txn); });
  REQUIRE(storms.size() == 1);
  CHECK(storms[0].scope == "all");
  CHECK(storms[0].since == fixture.clock.Wall());
  CHECK(end());
  CHECK_FALSE(end());
}

TEST_CASE("Repairs are counted by VDU and time") {
  GuardFixture fixture(GREGALE_EACH_DATABASE());
  const absl::Time start = fixture.clock.Wall();
  for (const char* vdu : {"", "", "VDU1"}) {
    fixture.clock.Advance(absl::Seconds(1));
    fixture.Do([&](Txn& txn) { return InsertRepair(txn, "f1", vdu); });
  }
  const auto count = [&](const std::string& vdu, absl::Duration after) {
    return fixture.Get([&](Txn& txn) { return CountRepairs(txn, "f1", vdu, start + after); });
  };
  CHECK(count("", absl::ZeroDuration()) == 2);
  CHECK(count("", absl::Seconds(1)) == 1);
  CHECK(count("VDU1", absl::ZeroDuration()) == 1);
}

TEST_CASE("An incident that is not known is not found") {
  GuardFixture fixture(GREGALE_EACH_DATABASE());
  const auto found = fixture.store->Read([](Txn& txn) { return GetIncident(txn, {}).status(); });
  CHECK(absl::IsNotFound(found));
}

}  // namespace
}  // namespace gregale::store
