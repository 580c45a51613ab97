#include "store/operation_table.h"

#include "base/error.h"
#include "store_fixture.h"

namespace gregale::store {
namespace {

constexpr absl::Duration kLease = absl::Seconds(10);

struct OperationFixture : StoreFixture {
  using StoreFixture::StoreFixture;

  void Add(const std::string& id, const std::string& vnf_id, absl::Duration delay = {}) {
    Do([&](Txn& txn) {
      return InsertOperation(txn, {.id = id,
                                   .kind = "create",
                                   .vnf_id = vnf_id,
                                   .key = "key of " + id,
                                   .state = "{}",
                                   .run_at = txn.now() + delay});
    });
  }
  std::optional<Operation> Claim(const std::string& owner = "c1") {
    return Get([&](Txn& txn) { return ClaimOperation(txn, owner, kLease); });
  }
  std::string ClaimedId() {
    const std::optional<Operation> operation = Claim();
    return operation.has_value() ? operation->id : "";
  }
  absl::Duration NextTime() {
    return Get([](Txn& txn) { return NextOperationTime(txn); }) - clock.Wall();
  }
};

TEST_CASE("An operation is claimed, goes on by steps, and ends") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  CHECK(!fixture.Claim().has_value());
  CHECK(fixture.NextTime() == absl::InfiniteDuration());
  fixture.Add("o1", "f1");
  CHECK(fixture.NextTime() == absl::ZeroDuration());
  CHECK(absl::IsAlreadyExists(fixture.Try(
      [](Txn& txn) { return InsertOperation(txn, {.id = "o2", .key = "key of o1"}); })));

  std::optional<Operation> operation = fixture.Claim();
  REQUIRE(operation.has_value());
  CHECK(operation->id == "o1");
  CHECK(operation->kind == "create");
  CHECK(operation->epoch == 1);
  CHECK(operation->lease_owner == "c1");
  CHECK(operation->lease_until == fixture.clock.Wall() + kLease);
  CHECK(!fixture.Claim("c2").has_value());
  CHECK(fixture.NextTime() == kLease);

  operation->step = "wait";
  operation->state = R"({"n": 1})";
  fixture.Do([&](Txn& txn) { return SaveOperation(txn, *operation); });
  CHECK(!fixture.Claim("c2").has_value());

  fixture.clock.Advance(absl::Seconds(9));
  fixture.Do([&](Txn& txn) { return ExtendOperationLease(txn, *operation, kLease); });
  fixture.clock.Advance(absl::Seconds(9));
  CHECK(!fixture.Claim("c2").has_value());
  CHECK(fixture.NextTime() == absl::Seconds(1));

  operation->attempt = 2;
  operation->error = "the VIM is away";
  operation->run_at = fixture.clock.Wall() + absl::Seconds(3);
  fixture.Do([&](Txn& txn) { return RequeueOperation(txn, *operation); });
  CHECK(!fixture.Claim("c2").has_value());
  CHECK(fixture.NextTime() == absl::Seconds(3));
  fixture.clock.Advance(absl::Seconds(3));

  std::optional<Operation> again = fixture.Claim("c2");
  REQUIRE(again.has_value());
  CHECK(again->epoch == 2);
  CHECK(again->step == "wait");
  CHECK(again->state == R"({"n": 1})");
  CHECK(again->attempt == 2);
  CHECK(again->error == "the VIM is away");
  again->status = "done";
  again->error = "";
  fixture.Do([&](Txn& txn) { return FinishOperation(txn, *again); });
  const Operation ended = fixture.Get([](Txn& txn) { return GetOperation(txn, "o1"); });
  CHECK(ended.status == "done");
  CHECK(ended.error.empty());
  CHECK(ended.lease_owner.empty());
  CHECK(ended.finished_at == fixture.clock.Wall());
  CHECK(!fixture.Claim().has_value());
  CHECK(fixture.NextTime() == absl::InfiniteDuration());
  // Its key stays known.
  CHECK(absl::IsAlreadyExists(fixture.Try(
      [](Txn& txn) { return InsertOperation(txn, {.id = "o2", .key = "key of o1"}); })));
  CHECK(absl::IsNotFound(fixture.Try([](Txn& txn) { return GetOperation(txn, "?").status(); })));
}

TEST_CASE("Who lost an operation can write nothing") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1");
  Operation old = *fixture.Claim("c1");
  fixture.clock.Advance(kLease);
  Operation current = *fixture.Claim("c2");
  CHECK(current.epoch == 2);

  const auto check_fenced = [&](Operation operation) {
    operation.status = "done";
    CHECK(absl::IsAborted(
        fixture.Try([&](Txn& txn) { return ExtendOperationLease(txn, operation, kLease); })));
    CHECK(absl::IsAborted(fixture.Try([&](Txn& txn) { return RequeueOperation(txn, operation); })));
    CHECK(absl::IsAborted(fixture.Try([&](Txn& txn) { return SaveOperation(txn, operation); })));
    CHECK(absl::IsAborted(fixture.Try([&](Txn& txn) { return FinishOperation(txn, operation); })));
  };
  check_fenced(old);
  CHECK(fixture.Get([](Txn& txn) { return GetOperation(txn, "o1"); }).lease_owner == "c2");

  current.status = "stopped";
  CHECK(absl::IsInvalidArgument(
      fixture.Try([&](Txn& txn) { return FinishOperation(txn, current); })));
  current.status = "failed";
  current.error = "no such image";
  fixture.Do([&](Txn& txn) { return FinishOperation(txn, current); });
  CHECK(fixture.Get([](Txn& txn) { return GetOperation(txn, "o1"); }).error == "no such image");
  check_fenced(current);
}

TEST_CASE("An expired lease that nobody took may be extended by its owner") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1");
  const Operation operation = *fixture.Claim();
  fixture.clock.Advance(2 * kLease);
  fixture.Do([&](Txn& txn) { return ExtendOperationLease(txn, operation, kLease); });
  CHECK(!fixture.Claim("c2").has_value());
}

TEST_CASE("Operations of one VNF run one after the other, those of others beside them") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1", absl::Seconds(5));
  fixture.Add("o2", "f1");
  fixture.Add("o3", "f2");
  fixture.Add("o4", "f2");
  CHECK(fixture.Get([](Txn& txn) { return FirstOpenOperation(txn, "f1"); })->id == "o1");
  CHECK(!fixture.Get([](Txn& txn) { return FirstOpenOperation(txn, "f3"); }).has_value());
  CHECK(fixture.ClaimedId() == "o3");
  CHECK(fixture.ClaimedId() == "");  // o2 waits for o1's time, o4 for o3
  CHECK(fixture.NextTime() == absl::Seconds(5));
  fixture.clock.Advance(absl::Seconds(5));
  CHECK(fixture.ClaimedId() == "o1");
  CHECK(fixture.ClaimedId() == "");
}

TEST_CASE("What is due longest is claimed first") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1", absl::Seconds(2));
  fixture.Add("o2", "f2", absl::Seconds(1));
  fixture.Add("o3", "f3", absl::Seconds(3));
  fixture.clock.Advance(absl::Seconds(2));
  CHECK(fixture.ClaimedId() == "o2");
  CHECK(fixture.ClaimedId() == "o1");
  CHECK(fixture.ClaimedId() == "");
}

TEST_CASE("A superseded operation's lease keeps its successor waiting") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1");
  fixture.Add("o2", "f1");
  const Operation running = *fixture.Claim();
  fixture.Do([](Txn& txn) { return SupersedeOperations(txn, "f1"); });
  fixture.Add("o3", "f1");
  CHECK(fixture.Get([](Txn& txn) { return GetOperation(txn, "o2"); }).status == "superseded");
  CHECK(absl::IsAborted(fixture.Try([&](Txn& txn) { return SaveOperation(txn, running); })));
  CHECK(fixture.ClaimedId() == "");
  CHECK(fixture.NextTime() == kLease);
  fixture.clock.Advance(kLease);
  CHECK(fixture.NextTime() <= absl::ZeroDuration());
  CHECK(fixture.ClaimedId() == "o3");
}

TEST_CASE("A worker that has stopped lets the successor of its operation begin") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1");
  const Operation running = *fixture.Claim();
  fixture.Do([](Txn& txn) { return SupersedeOperations(txn, "f1"); });
  fixture.Add("o2", "f1");
  Operation stale = running;
  --stale.epoch;
  fixture.Do([&](Txn& txn) { return ReleaseOperation(txn, stale); });
  CHECK(fixture.ClaimedId() == "");
  fixture.Do([&](Txn& txn) { return ReleaseOperation(txn, running); });
  CHECK(fixture.ClaimedId() == "o2");
}

TEST_CASE("A conductor that stops gives its leases back") {
  OperationFixture fixture(GREGALE_EACH_DATABASE());
  fixture.Add("o1", "f1");
  fixture.Add("o2", "f2");
  fixture.Claim("c1");
  fixture.Claim("c2");
  fixture.Do([](Txn& txn) { return ReleaseOperations(txn, "c1"); });
  CHECK(fixture.ClaimedId() == "o1");
  CHECK(fixture.ClaimedId() == "");
}

TEST_CASE("An incident is taken once") {
  StoreFixture fixture(GREGALE_EACH_DATABASE());
  const Incident incident = {.action_id = "a1",
                             .vdu = "VDU1",
                             .policy = "ping",
                             .address = "198.18.0.3",
                             .number = ~uint64_t{0},
                             .vnf_id = "f1",
                             .operation_id = "o1"};
  const auto insert = [&](Incident& i) {
    return fixture.Get([&](Txn& txn) { return InsertIncident(txn, i); });
  };
  Incident first = incident;
  CHECK(insert(first));
  Incident again = incident;
  again.operation_id = "o2";
  CHECK(!insert(again));
  CHECK(again.operation_id == "o1");
  for (std::string Incident::*part :
       {&Incident::action_id, &Incident::vdu, &Incident::policy, &Incident::address}) {
    Incident other = incident;
    other.*part = "another";
    CHECK(insert(other));
  }
  Incident next = incident;
  next.number = 1;
  next.operation_id = "";
  CHECK(insert(next));
  next.operation_id = "o3";
  CHECK(!insert(next));
  CHECK(next.operation_id.empty());
}

}  // namespace
}  // namespace gregale::store
